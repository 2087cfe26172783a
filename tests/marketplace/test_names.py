"""A user name is the same however it was typed, and nobody gets one that is like another's."""

from importlib import import_module
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from marketplace.models import User
from tests.support.api import Api, problem
from tests.support.visitor import Visitor

pytestmark = pytest.mark.django_db
AS_TYPED = ["buyer", "BUYER", "Buyer", "ｂｕｙｅｒ", "ＢＵＹＥＲ", " buyer\u3000", "bu\u200byer"]


@pytest.fixture(autouse=True)
def _quick(settings: Settings) -> None:
    settings.THROTTLE_LOGIN = 1000


@pytest.fixture
def person() -> User:
    return User.objects.create_user("buyer", "buyer@example.com", "secret-words")


@pytest.mark.parametrize("typed", AS_TYPED, ids=ascii)
def test_width_and_case_of_a_name_keep_nobody_out(person: User, typed: str) -> None:
    assert Api().post("auth/token/", {"username": typed, "password": "secret-words"}).status_code == 200
    visitor = Visitor()
    page = visitor.send(visitor.see("/log-in/"), "/log-in/", username=typed, password="secret-words")
    assert page.path == "/"
    assert authenticate(username=typed, password="other-words") is None


@pytest.mark.parametrize("name", ["buyеr", "ΑΒC", "ｂuуer", "Ｍаria", "Ꭺnna"], ids=ascii)
def test_no_name_that_mixes_alphabets_that_look_alike_can_be_made(name: str) -> None:
    with pytest.raises(ValidationError, match="alphabets that look alike"):
        User(username=name, password="x").full_clean()
    User.objects.create_user(name).full_clean()  # one that stands is let be


@pytest.mark.parametrize("name", ["buyer", "Мария", "Αθηνά", "山田taro", "タロウ_2", "김yuki", "zoë", "ｔａｒｏ2"])
def test_names_of_one_alphabet_and_what_goes_with_any_are_taken(name: str) -> None:
    User(username=name, password="x").full_clean()


def test_the_box_for_the_name_corrects_nothing() -> None:
    box = Visitor().see("/log-in/").one("input", name="username").attributes
    assert {name: box[name] for name in ("autocapitalize", "autocorrect", "spellcheck")} == {
        "autocapitalize": "none", "autocorrect": "off", "spellcheck": "false",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["BUYER", "ｂｕｙｅｒ", "bu\u3164yer"], ids=ascii)
def test_no_name_like_another_s_can_be_made(person: User, name: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(name, password="x")
    with pytest.raises(CommandError, match="already taken"):
        call_command("createsuperuser", interactive=False, username=name, email="a@example.com", stdout=StringIO())
    boss = Visitor.as_(User.objects.create_superuser("boss"))
    typed = {"username": name, "password1": "Long-words-9", "password2": "Long-words-9", "usable_password": "true"}
    form = next(each for each in boss.see("/admin/marketplace/user/add/").forms if "password1" in each.values)
    answer = boss.client.post("/admin/marketplace/user/add/", {**form.values, **typed})
    assert answer.status_code == 200  # shown again
    assert "username" in answer.context["adminform"].form.errors
    assert User.objects.count() == 2


@pytest.mark.parametrize("name", ["ロゴ\u202e", "\u3164", "a\u0007", "\u2066x"], ids=ascii)
@pytest.mark.parametrize("field", ["username", "first_name", "last_name"])
def test_names_hold_no_controls_and_can_be_seen(person: User, field: str, name: str) -> None:
    boss = Visitor.as_(User.objects.create_superuser("boss"))
    path = f"/admin/marketplace/user/{person.pk}/change/"
    page = boss.see(path)
    form = next(each for each in page.forms if "username" in each.values)
    answer = boss.client.post(path, {**form.values, field: name})
    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors


def test_names_that_were_alike_before_go_on_and_are_told(person: User, caplog: Any) -> None:
    other = User.objects.create_user("other", password="other-words")
    User.objects.filter(pk=other.pk).update(username="Buyer")
    User.objects.update(username_key=None)
    migration = import_module("marketplace.migrations.0011_compare_names")
    migration.write_keys(apps, SimpleNamespace(connection=connection))
    assert dict(User.objects.values_list("username", "username_key")) == {"buyer": "buyer", "Buyer": None}
    assert "1 people have a name that is like somebody else's" in caplog.text
    assert authenticate(username="buyer", password="secret-words") == person
    assert authenticate(username="ＢＵＹＥＲ", password="secret-words") == person
    assert authenticate(username="Buyer", password="other-words") == other
    User.objects.get(pk=other.pk).save()  # stays as it is
    assert User.objects.get(pk=other.pk).username_key is None


def test_a_person_made_by_an_older_version_gets_the_key_when_logging_in(person: User) -> None:
    User.objects.update(username_key=None)
    problem(Api().post("auth/token/", {"username": "BUYER", "password": "secret-words"}), 401, "invalid_credentials")
    assert Api().post("auth/token/", {"username": "buyer", "password": "secret-words"}).status_code == 200
    assert User.objects.get().username_key == "buyer"


# The language of the first log-in


@pytest.mark.parametrize(("header", "kept"), [("en-GB,ja;q=0.5", "en"), ("ja", "ja"), ("de", ""), ("", "")])
def test_the_language_of_a_log_in_becomes_the_person_s(person: User, header: str, kept: str) -> None:
    Api(Accept_Language=header).post("auth/token/", {"username": "buyer", "password": "secret-words"})
    assert User.objects.get().language == kept
    User.objects.update(language="")
    visitor = Visitor(header)
    visitor.send(visitor.see("/log-in/"), "/log-in/", username="buyer", password="secret-words")
    assert User.objects.get().language == kept


def test_a_language_that_was_chosen_stays(person: User) -> None:
    User.objects.update(language="ja")
    Api(Accept_Language="en").post("auth/token/", {"username": "buyer", "password": "secret-words"})
    assert User.objects.get().language == "ja"
    visitor = Visitor("en")
    visitor.send(visitor.see("/log-in/"), "/log-in/", username="buyer", password="secret-words")
    assert User.objects.get().language == "ja"
    visitor.send(visitor.see("/"), "/language/", language="en")
    assert User.objects.get().language == "en"
