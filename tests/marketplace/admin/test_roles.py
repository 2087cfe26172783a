"""Who may look, who may steer, who may reverse: Django permissions, two ready-made groups, and nothing editable."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import RequestFactory
from django.urls import reverse

from marketplace import clock
from marketplace.actions import deadlines
from marketplace.admin import groups
from marketplace.models import CancelRequest, Event, InvariantReport, Message, PutOff, Review, User, Verdict
from marketplace.vocabulary import WokenBy
from tests.support.factories import days, open_request, overdue_room, person, room, seller
from tests.support.operating import Desk, operator, supervisor, support, text

pytestmark = pytest.mark.django_db

BUTTONS = {
    "hold": ("cancelrequest", {"Support", "Supervisors", "superuser"}),
    "release": ("cancelrequest", {"Support", "Supervisors", "superuser"}),
    "extend": ("cancelrequest", {"Support", "Supervisors", "superuser"}),
    "hide": ("message", {"Support", "Supervisors", "superuser"}),
    "put_back": ("service", {"Support", "Supervisors", "superuser"}),
    "hide_review": ("review", {"Support", "Supervisors", "superuser"}),
    "take_down": ("service", {"Support", "Supervisors", "superuser"}),
    "try_again": ("putoff", {"Support", "Supervisors", "superuser"}),
    "reverse": ("verdict", {"Supervisors", "superuser"}),
    "resume": ("seller", {"Supervisors", "superuser"}),
}
PAGES = (
    "talkroom",
    "cancelrequest",
    "verdict",
    "event",
    "seller",
    "message",
    "invariantreport",
    "putoff",
    "service",
    "deal",
    "review",
)


@pytest.fixture
def objects(db: None) -> dict[str, Any]:
    """One thing for each button."""
    of = seller()
    cancelled = overdue_room(of=of)
    deadlines.settle_room(cancelled.pk, woken_by=WokenBy.SWEEP)
    quiet = room(of=of, silent_for=days(5))
    request = open_request(quiet, deadline=quiet.messages.latest("posted_at").posted_at + days(6))
    return {
        "talkroom": quiet,
        "cancelrequest": request,
        "verdict": Verdict.objects.get(),
        "seller": of,
        "message": Message.objects.filter(room=quiet).first(),
        "event": Event.objects.first(),
        "service": of.services.earliest("pk"),
        "deal": quiet.deal,
        "review": Review.objects.get(),
        "putoff": PutOff.objects.create(
            matter="event", row="1", first_failed_at=clock.now(), again_at=clock.now(), error="KeyError: 'party'"
        ),
        "invariantreport": InvariantReport.objects.create(
            name="one_verdict_a_cancelled_deal", violations=0, checked_at=clock.now()
        ),
    }


@pytest.fixture
def everybody(objects: dict[str, Any]) -> dict[str, User | None]:
    quiet = objects["talkroom"]
    return {
        "nobody": None,
        "buyer": quiet.buyer,
        "seller": quiet.seller,
        "stranger": person("stranger"),
        "staff without a role": operator(),
        "Support": support(),
        "Supervisors": supervisor(),
        "superuser": person("root", is_staff=True, is_superuser=True),
    }


def outcome(who: str, allowed: set[str]) -> int:
    """Return the status: who is no staff is sent to the log-in, staff without the right are refused."""
    if who in {"nobody", "buyer", "seller", "stranger"}:
        return 302
    return 200 if who in allowed else 403


def test_everybody_by_every_button_on_the_object_and_in_bulk(
    objects: dict[str, Any], everybody: dict[str, User | None]
) -> None:
    events = Event.objects.count()
    seen: dict[tuple[str, str, str], tuple[int, str]] = {}
    expected = {}
    for who, someone in everybody.items():
        http = Desk(someone).http
        for button, (model, allowed) in BUTTONS.items():
            row, act = objects[model], reverse(f"admin:marketplace_{model}_{button}")
            bulk = reverse(f"admin:marketplace_{model}_changelist")
            # Without what was seen and shown, even who may do it does nothing yet.
            answers = {
                "look": http.get(f"{act}?pk={row.pk}"),
                "object": http.post(act, {"pk": row.pk, "reason": "Why not?", "shown": "nothing"}),
                "bulk": http.post(bulk, {"action": button, "_selected_action": [row.pk]}),
            }
            for way, answer in answers.items():
                login = answer.status_code == 302 and "/admin/login/" in answer["Location"]
                seen[who, button, way] = (answer.status_code, "log in" if login else "")
                status = outcome(who, allowed)
                expected[who, button, way] = (status, "log in" if status == 302 else "")
    assert seen == expected
    assert Event.objects.count() == events


def test_the_last_step_alone_is_refused_too(objects: dict[str, Any], everybody: dict[str, User | None]) -> None:
    """A form that somebody else was shown: sent by who may not, it does nothing."""
    for button in ("reverse", "resume"):
        model, _ = BUTTONS[button]
        row = objects[model]
        data = {"pk": row.pk, f"seen-{row.pk}": "", "shown": "", "reason": "Mine now"}
        answer = Desk(everybody["Support"]).http.post(reverse(f"admin:marketplace_{model}_{button}"), data)
        assert answer.status_code == 403
    assert Verdict.objects.filter(reversed_at=None, acknowledged_at=None).count() == 1
    assert not Event.objects.filter(kind__in=["verdict_reversed", "seller_resumed"]).exists()


def test_who_may_look_sees_every_page_and_only_the_buttons_that_are_theirs(
    objects: dict[str, Any], everybody: dict[str, User | None]
) -> None:
    for who, someone in everybody.items():
        http = Desk(someone).http
        looks = outcome(who, {"Support", "Supervisors", "superuser"})
        assert http.get(reverse("admin:due")).status_code == looks, who
        for model in PAGES:
            page = http.get(reverse(f"admin:marketplace_{model}_change", args=[objects[model].pk]))
            listed = http.get(reverse(f"admin:marketplace_{model}_changelist"))
            exported = http.get(reverse(f"admin:marketplace_{model}_export"))
            assert {page.status_code, listed.status_code, exported.status_code} == {looks}, (who, model)
            if looks == 200:
                theirs = {button for button, (of, allowed) in BUTTONS.items() if of == model and who in allowed}
                offered = {name for name, _ in listed.context["action_form"].fields["action"].choices}
                assert offered == {"", "export_selected", *theirs}, (who, model)


def test_support_is_not_shown_what_supervisors_may_do(objects: dict[str, Any]) -> None:
    room_of_verdict = objects["verdict"].deal.talk_room
    address = reverse("admin:marketplace_talkroom_change", args=[room_of_verdict.pk])
    assert "Reverse the verdict" not in text(Desk(support()).get(address))
    shown = text(Desk(supervisor()).get(address))
    assert "Reverse the verdict…" in shown
    assert "Resume the seller…" in shown


def test_nothing_is_changed_added_or_deleted_by_hand_even_by_a_superuser(objects: dict[str, Any]) -> None:
    http = Desk(person("root", is_staff=True, is_superuser=True)).http
    for model in PAGES:
        change = reverse(f"admin:marketplace_{model}_change", args=[objects[model].pk])
        assert http.post(change, {"status": "withdrawn"}).status_code == 403
        assert http.get(reverse(f"admin:marketplace_{model}_add")).status_code == 403
        assert http.post(reverse(f"admin:marketplace_{model}_delete", args=[objects[model].pk])).status_code == 403
    assert CancelRequest.objects.get(pk=objects["cancelrequest"].pk).status == "awaiting_reply"


EDITABLE = {
    "user": {
        "username", "password", "first_name", "last_name", "email", "is_active", "is_staff", "is_superuser",
        "groups", "user_permissions", "last_login", "date_joined", "email_confirmed_at", "language", "time_zone",
    },
    "group": {"name", "permissions"},
}  # fmt: skip


def test_no_page_of_the_admin_edits_what_only_a_rule_may_change(db: None) -> None:
    """Whatever app registers a model: a superuser, who may most, can edit people and roles, and nothing else."""
    request = RequestFactory().get("/admin/")
    request.user = person("root", is_staff=True, is_superuser=True)
    found = {}
    for model, registered in admin.site._registry.items():  # noqa: SLF001 - Django names it nowhere else
        one = model()
        may = (
            registered.has_add_permission(request),
            registered.has_change_permission(request, one),
            registered.has_delete_permission(request, one),
        )
        if any(may):
            fields = set(registered.get_form(request, one).base_fields)
            found[model.__name__.lower()] = fields - set(registered.get_readonly_fields(request, one))
        assert not registered.list_editable
        assert not registered.get_inlines(request, one)
    assert set(found) == set(EDITABLE)
    assert all(fields <= EDITABLE[name] for name, fields in found.items()), found


# People


def test_support_with_the_right_to_make_people_cannot_make_themselves_supervisors(db: None) -> None:
    clerk = support()
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["add_user", "change_user", "view_user"]))
    somebody, boss = person("somebody"), person("boss", is_staff=True, is_superuser=True)
    http = Desk(clerk).http
    page = reverse("admin:marketplace_user_change", args=[somebody.pk])
    asked = http.get(page)
    assert asked.status_code == 200
    assert asked.context["adminform"].form.fields["password"].disabled
    assert not {"is_staff", "is_superuser", "groups", "user_permissions"} & set(asked.context["adminform"].form.fields)
    wanted = {
        "username": somebody.username,
        "language": "ja",
        "is_active": "on",
        "is_staff": "on",
        "is_superuser": "on",
        "groups": [Group.objects.get(name=groups.SUPERVISORS).pk],
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00:00",
    }
    assert http.post(page, wanted).status_code == 302
    somebody.refresh_from_db()
    assert (somebody.language, somebody.is_staff, somebody.is_superuser, somebody.groups.count()) == (
        "ja",
        False,
        False,
        0,
    )
    for other in (boss, clerk):
        assert http.post(reverse("admin:marketplace_user_change", args=[other.pk]), wanted).status_code == 403
        password = reverse("admin:auth_user_password_change", args=[other.pk])
        secret = {"password1": "correct horse battery", "password2": "correct horse battery", "usable_password": "true"}
        assert http.post(password, secret).status_code == 403
    assert http.get(reverse("admin:auth_group_changelist")).status_code == 403


def test_people_are_made_in_the_admin(db: None) -> None:
    http = Desk(person("root", is_staff=True, is_superuser=True)).http
    secret = {"password1": "correct horse battery", "password2": "correct horse battery", "usable_password": "true"}
    assert http.post(reverse("admin:marketplace_user_add"), {"username": "yuki", **secret}).status_code == 302
    assert User.objects.get(username="yuki").check_password("correct horse battery")


def test_a_time_zone_that_nobody_knows_is_refused_and_one_that_got_in_shows_the_marketplaces(db: None) -> None:
    root = person("root", is_staff=True, is_superuser=True, time_zone="Mars/Olympus")
    desk = Desk(root)
    assert "Times are of Asia/Tokyo" in text(desk.get(reverse("admin:due")))
    page = reverse("admin:marketplace_user_change", args=[root.pk])
    given = {"username": root.username, "time_zone": "Mars/Olympus", "is_active": "on"}
    answer = desk.http.post(page, {**given, "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"})
    assert "No such time zone." in text(answer)


def test_somebody_with_deals_cannot_be_deleted_and_the_page_says_why(objects: dict[str, Any]) -> None:
    http = Desk(person("root", is_staff=True, is_superuser=True)).http
    buyer, plain = objects["talkroom"].buyer, person("plain")
    page = reverse("admin:marketplace_user_delete", args=[buyer.pk])
    for answer in (http.get(page), http.post(page, {"post": "yes"})):
        why = (
            f"{buyer.username} bought or sold. What happened must stay explainable: make the account inactive instead."
        )
        assert why in text(answer)
    assert User.objects.filter(pk=buyer.pk).exists()
    assert http.post(reverse("admin:marketplace_user_delete", args=[plain.pk]), {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=plain.pk).exists()


def test_a_seller_without_deals_and_staff_who_acted_stay_too(objects: dict[str, Any]) -> None:
    acted = supervisor()
    Desk(acted).press("verdict", "reverse", objects["verdict"].pk)
    http = Desk(person("root", is_staff=True, is_superuser=True)).http
    for kept in (seller().user, acted):
        page = reverse("admin:marketplace_user_delete", args=[kept.pk])
        assert "What happened must stay explainable" in text(http.post(page, {"post": "yes"}))
        assert User.objects.filter(pk=kept.pk).exists()


# Groups


def test_the_groups_are_made_with_every_migration_and_keep_what_an_operator_added(db: None) -> None:
    Group.objects.get(name=groups.SUPPORT).permissions.clear()
    extra = Permission.objects.get(codename="add_user")
    Group.objects.get(name=groups.SUPERVISORS).permissions.add(extra)
    for _ in range(2):
        groups.make(apps.get_app_config("marketplace"), using="default")
    looks = set(Permission.objects.filter(content_type__app_label="marketplace", codename__startswith="view_"))
    ours = {"content_type__app_label": "marketplace"}
    acts = {
        name: {each.codename for each in Group.objects.get(name=name).permissions.filter(**ours)}
        for name in groups.ROLES
    }
    views = {each.codename for each in looks}
    support = views | {
        "steer_cancelrequest", "hide_message", "end_access", "try_again_putoff", "hide_review", "take_down_service",
    }  # fmt: skip
    assert acts[groups.SUPPORT] == support
    assert acts[groups.SUPERVISORS] == support | {"reverse_verdict", "resume_seller", "add_user"}
    assert Group.objects.count() == 2


def test_who_lost_the_right_between_question_and_answer_is_refused(objects: dict[str, Any]) -> None:
    boss = supervisor()
    desk = Desk(boss)
    asked = desk.ask("verdict", "reverse", objects["verdict"].pk)
    boss.groups.clear()
    assert desk.confirm(asked).status_code == 403
    assert not Verdict.objects.exclude(reversed_at=None).exists()


def test_tokens_are_nobodys_to_see(db: None) -> None:
    names = {model._meta.label for model in admin.site._registry}  # noqa: SLF001 - Django names it nowhere else
    assert names == {
        "auth.Group", "marketplace.CancelRequest", "marketplace.Deal", "marketplace.Event",
        "marketplace.InvariantReport",
        "marketplace.Message", "marketplace.PutOff", "marketplace.Seller", "marketplace.TalkRoom", "marketplace.User",
        "marketplace.Verdict", "marketplace.Review", "marketplace.Service", "notifications.Notification",
    }  # fmt: skip


def test_a_time_that_could_not_be_read_back_is_refused(db: None) -> None:
    """With it in their row, nobody could log in again."""
    root = person("root", is_staff=True, is_superuser=True)
    for day in ("0001-01-01", "9999-12-31"):
        when = {"email_confirmed_at_0": day, "email_confirmed_at_1": "23:59:59"}
        given = {"username": root.username, "is_active": "on", **when}
        answer = Desk(root).http.post(reverse("admin:marketplace_user_change", args=[root.pk]), given)
        assert "Between 1900 and 2999." in text(answer)
