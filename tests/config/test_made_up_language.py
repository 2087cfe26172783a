"""In a language that nobody speaks, whatever stands outside of brackets and is nobody's data is not translated."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.core.mail import EmailMultiAlternatives
from django.db import OperationalError, connection
from django.db.models import TextChoices
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from marketplace import clock, errors, events, vocabulary
from marketplace.http import refusals, wording
from marketplace.models import Milestone, Seller, TalkRoom, User
from marketplace.vocabulary import EventKind
from notifications import wording as wording_of_notices
from notifications.actions import calendar
from notifications.actions.delivery import outgoing
from notifications.channels import email, push
from notifications.phrases import BUYER_WAS_SILENT, PHRASES
from notifications.todos.kinds import Todo, TodoKind
from notifications.vocabulary import Channel, Kind
from tests.browser import scenery
from tests.notifications.test_wording import DEADLINE, FACTS, NOW
from tests.support import factories, made_up, told
from tests.support.api import NULL_ID, Api
from tests.support.every_page import Visit, visits
from tests.support.factories import days
from tests.support.made_up import CODE
from tests.support.notices import notice
from tests.support.openapi import operations
from tests.support.visitor import Seen

UNFINISHED: set[str] = set()
"""What is not translated by gettext alone yet. It only ever shrinks."""


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("locale")
    made_up.write_catalogue(folder)
    return folder


@pytest.fixture(autouse=True)
def _made_up(settings: Settings, catalogue: Path) -> Iterator[None]:
    settings.LOCALE_PATHS = [catalogue]
    settings.LANGUAGES = [*settings.LANGUAGES, (CODE, f"{made_up.OPEN}{CODE}{made_up.CLOSE}")]
    with translation.override(CODE):
        yield


@dataclass
class Scene:
    """One of everything, written by people who write Greek and read the made-up language."""

    people: dict[str, User]
    rooms: dict[str, TalkRoom]
    visits: list[Visit]

    def browser(self, who: str) -> Client:
        browser = Client(headers={"Accept-Language": CODE}, raise_request_exception=False)
        if who:
            browser.force_login(User.objects.get(pk=self.people[who].pk))
        return browser


@pytest.fixture
def scene(db: None) -> Scene:
    yuki = factories.person("yuki", email="yuki@example.com")
    hana = factories.seller(services=2, user=factories.person("hana", email="hana@example.com"))
    rooms = {**scenery.running_rooms(yuki, hana), **scenery.ended_rooms(yuki, hana)}
    operator = factories.person("operator", is_staff=True, is_superuser=True)
    for person in (yuki, hana.user):
        told.notice(person)
    ids = {
        "room_id": rooms["running"].pk,
        "deal_id": rooms["completed"].deal_id,
        "request_id": rooms["asked"].cancel_requests.get().pk,
        "seller_id": hana.pk,
        "service_id": factories.on_sale(hana).pk,
        "on_sale": factories.service(factories.seller(services=0)).pk,
        "milestone_id": Milestone.objects.filter(room=rooms["running"]).order_by("due_on")[0].pk,
        **told.one_of_each(hana.user),
    }
    made_up.write_in_greek()
    User.objects.update(language=CODE)
    return Scene({"yuki": yuki, "hana": hana.user, "operator": operator}, rooms, visits(ids, rooms))


def judge(area: str, wrong: dict[str, list[str]]) -> None:
    """Fail with each text by where it is read, but for what is not finished."""
    found = {where: sorted(set(texts)) for where, texts in wrong.items() if texts}
    if found and area in UNFINISHED:
        pytest.xfail(f"{area}: {sum(map(len, found.values()))} texts")
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)


def read(answer: Any) -> list[str]:
    assert answer.headers["Content-Language"] == CODE
    return made_up.outside_of_page(answer.content.decode())


# Pages


@pytest.mark.parametrize("who", ["", "yuki", "hana", "operator"])
def test_no_page_says_anything_else(scene: Scene, who: str) -> None:
    browser, wrong = scene.browser(who), {}
    for visit in scene.visits:
        if visit.who == who:
            answer = browser.get(visit.path, follow=True)
            assert answer.status_code in {200, 403}, visit  # some show why one may not
            wrong[visit.name] = read(answer)
    judge("pages", wrong)


@pytest.mark.parametrize("who", ["", "yuki", "hana"])
def test_no_form_that_is_sent_empty_or_wrong_says_anything_else(scene: Scene, who: str) -> None:
    """A form that is carried out leads on to a page; every other one comes back with what is wrong."""
    browser, wrong = scene.browser(who), {}
    for visit in scene.visits:
        if visit.who != who:
            continue
        for form in Seen(visit.path, browser.get(visit.path, follow=True)).forms:
            if form.method == "post" and "log-out" not in form.action:
                for typed in ("", "\x07" * 3, "1" * 11_000):
                    answer = browser.post(form.action, dict.fromkeys([*form.values, *form.choices], typed))
                    if answer.status_code >= 400:
                        wrong[f"{visit.name} {form.action}"] = read(answer)
    judge("forms", wrong)


def test_nothing_that_stands_instead_of_a_page_says_anything_else(scene: Scene, settings: Settings) -> None:
    browser, strict = scene.browser("yuki"), Client(enforce_csrf_checks=True, headers={"Accept-Language": CODE})
    wrong = {
        "not found": read(browser.get("/nowhere/")),
        "not allowed": read(browser.post("/services/", {})),
        "logged out": read(Client(headers={"Accept-Language": CODE}).post("/settings/", {})),
        "stale form": read(strict.post("/language/", {})),
        "origin": read(strict.post("/language/", {}, headers={"Origin": "https://elsewhere.example"})),
        "host": read(browser.get("/", headers={"Host": "elsewhere.example"})),
        "malformed": read(browser.get("/services/?q=%00&cursor=%00")),
        "another's": read(browser.get(f"/talk-rooms/{NULL_ID}/")),
    }
    settings.THROTTLE_READ = 0
    wrong["too often"] = read(browser.get("/settings/"))
    with connection.execute_wrapper(_away):
        wrong["busy"] = read(browser.get("/settings/"))
    judge("pages", wrong)


def _away(*_: object) -> None:
    raise OperationalError("gone")


# The admin

ENGLISH_ALONE = re.compile(
    r"alt: (?:Search|True|False)|.*\bCan [a-z].*|(?:[›:] )?(?:Support|Supervisors)\b.*|Group-permission .*|\{.*",
    re.DOTALL,
)
"""What Django says in one language alone, names of roles and permissions, which are rows, and the data of an event."""


def _admin_pages(scene: Scene) -> Iterator[str]:
    """Every list, every form, the page of a row of each, and what each button asks."""
    yield from (reverse("admin:index"), reverse("admin:due"), reverse("admin:password_change"))
    site = admin.site
    for model, registered in site._registry.items():  # noqa: SLF001 - Django names it nowhere else
        name = f"{registered.opts.app_label}_{registered.opts.model_name}"
        yield reverse(f"admin:{name}_changelist")
        yield f"{reverse(f'admin:{name}_changelist')}?q=nothing"
        yield reverse(f"admin:{name}_add")
        row = model._default_manager.first()  # noqa: SLF001 - the same
        if row is None:
            continue
        yield from (reverse(f"admin:{name}_{page}", args=[row.pk]) for page in ("change", "history", "delete"))
        for button in getattr(registered, "buttons", ()):
            yield f"{reverse(f'admin:{name}_{button.name}')}?pk={row.pk}"


def test_no_page_of_the_admin_says_anything_else(scene: Scene) -> None:
    with translation.override("en"):
        for kind in EventKind:
            moved = {"rank": ["regular", "bronze"], "search_rank": [350, 1350.5]}
            data: dict[str, Any] = moved if kind is EventKind.STANDING_CHANGED else {}
            events.record(kind, at=clock.now(), room=scene.rooms["quiet"], seller=Seller.objects.first(), **data)
    browser, wrong = scene.browser("operator"), {}
    for page in _admin_pages(scene):
        answer = browser.get(page, follow=True)
        if answer.status_code != 403:  # facts are neither added nor deleted by hand
            found = read(answer) if answer.status_code == 200 else [str(answer.status_code)]
            wrong[page] = [each for each in found if not ENGLISH_ALONE.fullmatch(each)]
    judge("admin", wrong)


# Notices

GREEK = {"counterpart": "ΑΒΓ", "service": "ΔΕΖ", "milestone": "ΗΘΙ", "reason": "ΚΛΜ", "lines": "- ΝΞ"}
"""What people wrote into the facts of a notice."""


@pytest.mark.parametrize("phrase", sorted({*PHRASES, *BUYER_WAS_SILENT}))
def test_no_notice_says_anything_else_on_any_channel(db: None, phrase: str) -> None:
    person = factories.person("ΑΒΓ", language=CODE, email="abg@example.com", email_confirmed_at=NOW)
    room = factories.room(buyer=person)
    wrong: dict[str, list[str]] = {}
    for at_fault, reason in (("seller", "ΚΛΜ"), ("buyer", "notice_failed")):
        facts = FACTS | GREEK | {"at_fault": at_fault, "reason": reason}
        for now in (NOW, DEADLINE + days(2)):
            for is_over in (False, True):
                shown = wording_of_notices.render(phrase, facts, now, is_over=is_over)
                wrong[f"in the app, {at_fault}, {now}, {is_over}"] = [
                    *made_up.outside(shown.title),
                    *made_up.outside(shown.body),
                ]
        for channel, of_room in ((Channel.EMAIL, room), (Channel.EMAIL, None), (Channel.PUSH, room)):
            row = notice(person, channel, words=phrase, kind=Kind.MESSAGE, facts=facts, room=of_room)
            row.browsers = []
            sent = outgoing(row, NOW)
            assert sent.language == CODE
            wrong[f"{channel}, {at_fault}, {of_room}"] = (
                _of_mail(email.message(sent)) if channel is Channel.EMAIL else _of_push(push.payload(sent))
            )
    judge("notices", wrong)


def _of_mail(message: EmailMultiAlternatives) -> list[str]:
    page = message.alternatives[0][0]
    assert isinstance(page, str)
    lines = [*str(message.subject).splitlines(), *str(message.body).splitlines()]
    return [each for line in lines for each in made_up.outside(line)] + made_up.outside_of_page(page)


def _of_push(payload: str) -> list[str]:
    shown = json.loads(payload)
    return [*made_up.outside(shown["title"]), *made_up.outside(shown["body"])]


def test_no_calendar_no_secret_page_and_no_to_do_says_anything_else(scene: Scene) -> None:
    browser, hana = Client(), scene.people["hana"]
    feed = browser.get(f"/api/v1/calendar/{told.token_in(calendar.create_feed(person=hana))}/")
    lines = feed.content.decode().replace("\r\n ", "").splitlines()
    said = [line.partition(":")[2] for line in lines if line.partition(":")[0].partition(";")[0] in IN_CALENDAR]
    assert said
    wrong = {"calendar": [each for line in said for each in made_up.outside(line)]}
    wrong["unsubscribe"] = read(browser.get(told.unsubscribe_path(hana)))
    for kind in TodoKind:
        todo = Todo(kind=kind, subject=hana.pk, room=None, since=NOW, due_at=None, service="ΔΕΖ", milestone="ΗΘΙ")
        with translation.override(CODE):
            wrong[kind] = made_up.outside(todo.text)
    judge("notices", wrong)


IN_CALENDAR = {"SUMMARY", "DESCRIPTION", "X-WR-CALNAME", "NAME"}


# The API, and what every rim says


def _texts(value: Any) -> Iterator[str]:
    """Return what people read of an answer: `detail`, `message`, and what the system says."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in {"detail", "message", "text", "title"} and isinstance(inner, str):
                yield inner
            else:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def test_no_refusal_and_no_word_of_the_vocabulary_says_anything_else(db: None) -> None:
    known = list(_below(errors.Refusal))
    tables = (wording.PROBLEMS, wording.FIELDS, wording.REQUIREMENTS)
    words = [
        each
        for each in vars(vocabulary).values()
        if isinstance(each, type) and issubclass(each, TextChoices) and each is not TextChoices
    ]
    said = {
        **{each.__name__: str(each.message) for each in known},
        **{code: str(text) for table in tables for code, text in table.items()},
        **{f"{each.__name__}.{word.name}": str(word.label) for each in words for word in each},
    }
    assert refusals.InvalidCursor in known
    judge("words", {where: made_up.outside(text) for where, text in said.items()})


