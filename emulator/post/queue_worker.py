"""A thread that works off one of the store's queues."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod

log = logging.getLogger(__name__)

_IDLE_LOOK = 1.0
_LAST_ROUND = 10.0


class QueueWorker(ABC):
    """Goes round after round while there is work, else sleeps until it is woken, or for a second: another process may
    have put something into the queue. ``wake`` may be called from any thread."""

    def __init__(self, name: str) -> None:
        self._work = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._work.set()

    def stop(self) -> None:
        """Lets what is in hand come to its end, for ten seconds; the rest stays in the queue."""
        self._stopping.set()
        self._work.set()
        if self._thread.is_alive():
            self._thread.join(_LAST_ROUND)

    @abstractmethod
    def _round(self) -> bool:
        """Works off a part of the queue; False when there was nothing to be had."""

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                busy = self._round()
            except Exception as problem:
                if self._stopping.is_set():
                    # What took longer than its last ten seconds finds the store closed.
                    log.warning(
                        "%s was stopped in the middle, its work stays in the queue: %s", self._thread.name, problem
                    )
                    return
                # Whatever it was, the work is still in the queue, and a thread that ended would leave it there.
                log.exception("%s failed; trying again", self._thread.name)
                busy = False
            if not busy:
                self._work.wait(_IDLE_LOOK)
                self._work.clear()
