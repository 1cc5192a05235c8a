"""Group commit: of the threads that want the same kind of work done, one does it for all that are waiting.

A transaction costs much the same for one message as for ten; and a lock that is handed from thread to thread stands
still while each wakes up. So whoever finds nobody at work takes everything that is waiting, and the others sleep
until theirs is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

Item = TypeVar("Item")


class _Place(Generic[Item]):
    """A thread waiting in line. ``gate`` opens when its item is done, or when it is its turn to work."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.gate = Lock()
        self.gate.acquire()
        self.done = False
        self.problem: BaseException | None = None


class Together(Generic[Item]):
    """``work`` is called with the items of up to ``most`` callers, in the order in which they came, by one thread at
    a time. Thread-safe."""

    def __init__(self, work: Callable[[Sequence[Item]], None], most: int) -> None:
        self._work = work
        self._most = most
        self._mutex = Lock()
        self._line: list[_Place[Item]] = []
        self._busy = False

    def do(self, item: Item) -> None:
        """Returns when ``work`` has been called with this item among others. Raises what ``work`` raised: then it
        failed for all of them."""
        place = _Place(item)
        with self._mutex:
            self._line.append(place)
            mine = not self._busy
            self._busy = True
        if not mine:
            place.gate.acquire()
        if not place.done:
            self._lead()
        if place.problem is not None:
            raise place.problem

    def _lead(self) -> None:
        """Works for everybody in line, this thread's own item among them, and hands over to who came meanwhile."""
        with self._mutex:
            places, self._line = self._line[: self._most], self._line[self._most :]
        problem: BaseException | None = None
        try:
            self._work([place.item for place in places])
        except BaseException as raised:
            problem = raised
        for place in places:
            place.done, place.problem = True, problem
        with self._mutex:
            following = self._line[0] if self._line else None
            self._busy = following is not None
        for place in places:
            place.gate.release()
        if following is not None:
            following.gate.release()
