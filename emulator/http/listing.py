"""What the inbox's list shows, from the store's lines: rows, counts, and the way to newer and older pages. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from emulator.http import wording
from emulator.http.wording import Mark, When
from emulator.store.ports import Line

PAGE: Final = 50
_WEAK: Final = ("fail", "softfail", "permerror", "temperror")


@dataclass(frozen=True, slots=True)
class Row:
    """One mail. ``more`` is how many recipients stand behind the first; ``marks`` what is remarkable in its verdict."""

    id: int
    unread: bool
    sender: str
    sender_address: str
    recipient: str
    more: int
    subject: str
    snippet: str
    at: When
    size: str
    attachments: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list. ``newer`` and ``older`` are cursors, "" at the ends; ``first`` is the page that new mail
    joins by itself. ``matching`` counts what the search and the account show, ``total`` everything, ``unread`` of what
    the account shows. ``problem`` says what the search cannot mean, then nothing is shown."""

    q: str
    rows: tuple[Row, ...]
    newer: str
    older: str
    first: bool
    matching: int
    total: int
    unread: int
    problem: str = ""

    @property
    def newest(self) -> int:
        return self.rows[0].id if self.rows else 0


def rows(lines: Sequence[Line], now: float) -> tuple[Row, ...]:
    return tuple(_row(line, now) for line in lines)


def _row(line: Line, now: float) -> Row:
    sender = wording.mailbox(line.from_)
    recipient = wording.mailbox(line.to[0]) if line.to else wording.Mailbox("(nobody)", "")
    return Row(
        id=line.id,
        unread=line.unread,
        sender=sender.name,
        sender_address=sender.address,
        recipient=recipient.name,
        more=max(0, len(line.to) - 1),
        subject=line.subject.strip() or "(no subject)",
        snippet=line.snippet,
        at=wording.when(line.received_at, now),
        size=wording.size(line.size),
        attachments=line.attachments,
        marks=_marks(line),
    )


def _marks(line: Line) -> tuple[Mark, ...]:
    """Only what a sender would want to know at once: via, and what failed."""
    found = [Mark("warn", f"via {line.via}")] if line.via else []
    if line.spf in _WEAK:
        found.append(wording.result_mark(line.spf, "SPF"))
    if not line.dkim:
        found.append(Mark("", "unsigned"))
    elif "pass" not in line.dkim:
        found.append(wording.result_mark(line.dkim[0], "DKIM"))
    if line.dmarc in _WEAK:
        found.append(wording.result_mark(line.dmarc, "DMARC"))
    return tuple(found)
