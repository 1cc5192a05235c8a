"""How the emulator asks DNS, and the only way in which the receiver and the identity checks learn of records."""

from __future__ import annotations

import itertools
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from dnslib import QTYPE, RCODE, RR, DNSRecord

from emulator.clock import monotonic
from emulator.dns import wire
from emulator.dns.exchange import Exchange
from emulator.values import DnsAnswer

_HEADER: Final = struct.Struct("!HHHHHH")
_RECURSION_DESIRED: Final = 0x0100
_EDNS: Final = b"\0" + struct.pack("!HHIH", wire.OPT, 4096, 0, 0)
_LONGEST_BELIEVED: Final = 30.0
_FOREVER: Final = float("inf")


class Resolver(Protocol):
    def query(self, name: str, type: str) -> DnsAnswer:
        """Asks for ``name`` (final dot or not, any case) and a type by its mnemonic. Never raises."""
        ...


@dataclass(slots=True)
class _Era:
    """Answers learned while the world's serial was ``serial``; each with the instant until which it is believed."""

    serial: int | None
    answers: dict[tuple[str, str], tuple[DnsAnswer, float]] = field(default_factory=dict)


class DnsResolver:
    """Real DNS to the emulator's own port, with a cache that cannot be wrong about the world.

    ``query`` always asks. ``session`` is for work that asks a lot, as the judging of one mail: it asks the server for
    the SOA of the root once, whose serial changes with every change of any record, and from then on believes what was
    learned under that serial, also by other sessions. What an upstream resolver said (the answer is not
    authoritative) is believed for its ttl, at most 30 s. Failures are not remembered. Thread-safe.

    ``timeout`` is in seconds, for one attempt of two. ``size`` bounds the number of answers remembered.
    """

    def __init__(
        self, host: str, port: int, timeout: float = 2.0, now: Callable[[], float] = monotonic, size: int = 4096
    ) -> None:
        self._exchange = Exchange(host, port, timeout, now=now)
        self._now = now
        self._size = size
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._era = _Era(None)

    def query(self, name: str, type: str) -> DnsAnswer:
        return self._ask(name.lower().removesuffix("."), type.upper())[0]

    def session(self) -> Resolver:
        """One question to the server; a Resolver that is true to the world as of now or later."""
        serial = self._serial()
        with self._lock:
            if serial is None:
                return _Session(self, _Era(None))
            if self._era.serial != serial:
                self._era = _Era(serial)
            return _Session(self, self._era)

    def close(self) -> None:
        """Closes the kept sockets. The resolver may be used again."""
        self._exchange.close()

    def _serial(self) -> int | None:
        """Read without dnslib, for this is asked before every mail: an SOA's data ends in five numbers, the serial
        first, and without EDNS nothing comes after it."""
        header = _HEADER.pack(next(self._ids) & 0xFFFF, _RECURSION_DESIRED, 1, 0, 0, 0)
        reply = self._exchange.ask(header + wire.question("", QTYPE.SOA))
        if reply is None or len(reply) < 12 + 20:
            return None
        _, flags, *counts = _HEADER.unpack_from(reply)
        if flags & 0xF or counts != [1, 1, 0, 0]:
            return None
        return int.from_bytes(reply[-20:-16], "big")

    def _remembered(self, era: _Era, name: str, type: str) -> DnsAnswer:
        key = (name.lower().removesuffix("."), type.upper())
        known = era.answers.get(key)
        if known is not None and known[1] > self._now():
            return known[0]
        answer, believed_for = self._ask(*key)
        if believed_for > 0:
            with self._lock:
                if len(era.answers) >= self._size and key not in era.answers:
                    del era.answers[next(iter(era.answers))]
                era.answers[key] = (answer, self._now() + believed_for)
        return answer

    def _ask(self, name: str, type: str) -> tuple[DnsAnswer, float]:
        """The answer, and for how many seconds it may be believed (0: not at all)."""
        number = wire.type_number(type)
        try:
            question = wire.question(name, number or 0)
        except ValueError:
            return DnsAnswer("NXDOMAIN"), 0.0
        if number is None:
            return DnsAnswer("SERVFAIL"), 0.0
        header = _HEADER.pack(next(self._ids) & 0xFFFF, _RECURSION_DESIRED, 1, 0, 0, 1)
        reply = self._exchange.ask(header + question + _EDNS)
        if reply is None:
            return DnsAnswer("TIMEOUT"), 0.0
        try:
            return _read(reply, number)
        except Exception:
            # dnslib raises more than its own exceptions on packets that are none.
            return DnsAnswer("SERVFAIL"), 0.0


@dataclass(frozen=True, slots=True)
class _Session:
    _resolver: DnsResolver
    _era: _Era

    def query(self, name: str, type: str) -> DnsAnswer:
        return self._resolver._remembered(self._era, name, type)


def _read(reply: bytes, wanted: int) -> tuple[DnsAnswer, float]:
    message = DNSRecord.parse(reply)
    status = RCODE.forward.get(message.header.rcode, "SERVFAIL")
    if status not in ("NOERROR", "NXDOMAIN"):
        return DnsAnswer("SERVFAIL"), 0.0
    answer = DnsAnswer(status, tuple(wire.text_of(rr) for rr in message.rr if rr.rtype == wanted))
    return answer, _FOREVER if message.header.aa else _believed_for(answer, message.rr, message.auth)


def _believed_for(answer: DnsAnswer, answers: list[RR], authority: list[RR]) -> float:
    """RFC 2308 for what came from upstream: the shortest ttl on the way, a "no" by the SOA that comes with it."""
    ttls = [float(rr.ttl) for rr in answers]
    if not answer.values:
        soa = next((rr for rr in authority if rr.rtype == QTYPE.SOA), None)
        ttls.append(float(min(soa.ttl, soa.rdata.times[4])) if soa else 0.0)
    return min([*ttls, _LONGEST_BELIEVED])
