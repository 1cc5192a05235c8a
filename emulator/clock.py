"""The only source of time. Rules get the instant as an argument; nobody else asks the system."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

# The end of the year 9999: ``datetime`` has no later second.
LAST_INSTANT = 253402300799.0


class Clock:
    """The emulator's clock: real time plus an offset that tests may move. Thread-safe.

    ``system`` is the real wall clock in seconds; a test passes its own to stand still.
    """

    def __init__(self, offset: float = 0.0, system: Callable[[], float] = time.time) -> None:
        self._system = system
        self._offset = offset

    def now(self) -> float:
        """Seconds since the epoch in the emulator's world."""
        return self._system() + self._offset

    @property
    def offset(self) -> float:
        """Seconds by which the emulator's world is ahead of real time."""
        return self._offset

    def set_offset(self, seconds: float) -> None:
        self._offset = seconds


def next_month(now: float) -> float:
    """When the calendar month after that of ``now`` begins, UTC."""
    at = datetime.fromtimestamp(now, UTC)
    year, month = (at.year + 1, 1) if at.month == 12 else (at.year, at.month + 1)
    return datetime(year, month, 1, tzinfo=UTC).timestamp()


def monotonic() -> float:
    """Real seconds for timeouts and leases, which the emulator's clock must not stretch."""
    return time.monotonic()


def real_time() -> float:
    """Real wall-clock seconds, for what outlives this process (leases in the outbox)."""
    return time.time()
