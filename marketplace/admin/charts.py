"""Small charts as SVG, drawn here and not in a browser; each stands with the table of what it draws."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count as numbers_from
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from marketplace import formats
from marketplace.admin.panels import TEMPLATES, Panel

WIDTH, HEIGHT = 560, 190
LEFT, RIGHT, TOP, BOTTOM = 40, 6, 16, 24
"""What the axes need around the bars, in the units of the drawing."""
LINES = 4
"""At most so many lines help to read how high a bar is."""
OF_A_BAR = 0.72
"""How much of its place a bar fills."""
ROW, ROW_LEFT, ROW_RIGHT = 34, 104, 64
"""The height of a row of shares, and what its words need beside it."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """One kind of thing that is counted; its word and its texture tell it apart, not colour alone."""

    name: str
    title: Any
    look: str
    """`solid`, `hatched`, `crossed` or `outlined`."""
    tone: str
    """The colour: `bad`, `warn`, `good`, `calm` or `quiet`."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One place on the axis: a day, an hour, a channel."""

    title: str
    """What the table calls it."""
    mark: str
    """What stands below it; empty where there is no room."""
    counts: Sequence[int]
    """In the order of the series."""

    @property
    def total(self) -> int:
        return sum(self.counts)


class Drawn(NamedTuple):
    x: float
    y: float
    width: float
    height: float
    series: Series
    text: str


class Label(NamedTuple):
    x: float
    y: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """How many of each: what is drawn, and what stands in the table."""

    name: str
    """Unique on its page."""
    heading: str
    """What the bars are: day, hour, channel."""
    series: Sequence[Series]
    bars: Sequence[Bar]
    counted_to: int | None = None
    """Nothing was counted further than this: such a number is shown with a plus."""

    def shown(self, count: int) -> str:
        return formats.counted(count, self.counted_to)

    @property
    def summary(self) -> str:
        total = sum(bar.total for bar in self.bars)
        if not total:
            return _("There is nothing to draw.")
        most = max(self.bars, key=lambda bar: bar.total)
        parts = pgettext("between parts of a list", ", ").join(
            f"{each.title} {formats.number(sum(bar.counts[place] for bar in self.bars))}"
            for place, each in enumerate(self.series)
        )
        return _("{total} in all ({parts}); the most, {most}: {title}.").format(
            total=formats.number(total), parts=parts, most=formats.number(most.total), title=most.title
        )

    @property
    def heads(self) -> list[str]:
        return [self.heading, *(each.title for each in self.series)]

    @property
    def rows(self) -> list[list[str]]:
        return [[bar.title, *(self.shown(count) for count in bar.counts)] for bar in self.bars]

    def shown_total(self, bar: Bar) -> str:
        cut = any(self.shown(count).endswith("+") for count in bar.counts)
        return f"{formats.number(bar.total)}+" if cut else formats.number(bar.total)

    def describe(self, bar: Bar, place: int) -> str:
        return f"{bar.title}: {self.series[place].title} {self.shown(bar.counts[place])}"


class _Columns:
    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        highest = max((bar.total for bar in numbers.bars), default=0)
        self.step = _step(highest)
        self.top = self.step * max(1, -(-highest // self.step))
        self.place = (WIDTH - LEFT - RIGHT) / max(1, len(numbers.bars))

    def height(self, count: int) -> float:
        return (HEIGHT - TOP - BOTTOM) * count / self.top

    def middle(self, number: int) -> float:
        return LEFT + self.place * (number + 0.5)

    def boxes(self) -> Iterator[Drawn]:
        width = self.place * OF_A_BAR
        for number, bar in enumerate(self.numbers.bars):
            ground = float(HEIGHT - BOTTOM)
            for index, count in enumerate(bar.counts):
                ground -= self.height(count)
                if count:
                    series, text = self.numbers.series[index], self.numbers.describe(bar, index)
                    yield Drawn(self.middle(number) - width / 2, ground, width, self.height(count), series, text)

    def parts(self) -> dict[str, Any]:
        bars = list(enumerate(self.numbers.bars))
        values = range(0, self.top + 1, self.step)
        levels = [(HEIGHT - BOTTOM - self.height(value), formats.number(value)) for value in values]
        return {
            "drawn": list(self.boxes()),
            "labels": [
                Label(self.middle(at), HEIGHT - BOTTOM - self.height(bar.total) - 4, self.numbers.shown_total(bar))
                for at, bar in bars
                if bar.total
            ],
            "marks": [Label(self.middle(at), HEIGHT - 7, bar.mark) for at, bar in bars if bar.mark],
            "lines": [(y, Label(LEFT - 6, y + 4, text)) for y, text in levels],
        }


def columns(title: str, numbers: Numbers, *, note: str = "", empty: str = "") -> Panel:
    """Draw upright bars, the series stacked in their order."""
    return _panel(title, numbers, note, empty, kind="columns", height=HEIGHT, **_Columns(numbers).parts())


def shares(title: str, numbers: Numbers, *, note: str = "", empty: str = "") -> Panel:
    """Draw a row for each bar, parted by what of it is of which series."""
    middles = [(ROW * number + 22.0, bar) for number, bar in enumerate(numbers.bars)]
    parts = {
        "drawn": list(_shares(numbers)),
        "names": [Label(ROW_LEFT - 8, y, bar.mark) for y, bar in middles],
        "totals": [Label(WIDTH - ROW_RIGHT + 8, y, numbers.shown_total(bar)) for y, bar in middles],
    }
    height = ROW * max(1, len(numbers.bars)) + 4
    return _panel(title, numbers, note, empty, kind="shares", height=height, **parts)


def _shares(numbers: Numbers) -> Iterator[Drawn]:
    for number, bar in enumerate(numbers.bars):
        x, y = float(ROW_LEFT), ROW * number + 6.0
        for index, count in enumerate(bar.counts):
            if count:
                width = (WIDTH - ROW_LEFT - ROW_RIGHT) * count / bar.total
                text = f"{numbers.describe(bar, index)} ({formats.rate(Fraction(count, bar.total))})"
                yield Drawn(x, y, width, ROW - 10.0, numbers.series[index], text)
                x += width


def _panel(title: str, numbers: Numbers, note: str, empty: str, **parts: Any) -> Panel:
    nothing = empty if empty and not any(bar.total for bar in numbers.bars) else ""
    context = {"numbers": numbers, "width": WIDTH, "left": LEFT, "right": WIDTH - RIGHT, "note": note, **parts}
    return Panel(title=title, template=f"{TEMPLATES}chart.html", context={**context, "nothing": nothing}, half=True)


def _step(most: int) -> int:
    """Return how far apart the lines are: 1, 2 or 5 with zeros behind, and few of them."""
    steps: Iterator[int] = (factor * 10**tens for tens in numbers_from() for factor in (1, 2, 5))
    return next(step for step in steps if most <= LINES * step)
