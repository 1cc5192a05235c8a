"""From a query's bytes to its answer's bytes: what is refused, how large an answer may be, what is written down.

Sources: RFC 1035 4.1 (header), 6891 (EDNS, BADVERS), 2308 (SOA with a "no"), 6604 (CNAMEs before a "no").
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from dnslib import RCODE, DNSRecord

from emulator.dns import wire
from emulator.dns.zone import ZoneAnswer

if TYPE_CHECKING:
    from emulator.dns.forward import Upstream

_LARGEST: Final = 65535

_log = logging.getLogger(__name__)

Read = Callable[[str, str], ZoneAnswer]
Send = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that was answered. ``at`` is the emulator's time; ``client`` is ``host:port``, ``proto`` udp or tcp."""

    at: float
    client: str
    proto: str
    name: str
    type: str
    status: str


class QueryLog:
    """The last ``size`` queries. Thread-safe. The SOA of the root is not written down: the emulator itself asks for
    it before every mail that it judges, and it would drown the rest."""

    def __init__(self, now: Callable[[], float], size: int = 1000) -> None:
        self._now = now
        self._asked: deque[Asked] = deque(maxlen=size)
        self._lock = threading.Lock()

    def add(self, client: str, proto: str, name: str, type: str, status: str) -> None:
        if name == "" and type == "SOA":
            return
        asked = Asked(self._now(), client, proto, name, type, status)
        with self._lock:
            self._asked.append(asked)

    def recent(self, limit: int) -> Sequence[Asked]:
        """Newest first."""
        with self._lock:
            return tuple(islice(reversed(self._asked), max(0, limit)))

    def clear(self) -> None:
        with self._lock:
            self._asked.clear()


class Responder:
    """``read`` answers from the world, given a name (lower case, no final dot) and a type. What it raises is logged
    and becomes SERVFAIL."""

    def __init__(self, read: Read, log: QueryLog, upstream: Upstream | None = None) -> None:
        self._read = read
        self._queries = log
        self._upstream = upstream

    def respond(self, packet: bytes, client: str, proto: str, send: Send) -> bool:
        """Calls ``send`` with the answer, at once or later from another thread; returns False, and will never call
        it, when the packet deserves none. Never raises, save what ``send`` raises."""
        if not wire.is_query(packet):
            return False
        if wire.opcode_of(packet) != 0:
            send(wire.header_only(packet, "NOTIMP"))
            return True
        try:
            query = wire.read_query(packet)
        except wire.Malformed:
            send(wire.header_only(packet, "FORMERR"))
            return True
        answer = self._from_world(query)
        unknown = answer.unknown
        if unknown is None or self._upstream is None or not self._upstream.knows(unknown):
            send(self._finished(query, client, proto, answer.status, lambda: _from_answer(query, answer)))
            return True

        def then(found: DNSRecord | None) -> None:
            status = _status_with(answer, found)
            send(self._finished(query, client, proto, status, lambda: _with_upstream(query, status, answer, found)))

        self._upstream.ask(unknown, query.type, then)
        return True

    def _from_world(self, query: wire.Query) -> ZoneAnswer:
        if query.edns is not None and query.edns_version != 0:
            return ZoneAnswer("BADVERS")
        if query.class_ != wire.IN:
            return ZoneAnswer("REFUSED")
        try:
            return self._read(query.name.lower(), wire.type_name(query.type))
        except Exception:
            # The store may be closing or its database away: the client is told, the server goes on.
            _log.exception("DNS: %s %s could not be answered", query.name, wire.type_name(query.type))
            return ZoneAnswer("SERVFAIL")

    def _finished(self, query: wire.Query, client: str, proto: str, status: str, packed: Callable[[], bytes]) -> bytes:
        """The bytes, cut to what the client takes, and the query written down."""
        type = wire.type_name(query.type)
        try:
            packet = packed()
        except Exception:
            _log.exception("DNS: the answer to %s %s has no wire form", query.name, type)
            status, packet = "SERVFAIL", wire.reply(query, "SERVFAIL")
        if proto == "udp" and len(packet) > max(512, min(query.edns or 512, wire.LARGEST_OVER_UDP)):
            packet = wire.reply(query, status, cut=True)
        elif len(packet) > _LARGEST:
            status, packet = "SERVFAIL", wire.reply(query, "SERVFAIL")
        self._queries.add(client, proto, query.name.lower(), type, status)
        return packet


def _from_answer(query: wire.Query, answer: ZoneAnswer) -> bytes:
    authority = [wire.to_rr(answer.authority, query)] if answer.authority else []
    return wire.reply(query, answer.status, [wire.to_rr(record, query) for record in answer.answers], authority)


def _status_with(answer: ZoneAnswer, found: DNSRecord | None) -> str:
    """Upstream's status; but a name that the world itself knows of, if only as the parent of others, exists."""
    status = RCODE.forward.get(found.header.rcode) if found is not None else None
    if status not in ("NOERROR", "NXDOMAIN"):
        return "SERVFAIL"
    return "NOERROR" if answer.status == "NOERROR" else status


def _with_upstream(query: wire.Query, status: str, answer: ZoneAnswer, found: DNSRecord | None) -> bytes:
    """The world's CNAMEs, then what upstream said of the name where they end."""
    if found is None or status == "SERVFAIL":
        return wire.reply(query, status, own=False)
    chain = [wire.to_rr(record, query) for record in answer.answers]
    return wire.reply(query, status, chain + found.rr, found.auth, own=False)
