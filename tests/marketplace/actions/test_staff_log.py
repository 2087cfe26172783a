"""Everything that staff do is one log: by whoever acted, by what it is about, and by date."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from marketplace import clock
from marketplace.actions import selling, steering
from marketplace.admin.groups import SUPPORT
from marketplace.models import Event, User
from marketplace.reads.written import first_event_since
from marketplace.vocabulary import EventKind
from notifications.vocabulary import Channel, State
from tests.conftest import Clock
from tests.support.factories import days, hours, open_request, person, room
from tests.support.notices import notice
from tests.support.operating import Desk, support, told

pytestmark = pytest.mark.django_db

EVENTS = "marketplace_event_changelist"


@pytest.fixture
def root(db: None) -> User:
    return person("root", is_staff=True, is_superuser=True)


def listed(desk: Desk, **asked: str) -> list[Event]:
    answer = desk.get(f"{reverse(f'admin:{EVENTS}')}?{urlencode(asked)}")
    assert answer.status_code == 200, answer
    return list(answer.context["cl"].result_list)


def read(answer: Any) -> None:
    """Read a file to its end, as a browser does: until then it holds a cursor of the database open."""
    assert sum(1 for _ in answer.streaming_content) > 0


def the_event(kind: EventKind) -> Event:
    return Event.objects.get(kind=kind)


def edited(desk: Desk, who: User, **changes: Any) -> Any:
    """Send the form of an account as a browser would, with these changes."""
    address = reverse("admin:marketplace_user_change", args=[who.pk])
    page = desk.get(address)
    form = page.context["adminform"].form
    data: dict[str, Any] = {}
    for name in form.fields:
        value = form[name].value()
        if name in {"last_login", "date_joined", "email_confirmed_at"}:
            for part in (f"{name}_0", f"{name}_1"):
                [data[part]] = re.findall(rf'name="{part}"(?: value="([^"]*)")?', page.content.decode())
        elif isinstance(value, bool):
            data |= {name: "on"} if value else {}
        elif value is not None:
            data[name] = value
    for name, value in changes.items():
        data[name] = value
        if value is False:
            del data[name]
    answer = desk.http.post(address, data)
    assert answer.status_code == 302, answer.context["adminform"].errors
    return answer


def test_an_account_s_changes_tell_who_did_what_to_whom(root: User, stranger: User) -> None:
    desk = Desk(root)
    edited(desk, stranger, is_active=False, is_staff="on", groups=[Group.objects.get(name=SUPPORT).pk], email="x@y.jp")
    event = the_event(EventKind.ACCOUNT_CHANGED)
    assert (event.actor, event.person, event.data["account"]) == (root, stranger, stranger.username)
    assert event.data["changed"] == [
        "email", "is_active: True → False", "is_staff: False → True", "groups: – → Support",
    ]  # fmt: skip
    assert "x@y.jp" not in str(event.data)

    words = {"password1": "a-long-enough-word", "password2": "a-long-enough-word"}
    desk.http.post(reverse("admin:auth_user_password_change", args=[stranger.pk]), words)
    assert Event.objects.latest("pk").data["changed"] == ["password"]
    assert "long-enough" not in str(Event.objects.latest("pk").data)

    desk.http.post(reverse("admin:marketplace_user_add"), {"username": "new", "usable_password": "true", **words})
    made = Event.objects.latest("pk")
    assert (made.data["act"], made.data["account"]) == ("created", "new")
    gone = User.objects.get(username="new")
    desk.http.post(reverse("admin:marketplace_user_delete", args=[gone.pk]), {"post": "yes"})
    assert not User.objects.filter(username="new").exists()
    assert Event.objects.latest("pk").data == {"account": "new", "act": "deleted", "changed": []}
    assert [event.kind for event in listed(desk, staff="yes")] == [EventKind.ACCOUNT_CHANGED] * 4
    assert "deleted the account new" in desk.page(EVENTS, query="?staff=yes")


def test_a_role_s_changes_are_told_too(root: User) -> None:
    desk = Desk(root)
    role = Group.objects.get(name=SUPPORT)
    desk.http.post(reverse("admin:auth_group_change", args=[role.pk]), {"name": SUPPORT, "permissions": []})
    event = the_event(EventKind.ACCOUNT_CHANGED)
    assert event.data["account"] == SUPPORT
    assert event.data["changed"][0].startswith("permissions: ")


def test_a_list_saved_as_csv_tells_who_saved_which_with_what_filter() -> None:
    staff = support()
    desk = Desk(staff)
    read(desk.get(f"{reverse('admin:marketplace_message_export')}?q=hanako"))
    event = the_event(EventKind.LIST_EXPORTED)
    assert (event.actor, event.data) == (staff, {"list": "message", "asked": "q=hanako"})
    read(desk.get(f"{reverse('admin:due')}?csv=1&state=overdue"))
    assert Event.objects.latest("pk").data == {"list": "due", "asked": "csv=1&state=overdue"}
    read(desk.get(f"{reverse('admin:marketplace_deal_export')}?q=ha%00na%E2%80%AEko"))
    assert Event.objects.latest("pk").data == {"list": "deal", "asked": "q=hanako"}
    of = room()
    answer = desk.http.post(
        reverse("admin:marketplace_talkroom_changelist"),
        {"action": "export_selected", "_selected_action": [of.pk], "index": 0},
    )
    read(answer)
    assert Event.objects.latest("pk").data["list"] == "talkroom"


def test_a_notice_sent_again_keeps_its_reason(root: User) -> None:
    to = room()
    dead = notice(
        to.buyer, channel=Channel.EMAIL, state=State.FAILED, next_attempt_at=None, answered_at=clock.now(), room=to
    )
    desk = Desk(root)
    asked = desk.get(f"{reverse('admin:notifications_notification_redeliver')}?pk={dead.pk}")
    desk.confirm(asked, reason="The mail server is back.")
    event = the_event(EventKind.NOTICE_SENT_AGAIN)
    assert (event.actor, event.person, event.room) == (root, to.buyer, to)
    assert event.data["reason"] == "The mail server is back."


def test_the_log_is_found_by_who_acted_about_whom_and_when(frozen: Clock, root: User) -> None:
    boss = person("boss", is_staff=True, is_superuser=True)
    rooms = [room(now=frozen.at, silent_for=days(5)) for _ in range(3)]
    requests = [open_request(each, deadline=frozen.at + days(30)) for each in rooms]
    for who, request in zip((root, boss, root), requests, strict=True):
        steering.hold(request_id=request.pk, staff=who, reason="a flood")
        frozen.advance(days(1))
    selling.create(owner=rooms[0].seller, title="A logo", description="", price=500)
    desk = Desk(root)

    assert {event.actor for event in listed(desk, by="root")} == {root}
    assert len(listed(desk, by="root")) == 2
    assert [event.actor for event in listed(desk, staff="yes")] == [root, boss, root]
    assert [event.actor for event in listed(desk, staff="yes", since="2026-03-03", until="2026-03-03")] == [boss]
    assert len(listed(desk, since="2026-03-03")) == len(Event.objects.filter(recorded_at__gte=frozen.at - days(2)))
    assert len(listed(desk, q="boss")) == 1
    assert len(listed(desk, by="root", until="2026-03-02")) == 1
    for ends in ({"since": "0001-01-01"}, {"until": "9999-12-31"}, {"since": "0001-01-01", "until": "9999-12-31"}):
        assert listed(desk, **ends) == listed(desk)
    assert listed(desk, by="root\0") == listed(desk, by="root")
    refused = desk.get(f"{reverse(f'admin:{EVENTS}')}?since=yesterday")
    assert told(refused) == ["yesterday: not a date such as 2026-03-31."]


def test_where_a_day_begins_is_found_among_the_ids(frozen: Clock) -> None:
    written = [
        Event.objects.create(kind="service_changed", occurred_at=at, recorded_at=at)
        for at in (frozen.at + hours(number) for number in range(20))
    ]
    for event in written:
        for at in (event.recorded_at, event.recorded_at - timedelta(seconds=1)):
            assert Event.objects.filter(pk__gte=first_event_since(at)).earliest("pk") == event
    assert first_event_since(frozen.at + days(9)) == written[-1].pk + 1
    Event.objects.all().delete()
    assert first_event_since(frozen.at) in {0, 1}
