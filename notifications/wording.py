"""Puts the facts of a notice into words (`phrases`), for its reader.

Facts are what was gathered when the notice was made; moments are ISO 8601 in UTC and are shown in the
reader's time zone, as an absolute time and what remains of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from marketplace.characters import isolated_lines
from marketplace.vocabulary import REASONS, AtFault, Language, Rank
from notifications import afterwards
from notifications.phrases import WORDS, Said

MOMENTS = ("deadline", "effective_at", "silent_since", "owed_since")
WEEKDAYS = "月火水木金土日"
RANKS_JA = {
    Rank.REGULAR: "レギュラー",
    Rank.BRONZE: "ブロンズ",
    Rank.SILVER: "シルバー",
    Rank.GOLD: "ゴールド",
    Rank.PLATINUM: "プラチナ",
}


VERDICTS = {
    AtFault.SELLER: ("cancellation for the seller's silence", "出品者連絡なしキャンセル"),
    AtFault.BUYER: ("cancellation for the buyer's silence", "購入者連絡なしキャンセル"),
}
"""What the help page calls a cancellation by silence."""


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who reads, and when."""

    language: Language
    zone: tzinfo
    now: datetime


def say(words: str, facts: Mapping[str, Any], reader: Reader, *, over: bool = False) -> Said:
    """Put the facts into the words, for this reader. Raises `KeyError` for a fact that is missing.

    `over`: what it asks for is done or past, so it is told as history.
    """
    said = WORDS[words].spoken(reader.language)
    spoken = _spoken(facts, reader)
    then = said.title_afterwards if _is_over(facts, reader.now) else ""
    title = then or said.title
    if over:
        title = then or afterwards.title(words, reader.language) or title
        return Said(" ".join(title.format_map(spoken).split()), afterwards.body(reader.language))
    return Said(" ".join(title.format_map(spoken).split()), said.body.format_map(spoken).strip())


