"""Between records and their bytes on the wire (RFC 1035 4). Names here are text without a final dot, "" the root.

dnslib encodes and decodes the resource records. The header and question of what strangers send are read by hand:
a query holds nothing else worth reading, and dnslib would read whatever else it holds, at the sender's choice of cost.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dnslib import AAAA, CAA, CNAME, MX, NS, PTR, QTYPE, RD, RR, SOA, SRV, TXT, A
from dnslib.label import DNSBuffer, DNSLabel

from emulator.values import Record

_HEADER: Final = struct.Struct("!HHHHHH")
_TAIL: Final = struct.Struct("!HH")
_OPT: Final = struct.Struct("!xHHBBHH")  # root name, type, size, rcode, version, flags, length
_PLAIN: Final = frozenset(range(33, 127)) - {ord("."), ord("\\")}
IN: Final = 1
OPT: Final = 41
LARGEST_OVER_UDP: Final = 4096

RCODES: Final = {"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5, "BADVERS": 16}


class Malformed(Exception):
    """A packet with a whole header, but whose question cannot be read."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it came. ``wire`` is its bytes (name, type, class) to be sent back as they are; ``label`` the
    name in the asker's own case. ``edns`` is the largest UDP answer the asker takes, None without EDNS."""

    id: int
    recursion_desired: bool
    wire: bytes
    label: DNSLabel
    name: str
    type: int
    class_: int
    edns: int | None
    edns_version: int


def is_query(packet: bytes) -> bool:
    """Whether it has a header that says so. Anything else is not answered at all: answers to answers never end."""
    return len(packet) >= 12 and not packet[2] & 0x80


def opcode_of(packet: bytes) -> int:
    return packet[2] >> 3 & 0xF


def read_query(packet: bytes) -> Query:
    """Raises Malformed. EDNS is found when OPT is the first additional record, where everybody puts it."""
    id, flags, questions, answers, authorities, additionals = _HEADER.unpack_from(packet)
    if questions != 1 or answers or authorities:
        raise Malformed
    position, labels = 12, []
    try:
        while length := packet[position]:
            if length > 63 or position - 12 + length > 253:
                raise Malformed
            labels.append(packet[position + 1 : position + 1 + length])
            position += 1 + length
        kind, class_ = _TAIL.unpack_from(packet, position + 1)
    except (IndexError, struct.error):
        raise Malformed from None
    end = position + 5
    edns, version = None, 0
    if additionals and len(packet) >= end + 11 and packet[end] == 0:
        additional, size, _, seen, _, _ = _OPT.unpack_from(packet, end)
        if additional == OPT:
            edns, version = size, seen
    return Query(
        id,
        bool(flags & 0x0100),
        packet[12:end],
        DNSLabel(labels),
        ".".join(map(_label_text, labels)),
        kind,
        class_,
        edns,
        version,
    )


def _label_text(label: bytes) -> str:
    """Octets that could be taken for something else are written as ``\\DDD``: such a name is in no zone of ours."""
    if _PLAIN.issuperset(label):
        return label.decode("ascii")
    return "".join(chr(octet) if octet in _PLAIN else f"\\{octet:03d}" for octet in label)


def header_only(packet: bytes, rcode: str) -> bytes:
    """A refusal of a query whose question is not understood."""
    flags = 0x8000 | (packet[2] << 8 & 0x7900) | RCODES[rcode]
    return _HEADER.pack(int.from_bytes(packet[:2], "big"), flags, 0, 0, 0, 0)


def reply(
    query: Query,
    status: str,
    answers: Sequence[RR] = (),
    authority: Sequence[RR] = (),
    own: bool = True,
    cut: bool = False,
) -> bytes:
    """An answer with the question as it was asked. ``own``: whether the world itself says so (AA); ``cut``: TC. RA is
    always set, since every CNAME is followed to its end. An asker with EDNS gets EDNS."""
    rcode = RCODES[status]
    flags = 0x8080 | own << 10 | cut << 9 | query.recursion_desired << 8 | rcode & 0xF
    with_edns = query.edns is not None
    buffer = DNSBuffer(_HEADER.pack(query.id, flags, 1, len(answers), len(authority), with_edns) + query.wire)
    buffer.offset = len(buffer.data)
    position = 12
    for index, label in enumerate(query.label.label):  # what later names may point to
        buffer.names[query.label.label[index:]] = position
        position += 1 + len(label)
    for rr in (*answers, *authority):
        rr.pack(buffer)
    if with_edns:
        buffer.append(_OPT.pack(OPT, LARGEST_OVER_UDP, rcode >> 4, 0, 0, 0))
    return bytes(buffer.data)


