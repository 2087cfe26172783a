"""Filters of the lists: each asks what an index answers."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace import clock
from marketplace.admin.words import WORDS, label
from marketplace.models import Verdict
from marketplace.models.events import BY_STAFF
from marketplace.vocabulary import AtFault, EventKind, Rank, RequestStatus


class Choice(SimpleListFilter):
    """One of a few words."""

    words: ClassVar[Iterable[tuple[str, Any]]] = ()

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the words."""
        return list(self.words)

    def queryset(self, _request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """Keep what the chosen word means."""
        chosen = self.value()
        return self.kept(queryset, chosen) if chosen in {code for code, _ in self.words} else queryset

    def kept(self, rows: "QuerySet[Any]", chosen: Any) -> "QuerySet[Any]":
        """Keep what `chosen` means."""
        return rows.filter(**{str(self.parameter_name): chosen})


class RequestState(Choice):
    """Open requests by what runs; closed ones by what became of them."""

    title = label("state", "状態")
    parameter_name = "state"
    words = (
        ("held", label("held", "保留中")),
        ("overdue", label("overdue", "期限超過")),
        ("put_off", label("put off after an error", "エラーにより延期")),
        *((status.value, WORDS[status]) for status in RequestStatus),
    )

    def kept(self, rows: "QuerySet[Any]", chosen: Any) -> "QuerySet[Any]":
        """Keep what was chosen; what is overdue or held is found by the index of open requests."""
        if chosen in set(RequestStatus):
            return rows.filter(status=chosen)
        still_open = rows.filter(status=RequestStatus.AWAITING_REPLY)
        if chosen == "held":
            return still_open.filter(reply_deadline=None)
        overdue = still_open.filter(reply_deadline__lt=clock.now())
        return overdue.filter(settle_failures__gt=0) if chosen == "put_off" else overdue


class Fault(Choice):
    """At whose fault."""

    title = label("at fault", "責任")
    parameter_name = "at_fault"
    words = tuple((fault.value, WORDS[fault]) for fault in AtFault)


class Acknowledged(Choice):
    """What a seller has still to acknowledge."""

    title = label("acknowledgement", "確認")
    parameter_name = "acknowledged"
    words = (("no", label("not acknowledged yet", "確認待ち")),)

    def kept(self, rows: "QuerySet[Any]", _chosen: Any) -> "QuerySet[Any]":
        """Keep the open ones."""
        return rows.filter(at_fault=AtFault.SELLER, acknowledged_at=None)


class WorthALook(Choice):
    """The few kinds of event that operators look for; the others are read in a room's or a seller's story."""

    title = label("occasion", "確認したいもの")
    parameter_name = "kind"
    words = (
        (EventKind.REPLY_REFUSED_LATE.value, label("near misses (late replies)", "間に合わなかった返信")),
        (EventKind.SETTLEMENT_PUT_OFF.value, label("put off after an error", "エラーによる延期")),
        (EventKind.VERDICT_REVERSED.value, label("reversals", "取り消し")),
        (EventKind.REQUEST_HELD.value, label("held", "保留")),
        (EventKind.REQUEST_RELEASED.value, label("released", "保留の解除")),
        (EventKind.REQUEST_EXTENDED.value, label("extended", "延長")),
        (EventKind.MESSAGE_HIDDEN.value, label("hidden messages", "非表示のメッセージ")),
        (EventKind.REVIEW_HIDDEN.value, label("hidden reviews", "非表示の評価")),
        (EventKind.SERVICE_TAKEN_DOWN.value, label("services taken down", "掲載停止のサービス")),
        (EventKind.SERVICE_PUT_BACK.value, label("services put back", "掲載停止の解除")),
        (EventKind.ACCESS_ENDED.value, label("log-ins ended by staff", "スタッフによるログインの終了")),
        (EventKind.ACCOUNT_CHANGED.value, label("changes to accounts", "アカウントの変更")),
        (EventKind.LIST_EXPORTED.value, label("lists saved as CSV", "CSVの保存")),
        (EventKind.NOTICE_SENT_AGAIN.value, label("notices sent again", "通知の再送")),
        (EventKind.RETRY_ASKED.value, label("tried again by staff", "スタッフによる再試行")),
        (EventKind.RESTORED_FROM_BACKUP.value, label("restored from a backup", "バックアップからの復元")),
    )


class DoneByStaff(Choice):
    """Everything that staff did, over all rooms and people."""

    title = label("kind of actor", "実行者の種類")
    parameter_name = "staff"
    words = (("yes", label("staff", "スタッフ")),)

    def kept(self, rows: "QuerySet[Any]", _chosen: Any) -> "QuerySet[Any]":
        """Keep it, along the short index of what staff do."""
        return rows.filter(BY_STAFF).exclude(kind=EventKind.SELLER_RESUMED, data__reason__isnull=True)


class RankFilter(Choice):
    """By seller rank."""

    title = label("rank", "ランク")
    parameter_name = "rank"
    words = tuple((rank.value, WORDS[rank]) for rank in reversed(Rank))


class Paused(Choice):
    """Whom a verdict keeps from accepting."""

    title = label("paused", "受付休止")
    parameter_name = "paused"
    words = (("yes", label("by an open verdict", "確認待ちの自動キャンセルによる")),)

    def kept(self, rows: "QuerySet[Any]", _chosen: Any) -> "QuerySet[Any]":
        """Keep those with a verdict that is not acknowledged: by the short index of these."""
        waiting = Verdict.objects.unacknowledged().order_by().values("seller_id").distinct()
        return rows.filter(pk__in=waiting)
