"""`python -m config.demo.tables`: the tables and the demo accounts, by one start of Django instead of two."""

import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command


def main() -> None:
    """Do what `up` does in two steps. A setting that is refused is said in one line."""
    try:
        django.setup()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_demo")


if __name__ == "__main__":
    main()
