"""What staff do beside the buttons, as events: accounts changed, lists saved as CSV."""

from marketplace import clock, events
from marketplace.models import User
from marketplace.vocabulary import EventKind


def list_was_exported(*, staff: User, name: str, asked: str) -> None:
    """Write that this person saved a list, and with which filters, search or selection."""
    events.record(EventKind.LIST_EXPORTED, at=clock.now(), actor=staff, list=name, asked=asked)


def account_was_changed(*, staff: User, person: User | None, account: str, act: str, changed: list[str]) -> None:
    """Write that this person made, changed or deleted an account or a role.

    `changed` names what, with values where they say who may do what; never a password nor an address.
    """
    events.record(
        EventKind.ACCOUNT_CHANGED, at=clock.now(), actor=staff, person=person, account=account, act=act, changed=changed
    )
