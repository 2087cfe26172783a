"""The operators' start page: its parts in their order, since it shows what both apps know, and whether all runs."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from config import health
from marketplace.admin import contradictions, judged, put_off, running, start
from marketplace.admin.start import Part, Signal
from marketplace.admin.words import KINDS_OF_DEADLINE, said, span
from notifications.admin import health as telling

ROLES = {
    "web": ("web", "Web"),
    "deadlines": ("worker for deadlines", "期限ワーカー"),
    "rest": ("worker for the rest", "一般ワーカー"),
    "beat": ("beat (the clock)", "beat (スケジューラー)"),
}


def begin() -> None:
    """Offer every part."""
    start.offer(part, running.part, judged.part, telling.part, put_off.part, contradictions.part)


def part(request: HttpRequest, now: datetime) -> Part:
    """Tell what `/readyz` asks of sweeps and processes, to who may see deadlines."""
    if not request.user.has_perm("marketplace.view_cancelrequest"):
        return Part()
    seen = health.running()
    return Part(signals=[_sweeps(seen), _left(now), _processes(seen), _policy(seen)])


def _sweeps(seen: health.Running) -> Signal:
    name = said("The sweep", "定期確認")
    if seen.missing_sweeps:
        missing = ", ".join(str(KINDS_OF_DEADLINE[kind]) for kind in seen.missing_sweeps)
        told = said(f"late, for: {missing}", f"遅れています: {missing}")
        return Signal(tone="bad", name=name, says=told)
    told = said(f"comes every {_interval()}", f"{_interval()}ごとに実行中")
    return Signal(tone="good", name=name, says=told)


def _interval() -> str:
    seconds = f"{settings.SWEEP_INTERVAL.total_seconds():g}"
    return said(f"{seconds} s", f"{seconds}秒")


def _left(now: datetime) -> Signal:
    name, address = said("Overdue, not settled", "期限超過・未処理"), f"{reverse('admin:due')}?state=overdue"
    found = health.left(now)
    if not found:
        return Signal(tone="good", name=name, says=said("nothing is late", "なし"), address=address)
    number = sum(each.number for each in found.values())
    shown = f"{number}+" if any(each.number >= health.COUNTED_TO for each in found.values()) else str(number)
    oldest = span(now - min(each.oldest for each in found.values()))
    told = said(f"{shown}, the longest for {oldest}", f"{shown}件、最長 {oldest}")
    return Signal(tone="bad", name=name, says=told, address=address)


def _processes(seen: health.Running) -> Signal:
    name = said("Processes", "プロセス")
    if seen.missing_roles:
        missing = ", ".join(said(*ROLES[role]) for role in seen.missing_roles)
        return Signal(tone="bad", name=name, says=said(f"not seen: {missing}", f"応答なし: {missing}"))
    return Signal(tone="good", name=name, says=said("all are seen", "すべて稼働中"))


def _policy(seen: health.Running) -> Signal:
    name = said("The policy", "ポリシー")
    if seen.others:
        others = ", ".join(seen.others)
        return Signal(tone="bad", name=name, says=said(f"another one: {others}", f"一致していません: {others}"))
    return Signal(tone="good", name=name, says=said("all agree", "全プロセスで一致"))
