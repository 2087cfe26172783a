"""What the page of a person shows of their doings: rooms, requests, verdicts, and what staff did about them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from marketplace.admin import requests, verdicts
from marketplace.admin.columns import link, link_to
from marketplace.admin.panels import Panel, table
from marketplace.admin.telling import sentence
from marketplace.admin.words import moment, said, word
from marketplace.models import CancelRequest, Event, Seller, TalkRoom, User, Verdict
from marketplace.models.events import BY_STAFF
from marketplace.vocabulary import EventKind

SHOWN = 10
ROOMS_LOOKED_AT = 200
"""In so many of the newest rooms it is looked up what staff did."""


def panels(request: HttpRequest, person: User) -> list[Panel]:
    """Show each part to who may see its list."""
    newest = TalkRoom.objects.filter(Q(buyer=person) | Q(seller=person)).order_by("-opened_at", "-id")
    keys = list(newest.values_list("pk", flat=True)[:ROOMS_LOOKED_AT])
    seller = Seller.objects.filter(user=person).first()
    parts: tuple[tuple[str, Callable[[], Panel]], ...] = (
        ("view_talkroom", lambda: _rooms(person, keys)),
        ("view_cancelrequest", lambda: _requests(person, keys)),
        ("view_verdict", lambda: _verdicts(person, keys)),
        ("view_event", lambda: _by_staff(person, seller, keys)),
    )
    return [part() for permission, part in parts if request.user.has_perm(f"marketplace.{permission}")]


def _more(model: str, **asked: Any) -> tuple[str, str]:
    return (
        f"{reverse(f'admin:marketplace_{model}_changelist')}?{urlencode(asked)}",
        said("See all", "すべて見る"),
    )


def _rooms(person: User, keys: list[Any]) -> Panel:
    rooms = TalkRoom.objects.filter(pk__in=keys[:SHOWN]).select_related("deal__service", "buyer", "seller")
    rows = [
        (
            link(room, room.deal.service.title),
            said("buyer", "購入者") if room.buyer_id == person.pk else said("seller", "出品者"),
            room.seller.username if room.buyer_id == person.pk else room.buyer.username,
            word(room.deal.status),
            moment(room.opened_at),
        )
        for room in rooms.order_by("-opened_at", "-id")
    ]
    heads = [
        said("room", "ルーム"),
        said("as", "立場"),
        said("with", "相手"),
        said("deal", "取引"),
        said("opened", "開始"),
    ]
    title, empty = said("Newest rooms", "最近のルーム"), said("No rooms.", "ルームはありません。")
    return table(title, heads, rows, empty=empty, more=_more("talkroom", q=person.pk))


def _requests(person: User, keys: list[Any]) -> Panel:
    found = CancelRequest.objects.filter(room__in=keys).select_related("room__buyer", "room__seller")
    rows = [
        (
            link(each),
            requests.state(each),
            said("placed it", "送信した") if _placed(each, person) else said("against them", "受けた"),
            moment(each.placed_at),
            moment(each.reply_deadline),
        )
        for each in found.order_by("-placed_at", "-id")[:SHOWN]
    ]
    heads = [
        said("request", "リクエスト"), said("status", "状態"), said("side", "立場"), said("placed", "送信日時"),
        said("deadline", "期限"),
    ]  # fmt: skip
    title, empty = said("Newest cancel requests", "最近のキャンセルリクエスト"), said("None.", "ありません。")
    return table(title, heads, rows, empty=empty, more=_more("cancelrequest", q=person.pk))


def _placed(each: CancelRequest, person: User) -> bool:
    requester = each.room.buyer_id if each.requester == "buyer" else each.room.seller_id
    return bool(requester == person.pk)


def _verdicts(person: User, keys: list[Any]) -> Panel:
    found = Verdict.objects.filter(deal__talk_room__in=keys).select_related("deal__talk_room")
    rows = [
        (
            link(each),
            verdicts.state(each),
            word(each.at_fault),
            link_to(TalkRoom, each.deal.talk_room.pk),
            moment(each.effective_at),
        )
        for each in found.order_by("-recorded_at", "-id")[:SHOWN]
    ]
    heads = [
        said("verdict", "自動キャンセル"), said("state", "状態"), said("at fault", "責任"), said("room", "ルーム"),
        said("effective", "キャンセル日時"),
    ]  # fmt: skip
    title, empty = said("Newest verdicts in their rooms", "最近の自動キャンセル"), said("None.", "ありません。")
    return table(title, heads, rows, empty=empty, more=_more("verdict", q=person.pk))


def _by_staff(person: User, seller: Seller | None, keys: list[Any]) -> Panel:
    """Three short looks, each along an index: about the account, the seller, the rooms."""
    acts = Event.objects.filter(BY_STAFF).exclude(kind=EventKind.SELLER_RESUMED, data__reason__isnull=True)
    looks = [acts.filter(person=person), acts.filter(room__in=keys)]
    if seller is not None:
        looks.append(acts.filter(seller=seller))
    newest = {each.pk: each for look in looks for each in look.select_related("actor").order_by("-pk")[:SHOWN]}
    rows = [
        (
            link(each, moment(each.recorded_at)),
            sentence(each),
            each.data.get("reason") or "–",
            each.actor.username if each.actor else said("the system", "システム"),
        )
        for _, each in sorted(newest.items(), reverse=True)[:SHOWN]
    ]
    heads = [said("when", "日時"), said("what", "内容"), said("reason", "理由"), said("by", "実行者")]
    title, empty = said("What staff did", "スタッフの操作"), said("Nothing.", "ありません。")
    return table(title, heads, rows, empty=empty, more=_more("event", q=person.pk, staff="yes"))
