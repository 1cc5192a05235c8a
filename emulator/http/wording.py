"""How the pages word what they show: instants, sizes, addresses, results. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from emulator.http import shapes
from emulator.receiver.reading import addresses

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_KIB: Final = 1024
_LONGEST_ADDRESS: Final = 1000
# Embeddings, overrides and isolates (Unicode Standard Annex 9, 2.1 to 2.5).
_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CLASS: Final = {
    "pass": "pass",
    "fail": "fail",
    "permerror": "fail",
    "softfail": "warn",
    "temperror": "warn",
    "neutral": "warn",
}


@dataclass(frozen=True, slots=True)
class When:
    """An instant: ``iso`` for machines, ``ago`` at a glance, ``exact`` in full; UTC."""

    iso: str
    ago: str
    exact: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A badge: ``look`` is its class (pass, fail, warn, info or ""), ``text`` says the same in words."""

    look: str
    text: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """``name`` is what a mail program shows first: the display name, or the address where there is none."""

    name: str
    address: str

    @property
    def named(self) -> bool:
        return self.name != self.address


def when(at: float, now: float) -> When:
    """``now`` is the emulator's; what lies a minute after it (the clock was turned back) is shown by its date."""
    moment = datetime.fromtimestamp(at, UTC)
    passed = now - at
    if -_MINUTE < passed < _MINUTE:
        ago = "just now"
    elif 0 <= passed < _HOUR:
        ago = f"{int(passed / _MINUTE)} min ago"
    elif 0 <= passed < _DAY:
        ago = f"{int(passed / _HOUR)} h ago"
    elif moment.year == datetime.fromtimestamp(now, UTC).year:
        ago = f"{moment:%b} {moment.day}"
    else:
        ago = f"{moment:%b} {moment.day}, {moment.year}"
    return When(shapes.instant(at), ago, f"{moment:%a}, {moment.day} {moment:%b %Y %H:%M:%S} UTC")


def size(count: int) -> str:
    """Bytes as people read them: ``812 B``, ``4.1 KB``, ``2.0 MB`` (of 1024, as mail programs count)."""
    if count < _KIB:
        return f"{count} B"
    if count < _KIB * _KIB:
        return f"{count / _KIB:.1f} KB"
    return f"{count / _KIB / _KIB:.1f} MB"


def duration(seconds: float) -> str:
    """``12 seconds``, ``5 minutes``, ``3 hours``, ``2 days``: the largest unit that gives a whole number."""
    for length, unit in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= length:
            return counted(int(seconds / length), unit)
    return counted(round(seconds), "second")


def counted(number: int, one: str, many: str = "") -> str:
    """``1 mail``, ``1,204 mails``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def unturned(text: str) -> str:
    """``text`` with U+FFFD for the marks that turn the order of what follows: a file name or an address is read to
    know what it is, and ``\\u202egnp.exe`` is not to be read as ``exe.png``. Hebrew and Arabic need none of them."""
    return _TURNING.sub("\ufffd", text)


def mailbox(text: str) -> Mailbox:
    """The first address in ``text``, which is decoded; what holds none is its own name and address."""
    try:
        name, address = next(iter(addresses([text[:_LONGEST_ADDRESS]])), ("", ""))
    except (RecursionError, ValueError):
        name, address = "", ""
    if not address or "@" not in address:
        return Mailbox(text.strip() or "(nobody)", text.strip())
    return Mailbox(name.strip() or address, address)


def result_mark(result: str, label: str = "") -> Mark:
    """An SPF, DKIM or DMARC result: ``SPF PASS`` with the look that fits it."""
    return Mark(_CLASS.get(result, ""), f"{label} {result.upper()}".strip())
