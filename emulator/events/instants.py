"""Instants as SES's events write them."""

from __future__ import annotations

from datetime import UTC, datetime

from emulator.clock import LAST_INSTANT

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def timestamp(at: float) -> str:
    """``2026-03-26T10:00:01.042Z`` (observed: always three digits of a second)."""
    return _utc(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def date_field(at: float) -> str:
    """As a Date field has it, the day without a leading zero."""
    utc = _utc(at)
    return f"{_DAYS[utc.weekday()]}, {utc.day} {_MONTHS[utc.month - 1]} {utc:%Y %H:%M:%S} +0000"


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(min(at, LAST_INSTANT), UTC)
