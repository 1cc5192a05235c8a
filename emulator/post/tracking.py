"""Addresses by which opens and clicks come back to us: made when a mail is marked, read when somebody asks for them.

Source: reference events-and-api.md 4, whose path grammar is kept to the letter: ``/I0/{MessageId}/{token}{number}`` for
the pixel, ``/L0/{target}/{n}/{MessageId}/{token}{number}`` for a link, ``CI0`` and ``CL0`` where the set has a redirect
domain of its own. Decided:

- The host is this emulator's own, whatever the set says. SES would write ``{8 characters}.r.{region}.awstrack.me``, or
  the redirect domain; no browser here resolves either to this machine, and a click must work without a network. So
  ``HttpsPolicy`` changes nothing: the scheme is that of the emulator's own address.
- The token is a MAC over everything else in the address, of 20 bytes (32 under CI0 and CL0, as observed), so that
  nobody can make us lead to a place that no mail named. Behind the MAC it bears the link's ``ses:tags``, which stand
  nowhere else; tokens of links without tags have SES's length. Always one ``=`` ends it.
- The link by which a reader leaves a list is SES's own page and stays: who leaves is told as Subscription. A link whose
  address would become longer than servers take stays too.
- An event has all recipients of its message. It is queued if the set has, when it happens, a destination that hears
  it, within 60 days (documented); a link leads to its target for ever.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from emulator.clock import Clock
from emulator.mail.raw import Message
from emulator.policy.event_publishing import destinations
from emulator.policy.tracking import Tracked
from emulator.post.events import used_set
from emulator.post.list_management import PATH as OUT_OF_LIST
from emulator.sending_events import EventType, Seen, SendingEvent
from emulator.store.ports import Store

# What SES numbers is not known; this was seen in 2026.
_NUMBER = "452"
_MAC_BYTES = {"": 20, "C": 32}
_SECONDS = 60 * 86400.0
_LONGEST_AGENT = 2048
# A quarter of what our HTTP server takes as the head of a request.
_LONGEST_ADDRESS = 64 * 1024


@dataclass(frozen=True, slots=True)
class Trace:
    """What an address of ours stands for: a mail's pixel, or a link of it with its target."""

    message_id: str
    target: str | None
    tags: tuple[tuple[str, str], ...] = ()


class Tracking:
    """``base_url``, without a final slash, is asked for each mail that is marked. ``told`` is called when an event
    waits to be published."""

    def __init__(
        self, store: Store, clock: Clock, secret: str, base_url: Callable[[], str], told: Callable[[], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._key = f"tracking/{secret}".encode()
        self._base_url = base_url
        self._told = told

    def mark(self, message: Message, message_id: str, tracked: Tracked) -> Message:
        """``message`` with the marks of what is tracked in its HTML."""
        # Loaded with the first mail that is tracked: most never are.
        from emulator.mail.tracking import Marks, marked

        base, own = self._base_url(), "C" if tracked.own_domain else ""
        out_of_list = f"{base}{OUT_OF_LIST}"

        def link(target: str, number: int, said: str) -> str | None:
            if target.startswith(out_of_list):
                return None
            place = f"{own}L0/{_encoded(target)}/{number}/{message_id}"
            address = f"{base}/{place}/{self._token(own, place, said)}{_NUMBER}"
            return address if len(address) <= _LONGEST_ADDRESS else None

        place = f"{own}I0/{message_id}"
        pixel = f"{base}/{place}/{self._token(own, place, '')}{_NUMBER}"
        return marked(message, Marks(pixel if tracked.opens else None, link if tracked.clicks else None))

    def read(self, path: str) -> Trace | None:
        """What a path (percent-encoded, as it was asked for) stands for; None when it is not ours or was changed."""
        from emulator.mail.tracking import link_tags

        _, kind, *rest = path.split("/") if path.startswith("/") else ("", "")
        own, what = ("C", kind[1:]) if kind.startswith("C") else ("", kind)
        if what == "I0" and len(rest) == 2:
            message_id, token = rest
            said = self._said(own, f"{kind}/{message_id}", token)
            return None if said is None else Trace(message_id, None)
        if what == "L0" and len(rest) >= 4:
            *pieces, number, message_id, token = rest
            # Some mail programs write the target's encoded slashes as slashes.
            target = unquote("/".join(pieces))
            said = self._said(own, f"{kind}/{_encoded(target)}/{number}/{message_id}", token)
            return None if said is None else Trace(message_id, target, link_tags(said))
        return None

    def seen(self, trace: Trace, user_agent: str, ip_address: str) -> None:
        """Somebody opened the mail or followed the link."""
        now = self._clock.now()
        type = EventType.OPEN if trace.target is None else EventType.CLICK
        with self._store.write() as writer:
            message = writer.outbound(trace.message_id)
            if message is None or now - message.accepted_at > _SECONDS:
                return
            used = used_set(writer, message.scope, message.configuration_set)
            if not destinations(used, type):
                return
            seen = Seen(user_agent[:_LONGEST_AGENT], ip_address, trace.target or "", trace.tags)
            event = SendingEvent(type, message.message_id, message.scope, now, message.recipients, seen=seen)
            writer.queue_events((event,))
        self._told()

    def _token(self, own: str, place: str, said: str) -> str:
        """For an address: ``place`` is all of it between the host and the token."""
        tags = said.encode("utf-8", "replace")
        tags += b";" * (-len(tags) % 3)
        return base64.urlsafe_b64encode(self._mac(own, place, tags) + tags).decode("ascii")

    def _said(self, own: str, place: str, token: str) -> str | None:
        """What the link's tags say; None when the token is not of just this."""
        try:
            packed = base64.urlsafe_b64decode(unquote(token).rpartition("=")[0] + "=")
        except ValueError:
            return None
        mac, tags = packed[: _MAC_BYTES[own]], packed[_MAC_BYTES[own] :]
        if not hmac.compare_digest(mac, self._mac(own, place, tags)):
            return None
        return tags.decode("utf-8", "replace")

    def _mac(self, own: str, place: str, tags: bytes) -> bytes:
        # A place has no NUL: what a target or a tag has of it cannot move from the one to the other.
        data = place.encode("utf-8", "replace") + b"\0" + tags
        return hmac.digest(self._key, data, "sha256")[: _MAC_BYTES[own]]


def _encoded(target: str) -> str:
    return quote(target, safe=":=")
