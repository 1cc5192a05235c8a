"""What was told of mails, to whom, and whether it was taken: so that nobody has to guess why an event did not come.

Kept in memory, the last 2 000, as the request log is.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Lock

from emulator.sending_events import EventType
from emulator.values import Scope

_KEPT = 2000


@dataclass(frozen=True, slots=True)
class Published:
    """``channel`` is sns, firehose, cloudwatch, eventbridge or email; ``target`` the ARN, namespace or address;
    ``of`` names whose wish it was: the event destination of a configuration set (``set/destination``) or the identity.
    ``body`` is what was handed over; ``failure`` why it was not taken, "" when it was. ``at`` is the event's."""

    number: int
    at: float
    scope: Scope
    message_id: str
    type: EventType
    channel: str
    target: str
    of: str
    body: str
    failure: str


class PublishedLog:
    """Thread-safe."""

    def __init__(self) -> None:
        self._entries: deque[Published] = deque(maxlen=_KEPT)
        self._count = 0
        self._lock = Lock()

    def note(
        self,
        *,
        at: float,
        scope: Scope,
        message_id: str,
        type: EventType,
        channel: str,
        target: str,
        of: str,
        body: str,
        failure: str = "",
    ) -> None:
        """Adds one; the oldest goes when 2 000 are there."""
        with self._lock:
            self._count += 1
            self._entries.append(
                Published(self._count, at, scope, message_id, type, channel, target, of, body, failure)
            )

    def recent(
        self,
        limit: int,
        *,
        account: str | None = None,
        region: str | None = None,
        message_id: str | None = None,
        type: EventType | None = None,
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
            and (type is None or entry.type is type)
        )
        return [entry for entry, _ in zip(wanted, range(limit), strict=False)]

    def clear(self, account: str | None = None) -> None:
        """Forgets one account's, or all."""
        with self._lock:
            kept = [entry for entry in self._entries if account is not None and entry.scope.account != account]
            self._entries = deque(kept, maxlen=_KEPT)
