"""The request log: every SES call at any door, accepted or refused, and the fact each rule rested on.

Kept in memory, the last 2 000 calls: it explains what just happened and is no record of the mail, which the
store keeps.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from emulator.post.happenings import Happenings
from emulator.values import Door, Scope

if TYPE_CHECKING:
    from emulator.policy.screen import Ruling

_KEPT = 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """``code``, ``message`` and ``hint`` are the fault's when refused, else ""."""

    number: int
    at: float
    request_id: str
    scope: Scope
    door: Door
    operation: str
    caller: str
    source_ip: str
    accepted: bool
    status: int
    code: str
    message: str
    hint: str
    message_id: str
    rulings: tuple[Ruling, ...]


class Journal:
    """Thread-safe. Each call is told to whoever listens."""

    def __init__(self, happenings: Happenings) -> None:
        self._happenings = happenings
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self._count = 0
        self._lock = Lock()

    def note(
        self,
        *,
        at: float,
        request_id: str,
        scope: Scope,
        door: Door,
        operation: str,
        caller: str,
        source_ip: str,
        accepted: bool,
        status: int,
        code: str = "",
        message: str = "",
        hint: str = "",
        message_id: str = "",
        rulings: Sequence[Ruling] = (),
    ) -> None:
        """Adds one call; the oldest goes when 2 000 are there."""
        with self._lock:
            self._count += 1
            entry = Entry(
                self._count, at, request_id, scope, door, operation, caller, source_ip,
                accepted, status, code, message, hint, message_id, tuple(rulings),
            )  # fmt: skip
            self._entries.append(entry)
        self._happenings.publish(entry)

    def recent(
        self, limit: int, *, account: str | None = None, region: str | None = None, accepted: bool | None = None
    ) -> list[Entry]:
        """Newest first; None does not filter."""
        with self._lock:
            entries = list(self._entries)
        wanted = (
            entry
            for entry in reversed(entries)
            if (account is None or entry.scope.account == account)
            and (region is None or entry.scope.region == region)
            and (accepted is None or entry.accepted == accepted)
        )
        return [entry for entry, _ in zip(wanted, range(limit), strict=False)]

    def clear(self, account: str | None = None) -> None:
        with self._lock:
            kept = [entry for entry in self._entries if account is not None and entry.scope.account != account]
            self._entries = deque(kept, maxlen=_KEPT)
