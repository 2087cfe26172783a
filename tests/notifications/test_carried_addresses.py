"""Secret addresses that people carry about: what programs add to them changes nothing."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.test import Client

from marketplace.models import User
from notifications.actions import calendar
from notifications.models import Preference
from tests.support.told import unsubscribe_path

pytestmark = pytest.mark.django_db

ADDED = [
    "nocache=1",
    "utm_source=mail&utm_medium=email&fbclid=IwAR0",
    "q=%FF&%00=%00&a[]=1&=&&;",
    "nocache=1&nocache=2",
]


def feed_path(person: User) -> str:
    return urlsplit(calendar.create_feed(person=person)).path


@pytest.mark.parametrize("added", ADDED, ids=["one", "trackers", "odd", "twice"])
@pytest.mark.parametrize("path_of", [feed_path, unsubscribe_path])
def test_what_was_added_to_a_secret_address_is_left_out_of_account(
    buyer: User, path_of: Callable[[User], str], added: str
) -> None:
    path = path_of(buyer)
    plain, odd = Client().get(path), Client().get(f"{path}?{added}")
    assert (plain.status_code, odd.status_code) == (200, 200)
    assert odd.headers["Content-Type"] == plain.headers["Content-Type"]
    head = Client().head(f"{path}?{added}")
    assert (head.status_code, head.content) == (200, b"")
    assert Client().get(f"{path[:-3]}x/?{added}").status_code == 404


def test_one_click_unsubscribes_whatever_was_added(buyer: User) -> None:
    path = unsubscribe_path(buyer)
    answer = Client().post(f"{path}?utm_source=mail&fbclid=x", {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert Preference.objects.filter(person=buyer).exists()


def test_every_other_call_still_refuses_what_it_does_not_know(buyer: User) -> None:
    assert Client().get("/api/v1/services/?nocache=1").status_code == 400
