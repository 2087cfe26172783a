"""`manage.py read_bounce`: reads a bounce mail from standard input."""

import email
import sys
from typing import Any

from django.core.management.base import BaseCommand

from notifications.actions import bounces
from notifications.channels import reports
from notifications.channels.email import domain

LONGEST = 10 * 1024 * 1024


class Command(BaseCommand):
    """For a mail server: `|… read_bounce` behind the address of EMAIL_FROM."""

    help = "Reads a delivery report (RFC 3464) or complaint (RFC 5965) from standard input, and says what was done."

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        """Print what was done. Exits with 0 for any mail: otherwise the mail server would bounce the report."""
        mail = email.message_from_bytes(sys.stdin.buffer.read(LONGEST))
        found = reports.of_mail(mail, domain())
        for report in found:
            self.stdout.write(f"{report.notice}: {bounces.hear(report)}")
        if not found:
            self.stderr.write("no report about an e-mail of ours: ignored")
