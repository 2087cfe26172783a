"""Events of staff beside the buttons: accounts changed, lists exported."""

from marketplace import clock, events
from marketplace.models import User
from marketplace.vocabulary import EventKind


def list_was_exported(*, staff: User, name: str, asked: str) -> None:
    """Record that this person exported a list, with its filters, search or selection."""
    events.record(EventKind.LIST_EXPORTED, at=clock.now(), actor=staff, list=name, asked=asked)


def account_was_changed(*, staff: User, person: User | None, account: str, act: str, changed: list[str]) -> None:
    """Record that this person created, changed or deleted an account or a role.

    `changed` names what, with values where they say who may do what; never a password nor an address.
    """
    events.record(
        EventKind.ACCOUNT_CHANGED, at=clock.now(), actor=staff, person=person, account=account, act=act, changed=changed
    )
