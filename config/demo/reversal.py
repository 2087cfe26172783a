"""`python -m config.demo.reversal VERDICT REASON`: what the admin's button does, as the demo's operator."""

import sys
from uuid import UUID

import django

OPERATOR = "operator"


def main() -> None:
    """Reverse the verdict of the command line."""
    django.setup()
    from marketplace.actions import steering  # noqa: PLC0415 - models can be imported once Django is set up
    from marketplace.models import User  # noqa: PLC0415 - as above

    verdict, reason = sys.argv[1:]
    staff = User.objects.get(username=OPERATOR)
    steering.reverse(verdict_id=UUID(verdict), staff=staff, reason=reason)


if __name__ == "__main__":
    main()
