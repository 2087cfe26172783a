"""A new password ends what the old one opened; staff see what is open, and end it."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from knox.models import AuthToken
from pytest_django import Settings

from marketplace.actions import people
from marketplace.errors import NotYoursToDo, PasswordChanged
from marketplace.models import Event, OpenSession, User
from marketplace.vocabulary import EventKind
from notifications.models import CalendarFeed, PushSubscription
from tests.support.api import Api
from tests.support.told import AUTH, ENDPOINT, P256DH
from tests.support.visitor import Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user("buyer", "buyer@example.com", "secret-words")


@pytest.fixture
def boss() -> User:
    return User.objects.create_superuser("boss", password="x")


def by_hand(person: User, _boss: User) -> None:
    person = User.objects.get(pk=person.pk)
    person.set_password("other-words")
    person.save()


def by_command(person: User, _boss: User, monkeypatch: pytest.MonkeyPatch | None = None) -> None:
    typed = iter(["other-Words-9", "other-Words-9"])
    patch = pytest.MonkeyPatch()
    patch.setattr("django.contrib.auth.management.commands.changepassword.getpass.getpass", lambda **_: next(typed))
    call_command("changepassword", person.username, stdout=StringIO())
    patch.undo()


def by_admin(person: User, boss: User) -> None:
    visitor = Visitor.as_(boss)
    path = f"/admin/marketplace/user/{person.pk}/password/"
    form = next(each for each in visitor.see(path).forms if "password1" in each.values)
    typed = {"password1": ["other-Words-9"], "password2": ["other-Words-9"], "usable_password": ["true"]}
    assert visitor.client.post(path, {**form.values, **typed}).status_code == 302


def by_taking_it_away(person: User, _boss: User) -> None:
    person = User.objects.get(pk=person.pk)
    person.set_unusable_password()
    person.save(update_fields=["password"])


@pytest.mark.parametrize("change", [by_hand, by_command, by_admin, by_taking_it_away], ids=lambda each: each.__name__)
def test_a_new_password_ends_tokens_and_sessions(person: User, boss: User, change: Any) -> None:
    token, other, visitor = Api(person), Api(boss), Visitor.as_(person)
    assert token.get("me/").status_code == visitor.client.get("/api/v1/me/").status_code == 200
    change(person, boss)
    assert (token.get("me/").status_code, visitor.client.get("/api/v1/me/").status_code) == (401, 401)
    assert visitor.see("/settings/").path.startswith("/log-in/")
    assert other.get("me/").status_code == 200


def test_a_token_asked_for_with_the_old_password_is_not_given_after_the_change(person: User) -> None:
    checked = people.with_password(username="buyer", password="secret-words")
    assert checked is not None
    by_hand(person, person)
    with pytest.raises(PasswordChanged):
        people.issue_token(person=checked)
    assert not AuthToken.objects.exists()


def test_a_stronger_hash_of_the_same_password_ends_nothing(person: User, settings: Settings) -> None:
    token, before = Api(person), User.objects.get().password
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher", "django.contrib.auth.hashers.MD5PasswordHasher",
    ]  # fmt: skip
    assert people.with_password(username="buyer", password="secret-words") == person
    assert User.objects.get().password != before
    assert token.get("me/").status_code == 200


def test_what_else_is_saved_ends_nothing(person: User) -> None:
    token, visitor = Api(person), Visitor.as_(person)
    loaded = User.objects.get(pk=person.pk)
    loaded.first_name = "Hana"
    loaded.save()
    assert token.get("me/").status_code == visitor.client.get("/api/v1/me/").status_code == 200


# Staff end what is open


def open_everything(person: User) -> tuple[Api, Visitor]:
    api, visitor = Api(person), Visitor()
    form = visitor.see("/log-in/")
    visitor.send(form, "/log-in/", username="buyer", password="secret-words")
    PushSubscription.objects.create(
        person=person, endpoint=ENDPOINT, p256dh=P256DH, auth=AUTH, made_at=person.date_joined
    )
    assert api.post("calendar-feed/").status_code in {200, 201}
    return api, visitor


def test_staff_see_what_is_open_and_end_it_with_a_reason(person: User, boss: User) -> None:
    api, visitor = open_everything(person)
    staff = Visitor.as_(boss)
    page = staff.see(f"/admin/marketplace/user/{person.pk}/change/")
    assert all(word in page.text for word in ("API token", "browser session", "push", "calendar's address"))
    asked = staff.see(f"/admin/marketplace/user/act/end_access/?pk={person.pk}")
    assert "1 browser session, 1 API token" in asked.text
    staff.send(asked, "/act/end_access/", reason="the phone was stolen")
    assert (api.get("me/").status_code, visitor.client.get("/api/v1/me/").status_code) == (401, 401)
    assert not any(
        rows.objects.filter(person=person).exists() for rows in (PushSubscription, CalendarFeed, OpenSession)
    )
    told = Event.objects.get(kind=EventKind.ACCESS_ENDED)
    assert told.actor == boss
    counted = {name: told.data[name] for name in ("sessions", "tokens", "browsers", "calendars")}
    assert counted == dict.fromkeys(counted, 1)
    assert (told.data["reason"], told.person) == ("the phone was stolen", person)


def test_a_session_that_nobody_noted_ends_too(person: User, boss: User) -> None:
    visitor = Visitor.as_(person)
    OpenSession.objects.all().delete()
    people.end_access(person_id=person.pk, staff=boss, reason="of old")
    assert visitor.client.get("/api/v1/me/").status_code == 401
    again = Visitor.as_(User.objects.get(pk=person.pk))
    assert again.client.get("/api/v1/me/").status_code == 200


def test_support_ends_people_s_access_and_no_operator_s(person: User, boss: User, staff: User) -> None:
    with pytest.raises(NotYoursToDo):
        people.end_access(person_id=person.pk, staff=staff, reason="x")
    staff.groups.add(Group.objects.get(name="Support"))
    staff = User.objects.get(pk=staff.pk)
    people.end_access(person_id=person.pk, staff=staff, reason="x")
    with pytest.raises(NotYoursToDo):
        people.end_access(person_id=boss.pk, staff=staff, reason="x")


def test_sessions_that_are_over_are_forgotten(person: User) -> None:
    from django.contrib.sessions.models import Session  # noqa: PLC0415 - an app's model

    from marketplace.operations import housekeeping  # noqa: PLC0415 - beside what it is about

    Visitor.as_(person)
    Session.objects.update(expire_date=person.date_joined - timedelta(days=1))
    housekeeping.delete_expired()
    assert (Session.objects.count(), OpenSession.objects.count()) == (0, 0)