def _below(refusal: type[errors.Refusal]) -> Iterator[type[errors.Refusal]]:
    for each in refusal.__subclasses__():
        yield each
        yield from _below(each)


@pytest.mark.parametrize("who", ["", "yuki", "hana", "operator"])
def test_no_problem_of_the_api_says_anything_else(scene: Scene, who: str) -> None:
    person = User.objects.get(pk=scene.people[who].pk) if who else None
    api, wrong = Api(person, **{"Accept-Language": CODE}), {}
    for operation in operations():
        path = operation.path
        for name in {parameter["name"] for parameter in operation.described.get("parameters", [])}:
            path = path.replace(f"{{{name}}}", str(scene.rooms["quiet"].pk))
        bodies: list[Any] = [None, {}, {"nothing": "here", "body": "", "title": "\x07"}, [], b"{"]
        for body in bodies:
            if (operation.method in {"GET", "DELETE"} and body is not None) or path.endswith("logout/"):
                continue
            answer = api(operation.method, path, body)
            if answer.status_code >= 400:
                told_ = answer.json()
                texts = [told_["detail"], *_texts(told_.get("errors", {}))]
                wrong[str(operation)] = [each for text in texts for each in made_up.outside(text)]
    judge("problems", wrong)


def test_what_the_api_words_for_people_is_in_their_language(scene: Scene) -> None:
    wrong: dict[str, list[str]] = {}
    for who in ("yuki", "hana"):
        api = Api(User.objects.get(pk=scene.people[who].pk), **{"Accept-Language": CODE})
        paths = [
            f"talk-rooms/{room.pk}/{part}"
            for room in scene.rooms.values()
            for part in ("", "messages/", "cancel-eligibility/")
        ]
        paths += ["todos/", "notifications/", *(["sellers/me/standing/"] if who == "hana" else [])]
        for path in paths:
            answer = api.get(path)
            assert answer.status_code == 200, (path, answer.content)
            texts = _texts(answer.json())
            if path.endswith("messages/"):
                texts = (each["body"] for each in answer.json()["results"] if each["line"] or each["hidden"])
            wrong[f"{who} {path}"] = [each for text in texts for each in made_up.outside(text)]
    judge("api", wrong)


def test_the_description_of_the_api_is_in_english_whoever_reads_it(scene: Scene) -> None:
    paths = ("/api/v1/schema/", "/api/v1/docs/")
    theirs = [scene.browser("yuki").get(path) for path in paths]
    english = [Client(headers={"Accept-Language": "en"}).get(path) for path in paths]
    assert [each.headers["Content-Language"] for each in (*theirs, *english)] == ["en"] * 4
    assert theirs[0].content == english[0].content
