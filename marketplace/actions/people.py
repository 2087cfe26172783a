"""Log-in, tokens, sessions, and a person's own settings."""

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from knox.models import AuthToken

from marketplace import clock, errors, events, locks
from marketplace.actions.steering import check_permission, check_reason
from marketplace.models import OpenSession, User
from marketplace.vocabulary import EventKind

MAY_END_ACCESS = "marketplace.end_access"
LONGEST_BROWSER = 200


def with_password(*, username: str, password: str) -> User | None:
    """Return the active person with this name and password; None if there is none."""
    person = authenticate(username=username, password=password)
    if not isinstance(person, User):
        return None
    if person.username_key is None:  # of a version that wrote none, or like another's of old
        person.save(update_fields=["username"])
    return person


@transaction.atomic
def issue_token(*, person: User) -> tuple[AuthToken, str]:
    """Give the person a token; the oldest go when there are more than `TOKENS_PER_PERSON`.

    Returns the row and the token itself, which is kept nowhere. Raises `PasswordChanged` where the person
    has another password, or another generation, than the one that was just checked.
    """
    stands = locks.person(person.pk)
    if stands is None or not stands.is_active or stands.get_session_auth_hash() != person.get_session_auth_hash():
        raise errors.PasswordChanged
    row, token = AuthToken.objects.create(user=person)
    newest = AuthToken.objects.filter(user=person).order_by("-created", "-pk")[: settings.TOKENS_PER_PERSON]
    AuthToken.objects.filter(user=person).exclude(pk__in=newest.values("pk")).delete()
    return row, token


@transaction.atomic
def take_token(*, token: AuthToken) -> None:
    """Revoke a token."""
    AuthToken.objects.filter(pk=token.pk).delete()


@transaction.atomic
def confirm_email(*, person_id: UUID, address: str) -> None:
    """Mark the address as confirmed, unless it has changed meanwhile."""
    User.objects.filter(pk=person_id, email=address).update(email_confirmed_at=clock.now())


@transaction.atomic
def change_me(*, person: User, **changes: Any) -> User:
    """Change `email`, `language` or `time_zone`. A new address is unconfirmed."""
    if changes.get("email", person.email) != person.email:
        changes["email_confirmed_at"] = None
    for name, value in changes.items():
        setattr(person, name, value)
    if changes:
        person.save(update_fields=list(changes))
    return person


@transaction.atomic
def keep_language(*, person: User, language: str) -> None:
    """Store the language of the log-in, unless the person has chosen one."""
    if not person.language and User.objects.filter(pk=person.pk, language="").update(language=language):
        person.language = language


@transaction.atomic
def note_session(*, person: User, session_key: str, browser: str) -> None:
    """Record the owner of a session, so that staff can see and end it."""
    begun = {"person": person, "browser": browser[:LONGEST_BROWSER], "began_at": clock.now()}
    OpenSession.objects.update_or_create(session_key=session_key, defaults=begun)


@transaction.atomic
def end_access(*, person_id: UUID, staff: User, reason: str) -> User:
    """End whatever is open in a person's name: sessions, tokens, browsers that show push, the calendar's address.

    Raises `NotFound`, `ReasonNeeded`, and `NotYoursToDo` without the permission, or for an operator's
    account by anybody but a superuser.
    """
    check_permission(staff, MAY_END_ACCESS)
    check_reason(reason)
    person = errors.found(locks.person(person_id))
    if (person.is_staff or person.is_superuser) and not staff.is_superuser:
        raise errors.NotYoursToDo
    User.objects.filter(pk=person_id).update(access_generation=F("access_generation") + 1)
    keys = list(person.open_sessions.values_list("session_key", flat=True))
    sessions, _ = Session.objects.filter(session_key__in=keys).delete()
    person.open_sessions.all().delete()
    tokens, _ = AuthToken.objects.filter(user=person).delete()
    ended: dict[str, Any] = {}
    for _receiver, counted in events.access_ended.send(sender=User, person=person):
        ended |= cast("dict[str, Any]", counted)
    events.record(
        EventKind.ACCESS_ENDED,
        at=clock.now(),
        actor=staff,
        reason=reason,
        person=person,
        sessions=sessions,
        tokens=tokens,
        **ended,
    )
    return person
