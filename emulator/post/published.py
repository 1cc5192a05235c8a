"""What was told of mails, to whom, and whether it was taken: so that nobody has to guess why an event did not come.

Kept in memory as the request log is: the last 2 000, or fewer when their bodies fill 16 MiB.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import Final

from emulator.sending_events import EventType
from emulator.values import Scope

RECEIVED: Final = "RECEIVED"
"""The type of what receipt rules did with a mail that SES received; all other types are events' (``EventType``)."""

TYPES: Final = (*(one.value for one in EventType), RECEIVED)
"""Every type that an entry may have."""

_KEPT = 2000
_MOST_TEXT = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Published:
    """``channel`` is sns, firehose, cloudwatch, eventbridge or email, of received mail also s3, lambda, workmail or
    connect; ``target`` the ARN, namespace, address or ``bucket/key``. ``of`` names whose wish it was: the event
    destination of a configuration set (``set/destination``), the identity, or the receipt rule (``rule set/rule``).
    ``body`` is what was handed over; ``failure`` why it was not taken, "" when it was. ``at`` is the event's."""

    number: int
    at: float
    scope: Scope
    message_id: str
    type: str
    channel: str
    target: str
    of: str
    body: str
    failure: str


class PublishedLog:
    """Thread-safe."""

    def __init__(self) -> None:
        self._entries: deque[Published] = deque()
        self._text = 0
        self._count = 0
        self._clears = 0
        # By account, and all under None: the number of the last time that it was forgotten.
        self._cleared: dict[str | None, int] = {}
        self._lock = Lock()

    def mark(self) -> int:
        """This moment, for ``note``."""
        with self._lock:
            return self._clears

    def note(
        self,
        *,
        at: float,
        scope: Scope,
        message_id: str,
        type: str,
        channel: str,
        target: str,
        of: str,
        body: str,
        failure: str = "",
        since: int | None = None,
    ) -> None:
        """Adds one; the oldest go for it. Nothing is added where its account was forgotten after the mark ``since``: it
        is of before, and whoever looks after a reset would take it for something new."""
        with self._lock:
            forgotten = max(self._cleared.get(None, 0), self._cleared.get(scope.account, 0))
            if since is not None and forgotten > since:
                return
            self._count += 1
            self._entries.append(
                Published(self._count, at, scope, message_id, type, channel, target, of, body, failure)
            )
            self._text += len(body)
            while len(self._entries) > _KEPT or (self._text > _MOST_TEXT and len(self._entries) > 1):
                self._text -= len(self._entries.popleft().body)

    def recent(
        self,
        limit: int,
        *,
        account: str | None = None,
        region: str | None = None,
        message_id: str | None = None,
        type: str | None = None,
    ) -> list[Published]:
        """Newest first; None does not filter."""
        with self._lock:
            entries = list(self._entries)
        wanted = (
            entry
            for entry in reversed(entries)
            if (account is None or entry.scope.account == account)
            and (region is None or entry.scope.region == region)
            and (message_id is None or entry.message_id == message_id)
            and (type is None or entry.type == type)
        )
        return [entry for entry, _ in zip(wanted, range(limit), strict=False)]

    def clear(self, account: str | None = None) -> None:
        """Forgets one account's, or all."""
        with self._lock:
            self._clears += 1
            self._cleared[account] = self._clears
            kept = [entry for entry in self._entries if account is not None and entry.scope.account != account]
            self._entries = deque(kept)
            self._text = sum(len(entry.body) for entry in kept)
