"""What operators read: each text in English and Japanese side by side; times with their zone, spans to the second."""

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import get_language

from marketplace import formats
from marketplace.vocabulary import DeadlineKind, Matter, MessageKind, Party


def is_japanese() -> bool:
    """Whether the operator reads Japanese."""
    return (get_language() or "").startswith("ja")


def said(english: str, japanese: str) -> str:
    """Say it in the operator's language."""
    return japanese if is_japanese() else english


_later = lazy(said, str)


def label(english: str, japanese: str) -> Any:
    """Say it in the language of whoever reads it: for what is written down at import."""
    return _later(english, japanese)


def moment(at: datetime | None) -> str:
    """Show a moment in the operator's time zone, to the second, with the zone's name."""
    return formats.exact_moment(at)


def span(length: timedelta) -> str:
    """Show a span of time as hours, minutes and seconds (05:12:33); above three days, whole days before them."""
    return formats.exact_span(length)


def lateness(length: timedelta) -> str:
    """Show how late something was: to the millisecond under a minute, else as `span`."""
    return formats.lateness(length)


def yen(amount: int) -> str:
    """Show money."""
    return formats.yen(amount)


def percent(rate: Fraction | None) -> str:
    """Show a rate from 0 to 1."""
    return formats.rate(rate)


def stars(rating: Fraction | None) -> str:
    """Show a rating."""
    return formats.rating(rating)


def shown(value: Any) -> Any:
    """Show any value of a column."""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, timedelta):
        return span(value)
    if isinstance(value, bool):
        return said("yes", "はい") if value else said("no", "いいえ")
    return value


PARTIES = {Party.BUYER: label("the buyer", "購入者"), Party.SELLER: label("the seller", "出品者")}

APPS = {"marketplace": label("Marketplace", "マーケットプレイス")}
"""What the lists of each app are called together; another app adds its own."""

LISTS = {
    "cancelrequest": label("Cancel requests", "キャンセルリクエスト"),
    "deal": label("Deals", "取引"),
    "event": label("Events", "イベント"),
    "invariantreport": label("Rules and contradictions", "データの整合性"),
    "message": label("Messages", "メッセージ"),
    "putoff": label("Failed, tried again later", "再試行待ち"),
    "review": label("Reviews", "評価"),
    "seller": label("Sellers", "出品者"),
    "service": label("Services", "サービス"),
    "talkroom": label("Talk rooms", "トークルーム"),
    "user": label("People", "ユーザー"),
    "verdict": label("Verdicts", "自動キャンセル"),
}
"""What each list is called; another app adds its own."""

MATTERS = {
    Matter.EVENT: label("passing on an event", "イベントの通知"),
    Matter.LADDER: label("reminders of a room", "ルームのリマインダー"),
    Matter.DIGEST: label("a daily digest", "日次のまとめ"),
    Matter.FAIR_NOTICE: label("fair notice of a request", "届かなかった通知の判断"),
    Matter.WINDOW: label("recount of a seller", "出品者の実績の再集計"),
    Matter.OLD_ANSWER: label("deleting an old answer", "古い応答の削除"),
    Matter.OLD_COUNT: label("deleting an old count", "古い回数の削除"),
    Matter.OLD_PRESENCE: label("deleting an ended process", "終了したプロセスの削除"),
}
"""Work in which a row that fails alone is put off."""

KINDS_OF_DEADLINE = {
    DeadlineKind.REPLY: label("reply to a cancel request", "キャンセルリクエストへの返信"),
    DeadlineKind.FIRST_CONTACT: label("first contact of the seller", "出品者からの最初の連絡"),
    DeadlineKind.APPROVAL: label("approval of a delivery", "納品の承認"),
}

KINDS_OF_MESSAGE = {
    MessageKind.TEXT: label("message", "メッセージ"),
    MessageKind.PROGRESS_REPORT: label("progress report", "進捗の共有"),
    MessageKind.SCHEDULE_CHANGE: label("schedule change", "スケジュール変更"),
    MessageKind.DELIVERY: label("delivery", "納品"),
    MessageKind.SEND_BACK: label("send-back", "差し戻し"),
    MessageKind.AUTOMATIC: label("automatic message", "自動応答"),
    MessageKind.SYSTEM: label("system line", "システム"),
}

WORDS = {
    "awaiting_reply": label("awaiting reply", "返信待ち"),
    "revoked_by_reply": label("revoked by a reply", "返信により解除"),
    "withdrawn": label("withdrawn", "取り下げ"),
    "auto_cancelled": label("auto-cancelled", "自動キャンセル"),
    "ended_with_deal": label("ended with the deal", "取引終了に伴い終了"),
    "in_progress": label("in progress", "進行中"),
    "delivered": label("delivered", "納品済み"),
    "completed": label("completed", "完了"),
    "cancelled": label("cancelled", "キャンセル"),
    "buyer": label("buyer", "購入者"),
    "seller": label("seller", "出品者"),
    "nobody": label("nobody (reversed)", "なし（取り消し済み）"),
    "no_contact": label("no reply", "連絡なし"),
    "no_first_contact": label("no first contact", "最初の連絡なし"),
    "eta": label("wake-up task", "予約タスク"),
    "sweep": label("sweep", "定期確認"),
    "visit": label("a visitor", "訪問者"),
    "staff": label("staff", "スタッフ"),
    "draft": label("draft", "下書き"),
    "accepting": label("accepting", "受付中"),
    "paused": label("paused", "受付休止中"),
    "regular": label("Regular", "レギュラー"),
    "bronze": label("Bronze", "ブロンズ"),
    "silver": label("Silver", "シルバー"),
    "gold": label("Gold", "ゴールド"),
    "platinum": label("Platinum", "プラチナ"),
}


def word(code: str | None) -> str:
    """Say a word of the vocabulary; one that has no label is shown as it stands."""
    return str(WORDS.get(code, code)) if code else "–"
