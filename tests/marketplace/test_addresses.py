"""E-mail addresses: those of Japanese carriers are taken, those with invisible characters are not."""

import pytest
from pytest_django import Settings

from marketplace.addresses import for_mail
from marketplace.models import User
from notifications.actions import delivery
from notifications.vocabulary import Channel, State
from tests.conftest import Clock
from tests.support.api import Api, problem
from tests.support.mail_server import mail_server, send_to
from tests.support.notices import became, notice, reachable
from tests.support.visitor import Visitor

pytestmark = pytest.mark.django_db

TAKEN = {
    "taro..yamada.@docomo.ne.jp": "taro..yamada.@docomo.ne.jp",
    ".taro@ezweb.ne.jp": ".taro@ezweb.ne.jp",
    "taro/x?=y+z@example.jp": "taro/x?=y+z@example.jp",
    "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ": "taro@example.jp",
    "ｔａｒｏ＠ｅｘａｍｐｌｅ。ｊｐ": "taro@example.jp",
    " taro@example.jp\u3000": "taro@example.jp",
    "taro@例え.jp": "taro@例え.jp",
}
REFUSED = [
    "a@b.com\u200b", "\ufeffa@b.com", "a\u200b@b.com", "a@b\u00ad.com", "a@b.com\u202e", "a b@c.com", "a@b .com",
    "a@b.com\x00",
    "a@b.com\nBcc: x@y.z", "a@b.com,c@d.com", "a@@b.com", "@b.com", "a@", "a@b..com", "太郎@example.jp",
    "x" * 65 + "@b.com",
]  # fmt: skip


@pytest.mark.parametrize(("typed", "kept"), TAKEN.items(), ids=ascii)
def test_addresses_that_exist_are_taken_everywhere(buyer: User, typed: str, kept: str) -> None:
    assert Api(buyer).patch("me/", {"email": typed}).json()["email"] == kept
    User.objects.update(email="")
    visitor = Visitor.as_(User.objects.get(pk=buyer.pk))
    visitor.send(visitor.see("/settings/"), "/settings/", email=typed)
    assert User.objects.get(pk=buyer.pk).email == kept
    User.objects.update(email="")
    boss, path = Visitor.as_(User.objects.create_superuser("boss")), f"/admin/marketplace/user/{buyer.pk}/change/"
    form = next(each for each in boss.see(path).forms if "email" in each.values)
    assert boss.client.post(path, {**form.values, "email": typed}).status_code == 302
    assert User.objects.get(pk=buyer.pk).email == kept


@pytest.mark.parametrize("typed", REFUSED, ids=ascii)
def test_what_is_no_address_is_refused_everywhere(buyer: User, typed: str) -> None:
    assert list(problem(Api(buyer).patch("me/", {"email": typed}), 400, "invalid_input")["errors"]) == ["email"]
    visitor = Visitor.as_(buyer)
    visitor.send(visitor.see("/settings/"), "/settings/", email=typed, expect=400)
    boss, path = Visitor.as_(User.objects.create_superuser("boss")), f"/admin/marketplace/user/{buyer.pk}/change/"
    form = next(each for each in boss.see(path).forms if "email" in each.values)
    answer = boss.client.post(path, {**form.values, "email": typed})
    assert "email" in answer.context["adminform"].form.errors
    assert User.objects.get(pk=buyer.pk).email == ""


def test_odd_dots_are_quoted_on_the_way() -> None:
    assert for_mail("taro..yamada.@docomo.ne.jp") == '"taro..yamada."@docomo.ne.jp'
    assert for_mail("taro.yamada@docomo.ne.jp") == "taro.yamada@docomo.ne.jp"


def test_a_mail_reaches_it(settings: Settings, frozen: Clock, buyer: User) -> None:
    reader = reachable(buyer)
    User.objects.filter(pk=reader.pk).update(email="taro..yamada.@docomo.ne.jp")
    with mail_server() as server:
        send_to(server.port, settings)
        sent = notice(User.objects.get(pk=reader.pk))
        delivery.deliver(Channel.EMAIL)
        assert became(sent)[0] is State.SENT
        assert [each["To"].addresses[0].username for each in server.received] == ["taro..yamada."]
