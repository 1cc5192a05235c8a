"""Lets somebody wait for a mail without polling hard: told by the reception, woken at once."""

from __future__ import annotations

import threading

# How often a waiter looks by itself, for mail that another process on the same database captured.
_LOOK = 0.25


class Arrivals:
    """Thread-safe. ``most_waiting`` bounds how many threads may wait at once."""

    def __init__(self, most_waiting: int) -> None:
        self._condition = threading.Condition()
        self._count = 0
        self._room = threading.BoundedSemaphore(most_waiting)

    def tell(self) -> None:
        """A mail was captured."""
        with self._condition:
            self._count += 1
            self._condition.notify_all()

    def count(self) -> int:
        with self._condition:
            return self._count

    def wait_beyond(self, count: int, timeout: float) -> None:
        """Returns when more than ``count`` mails have come, after ``timeout`` seconds, or now and then."""
        with self._condition:
            self._condition.wait_for(lambda: self._count > count, min(timeout, _LOOK))

    def take_place(self) -> bool:
        """Whether there is room for one more waiter; give it back with ``leave_place``."""
        return self._room.acquire(blocking=False)

    def leave_place(self) -> None:
        self._room.release()
