"""Each kind of event in plain words, with its figures, in English and Japanese."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.admin.words import (
    KINDS_OF_DEADLINE,
    KINDS_OF_MESSAGE,
    MATTERS,
    PARTIES,
    lateness,
    moment,
    percent,
    said,
    span,
    stars,
    word,
    yen,
)
from marketplace.models import Event
from marketplace.rules import Figures
from marketplace.vocabulary import AtFault, DeadlineKind, EventKind, Matter, MessageKind, Party

Data = Mapping[str, Any]


def _time(data: Data, key: str) -> str:
    return moment(datetime.fromisoformat(data[key])) if data.get(key) else "–"


def _seconds(data: Data, key: str) -> timedelta:
    return timedelta(seconds=float(data.get(key) or 0))


def _party(data: Data, key: str = "party") -> str:
    return str(PARTIES[Party(data[key])]) if data.get(key) in set(Party) else said("somebody", "誰か")


def _message(data: Data) -> str:
    kind = KINDS_OF_MESSAGE[MessageKind(data.get("message_kind", MessageKind.TEXT))]
    return said(f"{kind} of {_party(data)}", f"{_party(data)}の{kind}")


def _delivered(data: Data) -> str:
    until = _time(data, "approval_deadline")
    return said(f"delivered; to be approved or sent back until {until}", f"納品。承認・差し戻しの期限は {until}")


def _scheduled(data: Data) -> str:
    numbers = (data.get("added") or 0, len(data.get("changed") or ()), len(data.get("removed") or ()))
    return said(
        "changed the schedule: {} added, {} changed, {} removed".format(*numbers),
        "スケジュール変更: 追加 {}、変更 {}、削除 {}".format(*numbers),
    )


def _placed(data: Data) -> str:
    until, party = _time(data, "reply_deadline"), _party(data, "requester")
    return said(
        f"cancel request of {party}: without a reply until {until} the deal is cancelled",
        f"{party}からのキャンセルリクエスト。{until} までに返信がなければ取引はキャンセル",
    )


def _steered(english: str, japanese: str) -> Callable[[Data], str]:
    def told(data: Data) -> str:
        by = f" +{span(_seconds(data, 'by_seconds'))}" if data.get("by_seconds") else ""
        if data.get("reply_deadline"):
            return said(
                f"{english}{by}; the deadline is {_time(data, 'reply_deadline')}",
                f"{japanese}{by}。期限は {_time(data, 'reply_deadline')}",
            )
        left = span(_seconds(data, "remaining_seconds"))
        return said(f"{english}{by}; {left} remain while it is held", f"{japanese}{by}。保留中、残り {left}")

    return told


def _late(data: Data) -> str:
    late, waited = lateness(_seconds(data, "late_by_seconds")), lateness(_seconds(data, "waited_for_lock_seconds"))
    return said(
        f"near miss: {_message(data)} refused, {late} after the deadline; its writer had waited {waited} for the room",
        f"間に合わなかった返信: {_message(data)}は期限の {late} 後のため拒否。ルームの待ち時間は {waited}",
    )


def _cancelled(data: Data) -> str:
    refund = yen(int(data.get("refund_yen") or 0))
    cause = word(data.get("cause"))
    if data.get("at_fault") == AtFault.BUYER:
        return said(
            f"cancelled by the buyer's silence ({cause}); refund {refund}",
            f"購入者連絡なしキャンセル ({cause})。返金 {refund}",
        )
    return said(
        f"cancelled by the seller's silence ({cause}); refund {refund}",
        f"出品者連絡なしキャンセル ({cause})。返金 {refund}",
    )


def _completed(data: Data) -> str:
    by_window = data.get("approved_by") == "window"
    who = (
        said("by itself: the approval window ran out", "承認期限切れによる自動承認")
        if by_window
        else said("approved by the buyer", "購入者が承認")
    )
    return said(
        f"completed, {who}; {yen(int(data.get('price_yen') or 0))}",
        f"取引完了 ({who})。{yen(int(data.get('price_yen') or 0))}",
    )


def _reversed(data: Data) -> str:
    reviews, pauses = data.get("reviews_hidden") or 0, data.get("pauses_lifted") or 0
    was = word(data.get("was_at_fault"))
    return said(
        f"verdict reversed (was at fault: {was}); reviews hidden: {reviews}, pauses lifted: {pauses}",
        f"自動キャンセルの取り消し (責任: {was} だったもの)。非表示の評価: {reviews}、解除された休止: {pauses}",
    )


def _standing(data: Data) -> str:
    return said("standing: ", "実績の変化: ") + "; ".join(standing_changes(data))


def _put_off(data: Data) -> str:
    kind = KINDS_OF_DEADLINE[DeadlineKind(data.get("deadline_kind", DeadlineKind.REPLY))]
    return said(
        f"could not be settled and was put off ({kind}): {data.get('error')}",
        f"処理できず延期 ({kind}): {data.get('error')}",
    )


def _resumed(data: Data) -> str:
    verdicts, services = data.get("verdicts") or 0, len(data.get("services") or ())
    return said(
        f"resumed: verdicts acknowledged: {verdicts}, services named: {services}",
        f"受付再開: 確認した自動キャンセル {verdicts}件、対象のサービス {services}件",
    )


def _restored(data: Data) -> str:
    lost = span(_seconds(data, "lost_seconds"))
    return said(
        f"restored from a backup; every running deadline got {lost} more; notices dropped: {data.get('dropped') or 0}",
        f"バックアップから復元。進行中の期限を {lost} 延長、送信を取りやめた通知 {data.get('dropped') or 0}件",
    )


def _retried(data: Data) -> str:
    work = str(MATTERS[Matter(data["matter"])]) if data.get("matter") in set(Matter) else "–"
    return said(f"had tried again at once: {work}", f"再試行を指示: {work}") + f" {data.get('row') or ''}"


def _account(data: Data) -> str:
    what = ", ".join(str(each) for each in data.get("changed") or ())
    named = data.get("account") or "–"
    match data.get("act"):
        case "created":
            return said(f"made the account {named}", f"アカウント {named} を作成")
        case "deleted":
            return said(f"deleted the account {named}", f"アカウント {named} を削除")
    return said(f"changed the account {named}: {what}", f"アカウント {named} を変更: {what}")


def _always(english: str, japanese: str) -> Callable[[Data], str]:
    return lambda _data: said(english, japanese)


SENTENCES: dict[EventKind, Callable[[Data], str]] = {
    EventKind.SERVICE_CREATED: _always("created a service", "サービスを作成"),
    EventKind.SERVICE_CHANGED: lambda data: (
        said("changed a service: ", "サービスを変更: ") + ", ".join(data.get("changed") or ())
    ),
    EventKind.SERVICE_PUBLISHED: _always("published a service", "サービスを公開"),
    EventKind.SERVICE_PAUSED: _always("paused a service", "サービスを休止"),
    EventKind.SERVICE_RESUMED: _always("resumed a service", "サービスを再開"),
    EventKind.DEAL_PURCHASED: lambda data: said(
        f"bought for {yen(int(data.get('price') or 0))}", f"{yen(int(data.get('price') or 0))} で購入"
    ),
    EventKind.MESSAGE_POSTED: _message,
    EventKind.MESSAGE_HIDDEN: _always("hid a message from both parties", "メッセージを非表示"),
    EventKind.SCHEDULE_CHANGED: _scheduled,
    EventKind.REQUEST_PLACED: _placed,
    EventKind.REQUEST_REVOKED: _always(
        "the cancel request is revoked by this reply", "この返信によりキャンセルリクエストは解除"
    ),
    EventKind.REQUEST_WITHDRAWN: _always("withdrew the cancel request", "キャンセルリクエストを取り下げ"),
    EventKind.REQUEST_ENDED_WITH_DEAL: _always(
        "the cancel request ended with the deal", "取引の終了によりリクエストも終了"
    ),
    EventKind.REQUEST_HELD: _steered("held the cancel request", "リクエストを保留"),
    EventKind.REQUEST_RELEASED: _steered("released the cancel request", "リクエストの保留を解除"),
    EventKind.REQUEST_EXTENDED: _steered("extended the cancel request", "リクエストを延長"),
    EventKind.REPLY_REFUSED_LATE: _late,
    EventKind.DEAL_DELIVERED: _delivered,
    EventKind.DEAL_SENT_BACK: _always("sent the delivery back", "納品を差し戻し"),
    EventKind.DEAL_COMPLETED: _completed,
    EventKind.DEAL_CANCELLED: _cancelled,
    EventKind.VERDICT_REVERSED: _reversed,
    EventKind.REVIEW_WRITTEN: lambda data: said(f"reviewed with ★{data.get('rating')}", f"評価 ★{data.get('rating')}"),
    EventKind.STANDING_CHANGED: _standing,
    EventKind.SELLER_RESUMED: _resumed,
    EventKind.SETTLEMENT_PUT_OFF: _put_off,
    EventKind.RETRY_ASKED: _retried,
    EventKind.RESTORED_FROM_BACKUP: _restored,
    EventKind.NOTICE_SENT_AGAIN: lambda data: said(
        f"sent a notice again by {data.get('channel')} ({data.get('notice_kind')})",
        f"通知を再送 ({data.get('channel')}, {data.get('notice_kind')})",
    ),
    EventKind.ACCOUNT_CHANGED: _account,
    EventKind.LIST_EXPORTED: lambda data: said(
        f"saved a list as CSV: {data.get('list')} {data.get('asked') or ''}",
        f"一覧をCSVで保存: {data.get('list')} {data.get('asked') or ''}",
    ),
    EventKind.SERVICE_TAKEN_DOWN: lambda data: (
        said("took a service down: ", "サービスを掲載停止: ") + str(data.get("title"))
    ),
    EventKind.SERVICE_PUT_BACK: lambda data: (
        said("put a service back: ", "サービスの掲載停止を解除: ") + str(data.get("title"))
    ),
    EventKind.REVIEW_HIDDEN: lambda data: said(
        f"hid a review of ★{data.get('rating')}", f"評価 ★{data.get('rating')} を非表示"
    ),
    EventKind.ACCESS_ENDED: _always("ended all log-ins of a person", "利用者のログインをすべて終了"),
}

ALARMING = {EventKind.DEAL_CANCELLED, EventKind.REPLY_REFUSED_LATE, EventKind.SETTLEMENT_PUT_OFF}
BY_STAFF = {
    EventKind.REQUEST_HELD,
    EventKind.REQUEST_RELEASED,
    EventKind.REQUEST_EXTENDED,
    EventKind.VERDICT_REVERSED,
    EventKind.MESSAGE_HIDDEN,
    EventKind.RETRY_ASKED,
    EventKind.NOTICE_SENT_AGAIN,
    EventKind.ACCOUNT_CHANGED,
    EventKind.LIST_EXPORTED,
    EventKind.SERVICE_TAKEN_DOWN,
    EventKind.SERVICE_PUT_BACK,
    EventKind.REVIEW_HIDDEN,
    EventKind.ACCESS_ENDED,
}


def sentence(event: Event) -> str:
    """Say what happened."""
    return SENTENCES[EventKind(event.kind)](event.data)


def standing_changes(data: Data) -> list[str]:
    """Say which figures changed, before → after, from a `standing_changed` event."""
    before, after = (_figures(data, side) for side in (0, 1))
    compared = (
        (
            said("completion", "納品完了率"),
            percent(before.delivery_completion_rate),
            percent(after.delivery_completion_rate),
        ),
        (said("rating", "評価"), stars(before.rating), stars(after.rating)),
        (said("completed deals", "完了した取引"), str(before.completed), str(after.completed)),
        (
            said("cancelled at fault", "責任のあるキャンセル"),
            str(before.cancelled_at_fault),
            str(after.cancelled_at_fault),
        ),
        (said("rank", "ランク"), word(data["rank"][0]), word(data["rank"][1])),
        (said("search rank", "表示順位ポイント"), *(f"{Decimal(str(each)):.2f}" for each in data["search_rank"])),
    )
    return [f"{name} {was} → {now}" for name, was, now in compared if was != now]


def _figures(data: Data, side: int) -> Figures:
    names = ("completed", "cancelled_at_fault", "rating_sum", "rating_count")
    return Figures(**{name: int(data[name][side]) for name in names if name in data})


def rate(value: int | Fraction | None, figure: str) -> str:
    """Show a figure of a rank's line in its own unit."""
    if value is None:
        return "–"
    if figure == "delivery_completion_rate":
        return percent(Fraction(value))
    if figure == "rating":
        return stars(Fraction(value))
    return yen(int(value)) if figure == "revenue_yen" else str(value)