def type_name(number: int) -> str:
    """``TXT`` for 16; ``TYPE65280`` (RFC 3597) where no name is known."""
    return QTYPE.forward.get(number) or f"TYPE{number}"


def type_number(name: str) -> int | None:
    """The number of a type's mnemonic (RFC 1035 3.2.2); None for one that has none."""
    number = QTYPE.reverse.get(name)
    return number if isinstance(number, int) else None


def question(name: str, type: int) -> bytes:
    """A question's bytes, class IN. Raises ValueError for a name that can be in no DNS."""
    labels = name.encode("ascii").split(b".") if name else []
    if len(name) > 253 or not all(0 < len(label) < 64 for label in labels):
        raise ValueError(f"{name!r} is no DNS name")
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0" + _TAIL.pack(type, IN)


def name_of(label: DNSLabel) -> str:
    """A decoded name as the rest of the emulator writes it."""
    return str(label).lower().removesuffix(".")


def _label(name: str) -> DNSLabel:
    return DNSLabel(name.encode("ascii").split(b".") if name not in ("", ".") else ())


def _txt(value: str) -> TXT:
    octets = value.encode("utf-8")
    return TXT([octets[start : start + 255] for start in range(0, len(octets), 255)])


def _mx(value: str) -> MX:
    preference, host = value.split(" ")
    return MX(_label(host), int(preference))


def _soa(value: str) -> SOA:
    server, mailbox, *numbers = value.split(" ")
    return SOA(_label(server), _label(mailbox), tuple(map(int, numbers)))


def _srv(value: str) -> SRV:
    priority, weight, port, target = value.split(" ")
    return SRV(int(priority), int(weight), int(port), _label(target))


def _caa(value: str) -> CAA:
    flags, tag, text = value.split(" ", 2)
    return CAA(int(flags), tag, text[1:-1])


_ENCODERS: Final[dict[str, Callable[[str], RD]]] = {
    "A": lambda value: A(tuple(socket.inet_pton(socket.AF_INET, value))),
    "AAAA": lambda value: AAAA(tuple(socket.inet_pton(socket.AF_INET6, value))),
    "CNAME": lambda value: CNAME(_label(value)),
    "MX": _mx,
    "TXT": _txt,
    "NS": lambda value: NS(_label(value)),
    "SOA": _soa,
    "PTR": lambda value: PTR(_label(value)),
    "SRV": _srv,
    "CAA": _caa,
}


def to_rr(record: Record, query: Query) -> RR:
    """A record of the world, in the spelling of ``records.parse_record``, as dnslib's. The asked name keeps the case
    in which it was asked."""
    owner = query.label if record.name == query.name.lower() else _label(record.name)
    return RR(owner, type_number(record.type), IN, record.ttl, _ENCODERS[record.type](record.value))


def _soa_text(data: SOA) -> str:
    return " ".join((name_of(data.mname), name_of(data.rname), *map(str, data.times)))


_TEXTS: Final[dict[int, Callable[[Any], str]]] = {
    QTYPE.A: lambda data: ".".join(map(str, data.data)),
    QTYPE.AAAA: lambda data: socket.inet_ntop(socket.AF_INET6, bytes(data.data)),
    QTYPE.CNAME: lambda data: name_of(data.label),
    QTYPE.MX: lambda data: f"{data.preference} {name_of(data.label) or '.'}",
    QTYPE.TXT: lambda data: b"".join(data.data).decode("utf-8", "replace"),
    QTYPE.NS: lambda data: name_of(data.label),
    QTYPE.SOA: _soa_text,
    QTYPE.PTR: lambda data: name_of(data.label),
    QTYPE.SRV: lambda data: f"{data.priority} {data.weight} {data.port} {name_of(data.target) or '.'}",
}


def text_of(rr: RR) -> str:
    """A received record's value in presentation form, spelled as ``records.parse_record`` spells it."""
    text = _TEXTS.get(rr.rtype)
    return text(rr.rdata) if text else str(rr.rdata.toZone())