def _spoken(facts: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    written = {**facts, **_reason(facts, reader.language)}
    plain = {name: isolated_lines(each) if isinstance(each, str) else each for name, each in written.items()}
    spoken = {**plain, **_spoken_times(facts, reader)}
    for name in ("price", "refund"):
        if facts.get(name) is not None:
            spoken[name] = yen(facts[name], reader.language)
    if "preview" in facts:
        spoken["consequence"] = consequence(facts["preview"], reader)
    if "effective_at" in facts:
        spoken["verdict"] = verdict(facts, reader.language)
    if "followed" in facts:
        spoken["what_followed"] = what_followed(facts["followed"], reader)
    if "rating" in facts:
        spoken["stars"] = "★" * facts["rating"] + "☆" * (5 - facts["rating"])
    return spoken


def _spoken_times(facts: Mapping[str, Any], reader: Reader) -> dict[str, str]:
    spoken = {name: moment(datetime.fromisoformat(facts[name]), reader) for name in MOMENTS if facts.get(name)}
    if facts.get("deadline"):
        left = remaining(datetime.fromisoformat(facts["deadline"]) - reader.now, reader.language)
        spoken["remaining"] = left
        spoken["until"] = (
            spoken["deadline"] if _is_over(facts, reader.now) else _until(spoken["deadline"], left, reader)
        )
    if "due_on" in facts:
        spoken["due_on"] = day(facts["due_on"], reader.language)
    if "new_deadline" in facts:
        spoken["new_deadline"] = _new_deadline(facts["new_deadline"], reader)
    return spoken


def _is_over(facts: Mapping[str, Any], now: datetime) -> bool:
    """Whether the deadline has passed: notices stay in the inbox, and nothing remains of it then."""
    return bool(facts.get("deadline")) and datetime.fromisoformat(facts["deadline"]) < now


def _until(deadline: str, left: str, reader: Reader) -> str:
    return f"{deadline}（あと{left}）" if reader.language == Language.JAPANESE else f"{deadline} ({left})"


def _reason(facts: Mapping[str, Any], language: Language) -> dict[str, str]:
    """Put a reason into words that no person wrote; what staff wrote stands as it is."""
    known = REASONS.get(facts.get("reason") or "")
    return {"reason": known[language == Language.JAPANESE]} if known else {}


def moment(at: datetime, reader: Reader) -> str:
    """Say an absolute time in the reader's zone: `Tue 24 Nov 15:00 (JST)`, `11月24日(火) 15:00 (JST)`."""
    local = at.astimezone(reader.zone)
    zone = local.tzname() or ""
    if reader.language == Language.JAPANESE:
        return f"{local.month}月{local.day}日({WEEKDAYS[local.weekday()]}) {local:%H:%M} ({zone})"
    return f"{ENGLISH_DAYS[local.weekday()]} {local.day} {ENGLISH_MONTHS[local.month - 1]} {local:%H:%M} ({zone})"


ENGLISH_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day(iso: str, language: Language) -> str:
    """Say a date."""
    date = datetime.fromisoformat(iso)
    if language == Language.JAPANESE:
        return f"{date.month}月{date.day}日({WEEKDAYS[date.weekday()]})"
    return f"{ENGLISH_DAYS[date.weekday()]} {date.day} {ENGLISH_MONTHS[date.month - 1]}"


def remaining(left: timedelta, language: Language) -> str:
    """Say what remains in its two largest units, rounded down: `1 d 3 h`, `5 h 20 min`, `40 s`."""
    seconds = max(0, int(left.total_seconds()))
    units = (("日", "d", 86_400), ("時間", "h", 3600), ("分", "min", 60), ("秒", "s", 1))
    parts = []
    for ja, en, size in units:
        number, seconds = divmod(seconds, size)
        if number:
            parts.append(f"{number}{ja}" if language == Language.JAPANESE else f"{number} {en}")
    shown = parts[:2] or (["0秒"] if language == Language.JAPANESE else ["0 s"])
    return "".join(shown) if language == Language.JAPANESE else f"{' '.join(shown)} left"


def yen(amount: int, language: Language) -> str:
    """Say a sum of money."""
    return f"{amount:,}円" if language == Language.JAPANESE else f"¥{amount:,}"


def consequence(preview: Mapping[str, Any] | None, reader: Reader) -> str:
    """Say what happens if nothing is said until the deadline."""
    if not preview:
        return ""
    at, said = moment(datetime.fromisoformat(preview["deadline"]), reader), _changes(preview, reader.language)
    if reader.language == Language.JAPANESE:
        return f"{at}までにご連絡がない場合: " + "、".join(["取引はキャンセル", *said]) + "。"
    return f"If nothing is said until {at}: " + ", ".join(["cancelled", *said]) + "."


def verdict(facts: Mapping[str, Any], language: Language) -> str:
    """Name the cancellation by whose silence it was. Facts of older notices name nobody: what followed tells."""
    followed = facts.get("followed") or {}
    told = AtFault.BUYER if followed.get("buyer_cancellations") else AtFault.SELLER
    return VERDICTS[AtFault(facts.get("at_fault") or told)][language == Language.JAPANESE]


def what_followed(preview: Mapping[str, Any] | None, reader: Reader) -> str:
    """Say what the verdict did."""
    said = _changes(preview, reader.language) if preview else []
    if not said:
        return ""
    if reader.language == Language.JAPANESE:
        return "これにより: " + "、".join(said) + "。"
    return "What followed: " + ", ".join(said) + "."


def _changes(preview: Mapping[str, Any], language: Language) -> list[str]:
    """Say each thing that changes: `6 services paused`, `★1`, `completion 91 % → 88 %`, `rank Gold → Silver`."""
    ja = language == Language.JAPANESE
    said = []
    if preview.get("services_paused"):
        number = preview["services_paused"]
        said.append(f"全{number}サービスが受付休止" if ja else f"{number} service{'s' if number > 1 else ''} paused")
    if preview.get("stars"):
        said.append(f"評価★{preview['stars']}" if ja else f"★{preview['stars']}")
    if preview.get("completion"):
        before, after = (_percent(rate) for rate in preview["completion"])
        said.append(f"納品完了率 {before} → {after}" if ja else f"completion {before} → {after}")
    if preview.get("rank") and preview["rank"][0] != preview["rank"][1]:
        before, after = (RANKS_JA[Rank(rank)] if ja else rank.capitalize() for rank in preview["rank"])
        said.append(f"ランク {before} → {after}" if ja else f"rank {before} → {after}")
    if preview.get("buyer_cancellations"):
        before, after = preview["buyer_cancellations"]
        said.append(
            f"連絡なしキャンセルの記録 {before}件 → {after}件"
            if ja
            else f"your record of cancellations for silence {before} → {after}"
        )
    if preview.get("refund_yen"):
        amount = yen(preview["refund_yen"], language)
        said.append(f"購入者へ{amount}を返金" if ja else f"{amount} back to the buyer")
    return said


def _percent(rate: float | None) -> str:
    return "–" if rate is None else f"{rate * 100:.0f} %"


def _new_deadline(deadline: str | None, reader: Reader) -> str:
    if not deadline:
        return ""
    at = moment(datetime.fromisoformat(deadline), reader)
    return f"新しい期限は{at}です。" if reader.language == Language.JAPANESE else f"The new deadline is {at}."
