"""What SES told of one account's mails: to topics, buses, streams and by email."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.testing.api import Api
from emulator.testing.calls import printable

_MOST = 2000
_SHOWN = 20
_LONGEST = 300
# Events are told within milliseconds of what they tell of.
_AGAIN = 0.02


class NoEvent(AssertionError):
    """What was waited for was not told; the text says what was, and what got lost and why."""


@dataclass(frozen=True, slots=True)
class Event:
    """One telling. ``type`` as SES's v2 API names it (``BOUNCE``, ``DELIVERY_DELAY`` …), or ``RECEIVED``; ``at`` ISO
    8601 in the emulator's time; ``channel`` is ``sns``, ``eventbridge``, ``firehose``, ``cloudwatch``, ``email`` …;
    ``target`` who was told, ``of`` who asked for it; ``body`` what was handed over; ``failure`` why it was not taken,
    "" when it was."""

    type: str
    at: str
    message_id: str
    region: str
    channel: str
    target: str
    of: str
    body: str
    failure: str

    @classmethod
    def of_entry(cls, entry: Mapping[str, Any]) -> Event:
        """From an entry of ``GET /_ses/api/events``."""
        return cls(
            type=entry["type"],
            at=entry["at"],
            message_id=entry["message_id"],
            region=entry["region"],
            channel=entry["channel"],
            target=entry["target"],
            of=entry["of"],
            body=entry["body"],
            failure=entry["failure"] or "",
        )

    @property
    def data(self) -> Any:
        """The body as JSON: of ``sns`` what a subscriber finds in ``Message``. ValueError where it is none, as of
        ``email``."""
        return json.loads(self.body)

    def __str__(self) -> str:
        told = f"{self.at[11:23]}  {self.type} of {self.message_id} by {self.channel} to {self.target}"
        return f"{told}: lost, {self.failure}" if self.failure else told


class Events:
    """``api`` is the running emulator's, ``account`` whose events these are."""

    def __init__(self, api: Api, account: str) -> None:
        self._api = api
        self._account = account

    def all(self) -> list[Event]:
        """The oldest first, also those that were lost."""
        entries = self._api.get("events", {"account": self._account, "limit": _MOST})["events"]
        return [Event.of_entry(entry) for entry in reversed(entries)]

    def wait_for(self, type: str, *, message_id: str | None, channel: str, timeout: float) -> Event:
        """The newest that matches and was taken, at once when it is there, or as soon as it comes. NoEvent when
        ``timeout`` seconds (0 to 300) are over."""
        __tracebackhide__ = True
        if not 0 <= timeout <= _LONGEST:
            raise ValueError(f"An event can be waited for from 0 to {_LONGEST} seconds, not {timeout}.")
        query = {"account": self._account, "type": type, "message_id": message_id, "limit": _MOST}
        # Tries are counted, not time: a test may have stopped the clock of its own process.
        for left in range(int(timeout / _AGAIN), -1, -1):
            for entry in self._api.get("events", query)["events"]:
                if entry["channel"] == channel and entry["failure"] is None:
                    return Event.of_entry(entry)
            if left:
                threading.Event().wait(_AGAIN)
        mail = f" of {message_id}" if message_id else ""
        raise NoEvent(self._told(f"No {type.upper()}{mail} was told by {channel} within {timeout:g} s."))

    def _told(self, headline: str) -> str:
        events = self.all()
        if not events:
            return (
                f"{headline}\nNothing was told of any mail of this test's account. SES tells where the configuration "
                "set that a mail is sent with has an event destination, or the sender's identity a topic."
            )
        return printable("\n".join((headline, "Told of this test's mails:", *(f"  {one}" for one in events[-_SHOWN:]))))
