"""Instants as mail and SES's events write them. Seconds since the epoch; what is later than any calendar is its end."""

from __future__ import annotations

from datetime import UTC, datetime

from emulator.clock import LAST_INSTANT

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def timestamp(at: float) -> str:
    """``2026-03-26T10:00:01.042Z`` (observed in events: always three digits of a second)."""
    return _utc(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def date_value(at: float) -> str:
    """The value of a Date field, UTC, the day of the month without a leading zero: ``Thu, 2 Oct 2025 16:06:34 +0000``
    (observed)."""
    utc = _utc(at)
    return f"{_DAYS[utc.weekday()]}, {utc.day} {_MONTHS[utc.month - 1]} {utc.year} {utc:%H:%M:%S} +0000"


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(min(at, LAST_INSTANT), UTC)
