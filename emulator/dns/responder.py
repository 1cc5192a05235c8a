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
from typing import Final

from dnslib import EDNS0, RCODE, RR, DNSHeader, DNSQuestion, DNSRecord

from emulator.dns import wire
from emulator.dns.forward import Upstream
from emulator.dns.zone import ZoneAnswer

_LARGEST_OVER_UDP: Final = 4096
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
            send(self._finished(query, client, proto, answer.status, _own_message(query, answer)))
            return True

        def then(reply: DNSRecord | None) -> None:
            try:
                status, message = _forwarded_message(query, answer, reply)
            except Exception:
                _log.exception("DNS: upstream's answer to %s cannot be passed on", query.name)
                status, message = "SERVFAIL", _message(query, "SERVFAIL", own=False)
            send(self._finished(query, client, proto, status, message))

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
            _log.exception("DNS: %s %s could not be answered", query.name, wire.type_name(query.type))
            return ZoneAnswer("SERVFAIL")

    def _finished(self, query: wire.Query, client: str, proto: str, status: str, message: DNSRecord) -> bytes:
        """The bytes, cut to what the client takes, and the query written down."""
        most = _LARGEST if proto == "tcp" else max(512, min(query.edns or 512, _LARGEST_OVER_UDP))
        try:
            packet = bytes(message.pack())
        except Exception:
            _log.exception("DNS: the answer to %s %s has no wire form", query.name, wire.type_name(query.type))
            status, packet = "SERVFAIL", bytes(_message(query, "SERVFAIL").pack())
        if len(packet) > most and proto == "udp":
            cut = _message(query, status)
            cut.header.tc = 1
            packet = bytes(cut.pack())
        elif len(packet) > most:
            status, packet = "SERVFAIL", bytes(_message(query, "SERVFAIL").pack())
        self._queries.add(client, proto, query.name.lower(), wire.type_name(query.type), status)
        return packet


def _message(
    query: wire.Query, status: str, answers: Sequence[RR] = (), authority: Sequence[RR] = (), own: bool = True
) -> DNSRecord:
    """``own``: whether the world itself says so (AA). RA is always set: every CNAME is followed to its end."""
    rcode = wire.RCODES[status]
    header = DNSHeader(
        id=query.id, bitmap=0, qr=1, aa=int(own), rd=int(query.recursion_desired), ra=1, rcode=rcode & 0xF
    )
    message = DNSRecord(
        header, [DNSQuestion(query.label, query.type, query.class_)], list(answers), auth=list(authority)
    )
    if query.edns is not None:
        message.add_ar(EDNS0(ext_rcode=rcode >> 4, udp_len=_LARGEST_OVER_UDP))
    return message


def _own_message(query: wire.Query, answer: ZoneAnswer) -> DNSRecord:
    try:
        answers = [wire.to_rr(record, query) for record in answer.answers]
        authority = [wire.to_rr(answer.authority, query)] if answer.authority else []
    except Exception:
        _log.exception("DNS: a record at %s has no wire form", query.name)
        return _message(query, "SERVFAIL")
    return _message(query, answer.status, answers, authority)


def _forwarded_message(query: wire.Query, answer: ZoneAnswer, reply: DNSRecord | None) -> tuple[str, DNSRecord]:
    """The world's CNAMEs, then what upstream said of the name where they end. A name that the world itself knows of,
    if only as the parent of others, exists whatever upstream says."""
    status = RCODE.forward.get(reply.header.rcode, "SERVFAIL") if reply is not None else "SERVFAIL"
    if reply is None or status not in ("NOERROR", "NXDOMAIN"):
        return "SERVFAIL", _message(query, "SERVFAIL", own=False)
    status = "NOERROR" if answer.status == "NOERROR" else status
    chain = [wire.to_rr(record, query) for record in answer.answers]
    return status, _message(query, status, chain + reply.rr, reply.auth, own=False)
