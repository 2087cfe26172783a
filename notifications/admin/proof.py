"""Panels on marketplace's pages: the proof of notice of a request, and how each party of a room is reached."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest

from marketplace.admin import panels
from marketplace.admin.columns import badge, link
from marketplace.admin.words import PARTIES, moment, said
from marketplace.models import CancelRequest, Seller, TalkRoom, User, Verdict
from marketplace.vocabulary import Party
from notifications.admin import words
from notifications.models import CalendarFeed, Notification, PushSubscription, Reach
from notifications.vocabulary import Channel

SHOWN = 50
"""How many notices a panel shows at most."""


def offer() -> None:
    """Show these on rooms, requests, sellers and people."""
    panels.offer(CancelRequest, notices_of_request)
    panels.offer(Verdict, notices_of_verdict)
    panels.offer(TalkRoom, notices_of_room)
    panels.offer(TalkRoom, reach_of_room)
    panels.offer(Seller, reach_of_seller)
    panels.offer(User, without_logging_in)


def notices_of_request(_request: HttpRequest, row: CancelRequest) -> panels.Panel:
    """Show which notices were sent, when, over what, and what became of them: the proof of notice."""
    told = Notification.objects.filter(request=row).select_related("person")
    return _notices(said("Proof of notice", "通知の記録"), told)


def notices_of_verdict(_request: HttpRequest, row: Verdict) -> panels.Panel:
    """Show on what notice the deal was cancelled: all that was told in its room before the deadline."""
    told = Notification.objects.filter(room__deal=row.deal_id, made_at__lte=row.effective_at).select_related("person")
    return _notices(said("Proof of notice", "通知の記録"), told)


def notices_of_room(_request: HttpRequest, row: TalkRoom) -> panels.Panel:
    """Show what both parties were told about this room."""
    told = Notification.objects.filter(room=row).select_related("person")
    return _notices(said("What both were told", "双方への通知"), told)


def _notices(title: str, told: Any) -> panels.Panel:
    heads = [
        said("made", "作成"),
        said("to", "宛先"),
        said("kind", "種類"),
        said("channel", "方法"),
        said("what became of it", "結果"),
        said("when", "日時"),
        said("error", "エラー"),
    ]
    rows = [
        (
            link(each, moment(each.made_at)),
            each.person.username,
            words.kind(each.kind),
            words.channel(each.channel),
            words.state(each.state),
            moment(each.answered_at),
            each.last_error or None,
        )
        for each in told.order_by("-made_at", "-pk")[:SHOWN]
    ]
    return panels.table(title, heads, rows, empty=said("Nobody was told anything yet.", "まだ通知はありません。"))


def reach_of_room(_request: HttpRequest, row: TalkRoom) -> panels.Panel:
    """Show how each party is reached."""
    people = [(PARTIES[Party.BUYER], row.buyer), (PARTIES[Party.SELLER], row.seller)]
    return _reach(people)


def reach_of_seller(_request: HttpRequest, row: Seller) -> panels.Panel:
    """Show how the seller is reached."""
    return _reach([(PARTIES[Party.SELLER], row.user)])


def without_logging_in(_request: HttpRequest, row: User) -> panels.Panel:
    """List what is told to this person without a log-in: browsers that show push, the calendar."""
    browsers = PushSubscription.objects.filter(person=row).order_by("-made_at")[:SHOWN]
    open_now = [
        (said("push", "プッシュ通知"), moment(each.made_at), urlsplit(each.endpoint).hostname) for each in browsers
    ]
    calendars = CalendarFeed.objects.filter(person=row)
    open_now += [(said("calendar's address", "カレンダーのアドレス"), moment(each.made_at), "") for each in calendars]
    heads = [said("what", "種類"), said("since", "開始"), said("where", "詳細")]
    title = said("Reads without logging in", "ログインなしで届くもの")
    return panels.table(title, heads, open_now, empty=said("Nothing does.", "ありません。"))


def _reach(people: list[tuple[Any, User]]) -> panels.Panel:
    known = {
        (each.person_id, each.channel): each for each in Reach.objects.filter(person__in=[who for _, who in people])
    }
    heads = [said("who", "対象"), said("e-mail", "メール"), said("browsers", "ブラウザー"), said("broken", "不達")]
    rows = []
    for party, person in people:
        broken = [known[key] for channel in Channel if (key := (person.pk, channel)) in known and known[key].broken_at]
        rows.append(
            (
                f"{party} {person.username}",
                _email(person),
                PushSubscription.objects.filter(person=person).count(),
                "; ".join(f"{words.channel(each.channel)}: {moment(each.broken_at)} {each.error}" for each in broken),
            )
        )
    return panels.table(said("How they are reached", "連絡手段"), heads, rows)


def _email(person: User) -> str:
    if not person.email:
        return badge(said("none", "なし"), "bad")
    if person.email_confirmed_at is None:
        return badge(said(f"{person.email}, not confirmed", f"{person.email}（未確認）"), "warn")
    return person.email
