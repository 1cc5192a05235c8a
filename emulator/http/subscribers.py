"""HTTP subscribers of SNS topics, told beside the call that publishes.

moto posts within that call, and waits for a subscriber as long as it likes: one that does not answer would hold a
thread of the server for each message, and all events behind it. SNS accepts a message and posts it afterwards, for 15
seconds a try (documented; what it does not deliver it tries again, which is not done here).

So each URL has a line of its own. Who publishes waits a moment for the answer, so that a subscriber that is not there
is told at once; where one is slow, nobody waits until its line is empty again.
"""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any

log = logging.getLogger(__name__)

_CONNECT_SECONDS = 5
_READ_SECONDS = 15
_PATIENCE = 1.0
_MOST_WAITING = 1000


@dataclass(slots=True)
class _Post:
    given: dict[str, Any]
    over: Event = field(default_factory=Event)
    problem: Exception | None = None
    alone: bool = False


@dataclass(slots=True)
class _Line:
    """``slow``: its subscriber kept somebody waiting."""

    posts: deque[_Post] = field(default_factory=deque)
    slow: bool = False


class Subscribers:
    """Stands where moto's SNS has the module ``requests``, of which it uses ``post`` alone. Thread-safe."""

    def __init__(self) -> None:
        # Those that have posts; each has a thread as long.
        self._lines: dict[str, _Line] = {}
        self._lock = Lock()

    def post(self, url: str, **given: Any) -> None:
        """Returns when the subscriber has answered, with whatever status, or after a second. Raises what ``requests``
        raises when that is known by then; a line of 1 000 takes no more, which the log tells."""
        one = _Post(given)
        with self._lock:
            line = self._lines.get(url)
            new = line is None
            if line is None:
                line = self._lines[url] = _Line()
            if len(line.posts) >= _MOST_WAITING:
                log.warning("HTTP subscriber %s: %s messages wait for it; one more is lost", url, _MOST_WAITING)
                return
            line.posts.append(one)
        if new:
            Thread(target=self._work, args=(url, line), name="subscriber", daemon=True).start()
        if not line.slow and not one.over.wait(_PATIENCE):
            line.slow = True
        with self._lock:
            one.alone = not one.over.is_set()
        if one.problem is not None and not one.alone:
            raise one.problem

    def _work(self, url: str, line: _Line) -> None:
        import requests

        while True:
            one = line.posts[0]
            try:
                requests.post(url, timeout=(_CONNECT_SECONDS, _READ_SECONDS), **one.given)
            except Exception as problem:
                # Whatever a subscriber's URL or answer brought about is told, and the line goes on with the next one.
                one.problem = problem
            with self._lock:
                one.over.set()
                if one.problem is not None and one.alone:
                    log.warning("HTTP subscriber %s did not take a message: %s", url, one.problem)
                line.posts.popleft()
                if not line.posts:
                    del self._lines[url]
                    return
