"""`manage.py language de`: brings a language's catalogues up to date with the code, and compiles them.

Once for a new language, and again after each change of its texts. Needs GNU gettext, and no server.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

from config.local.console import say
from config.local.django_command import NOWHERE
from config.local.project import ROOT
from config.local.trouble import Trouble, exit_code


def main() -> int:
    """Write and compile the catalogues of the language that the command line names."""
    parser = argparse.ArgumentParser(prog="manage.py language", description=__doc__)
    parser.add_argument("code", help="of a language, such as de")
    code = parser.parse_args().code
    if shutil.which("msgfmt") is None:
        raise Trouble("GNU gettext is missing: apt-get install gettext")
    os.environ.update({name: os.environ.get(name) or value for name, value in NOWHERE.items()})
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django  # noqa: PLC0415 - the settings are read from the environment
    from django.core.management import call_command  # noqa: PLC0415 - the same

    django.setup()
    call_command("makemessages", locale=[code], verbosity=0)
    call_command("compilemessages", locale=[code], ignore_patterns=[".venv"], verbosity=0)
    for catalogue in sorted(ROOT.glob(f"*/locale/{code}/LC_MESSAGES/django.po")):
        say(f"{catalogue.relative_to(ROOT)}: {_missing(catalogue)} texts to translate")
    return 0


def _missing(catalogue: Path) -> int:
    """Count the texts without a translation, or with one to look at again."""
    texts = catalogue.read_text(encoding="utf-8").split("\n\n")[1:]
    return sum(text.endswith((' ""', ' ""\n')) or "#, fuzzy" in text for text in texts)


if __name__ == "__main__":
    sys.exit(exit_code(main))
