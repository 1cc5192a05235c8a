"""Sends over time as a bar plot: pure geometry, from SES's 15-minute points to rectangles in a box of 960 by 240."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from emulator.store.ports import SendCounts

WIDTH = 960
HEIGHT = 240
POINT = 900.0
_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Span:
    """How far back a plot looks, in seconds, and how long a bar and the way between two named instants are. ``name``
    stands in the address."""

    name: str
    label: str
    seconds: float
    step: float
    between: float
    form: str


SPANS = (
    Span("day", "24 hours", _DAY, POINT, _DAY / 6, "%H:%M"),
    Span("week", "7 days", 7 * _DAY, 8 * POINT, _DAY, "%b %d"),
    Span("fortnight", "14 days", 14 * _DAY, 16 * POINT, 2 * _DAY, "%b %d"),
)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the plot; ``kind``: sent, complaint or bounce."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """What happened in ``[at, at + step)``. ``sent`` are all attempts, those that bounced or were complained of too."""

    at: str
    sent: int
    bounced: int
    complained: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the plot, ``place`` below its upper edge; or an instant, ``place`` percent from the left."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """``bars`` leaves out what is empty, oldest first. ``top`` is the number at the upper edge."""

    span: Span
    top: int
    bars: tuple[Bar, ...]
    lines: tuple[Mark, ...]
    instants: tuple[Mark, ...]
    sent: int
    bounced: int
    complained: int


def span_named(name: str | None) -> Span:
    """The span of that name; the first for whatever is none."""
    return next((span for span in SPANS if span.name == name), SPANS[0])


def first_instant(span: Span, now: float) -> float:
    """Where the plot begins: bars end with the one that ``now`` is in, and begin at whole steps."""
    last = now // span.step * span.step
    return last + span.step - span.seconds


def plot(points: Sequence[SendCounts], span: Span, now: float) -> Plot:
    """``points`` as the store has them, in any order; those outside of the span are left out."""
    begin = first_instant(span, now)
    count = round(span.seconds / span.step)
    gathered: dict[int, tuple[int, int, int]] = {}
    for point in points:
        slot = int((point.at - begin) // span.step)
        if 0 <= slot < count:
            sent, bounced, complained = gathered.get(slot, (0, 0, 0))
            gathered[slot] = (
                sent + point.delivery_attempts,
                bounced + point.bounces,
                complained + point.complaints,
            )
    top = _round_up(max((sent for sent, _, _ in gathered.values()), default=0))
    bars = tuple(_bar(slot, gathered[slot], begin, span, top, count) for slot in sorted(gathered))
    return Plot(
        span=span,
        top=top,
        bars=bars,
        lines=tuple(Mark(HEIGHT * (1 - part), _number(top * part)) for part in (1.0, 0.5)),
        instants=tuple(
            Mark(round(100 * (at - begin) / span.seconds, 2), _instant(at, span.form)) for at in _instants(begin, span)
        ),
        sent=sum(bar.sent for bar in bars),
        bounced=sum(bar.bounced for bar in bars),
        complained=sum(bar.complained for bar in bars),
    )


def _bar(slot: int, counts: tuple[int, int, int], begin: float, span: Span, top: int, count: int) -> Bar:
    sent, bounced, complained = counts
    width = WIDTH / count
    boxes = []
    y = float(HEIGHT)
    for kind, number in (("bounce", bounced), ("complaint", complained), ("sent", sent - bounced - complained)):
        if number > 0:
            height = HEIGHT * number / top
            y -= height
            boxes.append(Box(kind, round(slot * width + 1, 2), round(y, 2), round(width - 2, 2), round(height, 2)))
    at = _instant(begin + slot * span.step, "%Y-%m-%d %H:%M")
    return Bar(at, sent, bounced, complained, tuple(boxes))


def _instants(begin: float, span: Span) -> list[float]:
    """Whole multiples of what is between two, but none whose name would stand out over the right edge."""
    first = -(-begin // span.between) * span.between
    count = int((begin + 0.95 * span.seconds - first) // span.between) + 1
    return [first + number * span.between for number in range(count)]


def _round_up(number: int) -> int:
    """The next of 2, 4, 10, 20, 40, 100 … so that half of it is a whole number too."""
    power = 1
    while True:
        for factor in (2, 4, 10):
            if number <= factor * power:
                return factor * power
        power *= 10


def _number(value: float) -> str:
    return f"{value:g}" if value < 1_000_000 else f"{value:.2g}"


def _instant(at: float, form: str) -> str:
    return datetime.fromtimestamp(at, UTC).strftime(form)
