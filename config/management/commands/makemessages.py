"""`manage.py makemessages -l de`: Django's own, so that the same texts always make the same files."""

import re
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.base import CommandParser
from django.core.management.commands import makemessages

UNSTABLE = re.compile(r'^"(?:POT-Creation-Date|Report-Msgid-Bugs-To):.*\n', re.MULTILINE)
TO_FILL_IN = re.compile(r"\A# SOME DESCRIPTIVE TITLE.*?(?=^msgid)", re.MULTILINE | re.DOTALL)
STABLE = ["--sort-output", "--no-wrap"]
OURS = ("marketplace", "notifications", "config")


class Command(makemessages.Command):
    msgmerge_options = [*makemessages.Command.msgmerge_options, *STABLE]
    msgattrib_options = [*makemessages.Command.msgattrib_options, *STABLE]

    def add_arguments(self, parser: CommandParser) -> None:
        """Leave out tests, the demo's story, and what runs before anything is installed."""
        super().add_arguments(parser)
        ignored = ["tests", "config/local/*", "config/demo/*"]
        parser.set_defaults(no_obsolete=True, add_location="file", ignore_patterns=ignored)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write `locale/<language>/LC_MESSAGES/django.po` in each app of ours that has texts."""
        folders = [Path(apps.get_app_config(app).path) / "locale" for app in OURS]
        for folder in folders:
            folder.mkdir(exist_ok=True)
        super().handle(*args, **options)
        for folder in folders:
            if not any(folder.iterdir()):
                folder.rmdir()

    def write_po_file(self, potfile: str, locale: str) -> None:
        """Leave out the moment of the extraction and what nobody fills in: a file changes when its texts change."""
        super().write_po_file(potfile, locale)
        written = Path(potfile).parent / locale / "LC_MESSAGES" / f"{self.domain}.po"
        text = UNSTABLE.sub("", TO_FILL_IN.sub("", written.read_text(encoding="utf-8")))
        written.write_text(text, encoding="utf-8")
