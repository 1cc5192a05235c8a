"""Whether DNS holds a record that an identity needs, and what it says instead: pure, from an answer just asked for.

A help for reading: what SES concludes is the identity's status, by the rules of ``policy/verification.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from emulator.dns.resolver import Resolver
from emulator.http.console.shared import Badge
from emulator.values import DnsAnswer, Record

FOUND = Badge("Found", "pass")
MISSING = Badge("Missing", "fail")
OTHER = Badge("Another value", "fail")
SEVERAL = Badge("Several", "fail")
UNKNOWN = Badge("No answer", "warn")
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Needed:
    """A record an identity needs. ``answered`` is what DNS says where that is something else, "" otherwise."""

    type: str
    name: str
    value: str
    state: Badge
    answered: str


def look_up(records: Iterable[Record], resolver: Resolver) -> tuple[Needed, ...]:
    """Asks DNS for each of ``records``, now."""
    return tuple(_needed(record, resolver.query(record.name, record.type)) for record in records)


def _needed(record: Record, answer: DnsAnswer) -> Needed:
    state = _state(record, answer)
    said = ""
    if state is UNKNOWN:
        said = f"DNS answered {answer.status}."
    elif state in (OTHER, SEVERAL):
        said = "DNS says: " + "; ".join(answer.values)
    return Needed(record.type, record.name, record.value, state, said if len(said) <= _SHOWN else said[:_SHOWN] + "…")


def _state(record: Record, answer: DnsAnswer) -> Badge:
    if answer.status not in ("NOERROR", "NXDOMAIN"):
        return UNKNOWN
    if not answer.values:
        return MISSING
    if not any(_same(record, value) for value in answer.values):
        return MISSING if record.type == "TXT" else OTHER
    # A second MX makes SES refuse the MAIL FROM domain; other TXT beside the one are nobody's harm.
    return SEVERAL if record.type == "MX" and len(answer.values) > 1 else FOUND


def _same(record: Record, value: str) -> bool:
    if record.type != "TXT":
        return value.rstrip(".").lower().split() == record.value.rstrip(".").lower().split()
    if record.value.startswith("v=spf1"):
        return value.lower().startswith("v=spf1") and "include:amazonses.com" in value.lower().split()
    return _squeezed(record.value) in _squeezed(value)


def _squeezed(text: str) -> str:
    return "".join(text.split())
