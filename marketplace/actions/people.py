"""What people do about themselves: log in and out, change how they are reached."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate
from knox.models import AuthToken

from marketplace import clock
from marketplace.actions.writing import writing
from marketplace.models import User


def with_password(*, username: str, password: str) -> User | None:
    """Return the active person with this name and password, None for any other pair."""
    person = authenticate(username=username, password=password)
    return person if isinstance(person, User) else None


@writing
def issue_token(*, person: User) -> tuple[AuthToken, str]:
    """Give the person a token; the oldest go when there are more than `TOKENS_PER_PERSON`.

    Returns the row and the token itself, which is kept nowhere.
    """
    row, token = AuthToken.objects.create(user=person)
    newest = AuthToken.objects.filter(user=person).order_by("-created", "-pk")[: settings.TOKENS_PER_PERSON]
    AuthToken.objects.filter(user=person).exclude(pk__in=newest.values("pk")).delete()
    return row, token


@writing
def take_token(*, token: AuthToken) -> None:
    """Take a token back: it lets nobody in any more."""
    AuthToken.objects.filter(pk=token.pk).delete()


@writing
def confirm_email(*, person_id: UUID, address: str) -> None:
    """Write that this address is the person's; nothing when it has changed meanwhile."""
    User.objects.filter(pk=person_id, email=address).update(email_confirmed_at=clock.now())


@writing
def change_me(*, person: User, **changes: Any) -> User:
    """Change `email`, `language` or `time_zone`. Another address is not confirmed yet."""
    if changes.get("email", person.email) != person.email:
        changes["email_confirmed_at"] = None
    for name, value in changes.items():
        setattr(person, name, value)
    if changes:
        person.save(update_fields=list(changes))
    return person
