"""`python -m config.demo.tables`: makes the tables and the demo accounts in one start of Django."""

import django
from django.core.management import call_command


def main() -> None:
    """Do what `up` does in two steps."""
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_demo")


if __name__ == "__main__":
    main()
