"""Who writes next to an SQLite file: threads in the order in which they came, processes one at a time.

SQLite's own waiting is a poll with growing pauses: under load some wait far too long, and at last hear "database is
locked". Here the waiting is done before BEGIN IMMEDIATE, asleep.
"""

from __future__ import annotations

import sys
from collections import deque
from pathlib import Path
from threading import Lock, get_ident
from types import TracebackType

from emulator.store.ports import StoreError

if sys.platform != "win32":
    import fcntl


class Turns:
    """A context manager; entering it waits for the turn. Not reentrant: a second write of the same thread within its
    first could never get its turn, so it raises ``RuntimeError``. After ``close`` nobody gets a turn (``StoreError``).
    ``path`` is a file beside the database whose lock (flock; dropped by the system when a process dies) keeps processes
    apart. On Windows SQLite's own waiting has to do.
    """

    def __init__(self, path: Path) -> None:
        self._mutex = Lock()
        self._waiting: deque[Lock] = deque()
        self._taken = False
        self._holder: int | None = None
        self._file = path.open("ab")

    def __enter__(self) -> None:
        me = get_ident()
        if self._holder == me:
            raise RuntimeError("a write within a write of the same thread")
        self._wait()
        self._holder = me
        try:
            if self._file.closed:
                raise StoreError("the store is closed")
            if sys.platform != "win32":
                fcntl.flock(self._file, fcntl.LOCK_EX)
        except BaseException:
            self._pass_on()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if sys.platform != "win32" and not self._file.closed:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            self._pass_on()

    def close(self) -> None:
        """Within a turn, or when nobody else knows of them."""
        self._file.close()

    def _wait(self) -> None:
        with self._mutex:
            if not self._taken:
                self._taken = True
                return
            gate = Lock()
            gate.acquire()
            self._waiting.append(gate)
        try:
            gate.acquire()
        except BaseException:
            # Interrupted while waiting: leave the line, or pass on a turn that had just come.
            with self._mutex:
                left = gate in self._waiting
                if left:
                    self._waiting.remove(gate)
            if not left:
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        self._holder = None
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
