"""E-mail on the console, where `consolemail://` sends it: what a person would read, and nothing else."""

from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend


class Readable(EmailBackend):
    """Prints to whom, the subject and the text; no headers, no HTML."""

    def write_message(self, message: EmailMessage) -> None:
        head = f"e-mail to {', '.join(message.recipients())}: {message.subject}"
        lines = [head, *(f"    {line}" for line in message.body.splitlines() if line.strip())]
        self.stream.write("\n".join(lines) + "\n")  # at once: several are sent at the same time
