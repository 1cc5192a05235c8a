"""Which records may stand in the world, in one spelling. Every door through which records come in (API, seeds,
Route 53) passes here; a refusal is a ``ValueError`` whose text is a sentence for the person who wrote the record.

Sources: RFC 1035 (names, presentation form), 2181 5.2 and 10.1 (ttl, CNAME alone), 7505 (null MX), 8659 (CAA).
Decided: names are ASCII, an internationalised one has to be written in its ``xn--`` form; a TXT is UTF-8 text of at
most 4 000 characters, which is Route 53's limit.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence
from typing import Final

from emulator.values import Record

TYPES: Final = ("A", "AAAA", "CNAME", "MX", "TXT", "NS", "SOA", "PTR", "SRV", "CAA")

_LABEL = re.compile(r"[a-z0-9_*!#$%&'+/:=?@^`{|}~-]{1,63}")
_QUOTED = re.compile(r'\s*"((?:[^"\\]|\\.)*)"(?=\s|"|$)', re.DOTALL)
_CAA = re.compile(r'(\d{1,3})\s+([A-Za-z0-9]{1,15})\s+(?:"([^"\\]*)"|([^\s"\\]+))')
_LONGEST_TXT: Final = 4000
_LONGEST_TTL: Final = 2**31 - 1


def parse_record(name: str, type: str, value: str, ttl: int = 300, origin: str = "api") -> Record:
    """One record in the world's spelling: names lower case without a final dot, numbers without leading zeros, TXT
    joined and unquoted. Raises ValueError, also for arguments of another type than named (they come from JSON)."""
    for what, argument in (("name", name), ("type", type), ("value", value)):
        if not isinstance(argument, str):
            raise ValueError(f"The {what} of a DNS record is text, not {argument!r:.60}.")
    if isinstance(ttl, bool) or not isinstance(ttl, int) or not 0 <= ttl <= _LONGEST_TTL:
        raise ValueError(
            f"The ttl of a DNS record is a whole number of seconds from 0 to {_LONGEST_TTL}, not {ttl!r:.60}."
        )
    kind = type.strip().upper()
    reader = _READERS.get(kind)
    if reader is None:
        raise ValueError(f"DNS records of type {type!r:.60} are not kept here; the types are {', '.join(TYPES)}.")
    owner = normal_name(name)
    if owner == "":
        raise ValueError("A DNS record needs a name; the root of the world belongs to the emulator.")
    return Record(owner, kind, reader(value), ttl, origin)


def check_record(record: Record, beside: Sequence[Record] = ()) -> Record:
    """``record`` in the world's spelling, after making sure that it can stand ``beside`` the records that are
    already at its name: a CNAME stands alone. Raises ValueError."""
    checked = parse_record(record.name, record.type, record.value, record.ttl, record.origin)
    for other in beside:
        if other.name != checked.name or (other.type, other.value) == (checked.type, checked.value):
            continue
        if checked.type == "CNAME":
            raise ValueError(
                f"{checked.name} already has a {other.type} record, and a CNAME must stand alone (RFC 2181 10.1): "
                f"delete the {other.type} record first."
            )
        if other.type == "CNAME":
            raise ValueError(
                f"{checked.name} is a CNAME to {other.value}, which must stand alone (RFC 2181 10.1): "
                f"delete the CNAME before adding {checked.type} records."
            )
    return checked


def normal_name(name: str) -> str:
    """Lower case without the final dot; "." becomes "". Raises ValueError when it can be no name in DNS."""
    text = name.strip()
    if text == ".":
        return ""
    if not text.isascii():
        raise ValueError(f"The DNS name {name!r:.80} is not ASCII: write it in its xn-- (punycode) form.")
    text = text.lower().removesuffix(".")
    if len(text) > 253:
        raise ValueError(f"The DNS name {name!r:.80} is longer than 255 octets.")
    for label in text.split(".") if text else ():
        if len(label) > 63:
            raise ValueError(f"The DNS name {name!r:.80} has a label of more than 63 characters.")
        if not _LABEL.fullmatch(label):
            what = "an empty label" if label == "" else f"the label {label!r:.70}, which no DNS name can have"
            raise ValueError(f"The DNS name {name!r:.80} has {what}.")
    return text


def unquote(value: str, radix: int = 10) -> str:
    """A TXT in presentation form as plain text: ``"v=DKIM1; " "p=M\\"I"`` is joined, its escapes (``\\"``, ``\\\\``,
    ``\\DDD`` in ``radix``: 10 in zone files, 8 in Route 53) undone. Text that does not begin with a quotation mark is
    taken as it stands. Raises ValueError."""
    if not value.lstrip().startswith('"'):
        return value
    joined = bytearray()
    position, end = 0, len(value.rstrip())
    while position < end:
        string = _QUOTED.match(value, position)
        if string is None:
            raise ValueError(f"The TXT value {value!r:.80} opens quotation marks that it does not close.")
        joined += _unescape(string[1], radix)
        position = string.end()
    try:
        return joined.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"The TXT value {value!r:.80} is not UTF-8 text.") from None


def _unescape(text: str, radix: int) -> bytes:
    if "\\" not in text:
        return text.encode("utf-8", "surrogatepass")
    out = bytearray()
    position = 0
    while position < len(text):
        char = text[position]
        digits = text[position + 1 : position + 4]
        if char == "\\" and len(digits) == 3 and digits.isascii() and digits.isdigit():
            try:
                out.append(int(digits, radix))
            except ValueError:
                raise ValueError(f"The escape \\{digits} stands for no octet.") from None
            position += 4
            continue
        if char == "\\":
            position += 1
            char = text[position]
        out += char.encode("utf-8", "surrogatepass")
        position += 1
    return bytes(out)


def _ipv4(value: str) -> str:
    try:
        return socket.inet_ntop(socket.AF_INET, socket.inet_pton(socket.AF_INET, value.strip()))
    except (OSError, ValueError):
        raise ValueError(f"An A record holds an IPv4 address like 192.0.2.1, not {value!r:.80}.") from None


def _ipv6(value: str) -> str:
    try:
        return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, value.strip()))
    except (OSError, ValueError):
        raise ValueError(f"An AAAA record holds an IPv6 address like 2001:db8::1, not {value!r:.80}.") from None


def _host(value: str) -> str:
    name = normal_name(value)
    if name == "":
        raise ValueError("The record points to the root; it needs the name of a host.")
    return name


def _host_or_none(value: str) -> str:
    """As ``_host``, but "." may stand for "there is none" (RFC 7505, RFC 2782)."""
    return "." if value.strip() == "." else _host(value)


def _number(text: str, most: int, what: str) -> str:
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) > most:
        raise ValueError(f"{what} is a whole number from 0 to {most}, not {text!r:.40}.")
    return str(int(text))


def _mx(value: str) -> str:
    fields = value.split()
    if len(fields) != 2:
        raise ValueError(f"An MX record is a preference and a host, like '10 mail.example.com', not {value!r:.80}.")
    return f"{_number(fields[0], 65535, 'The preference of an MX record')} {_host_or_none(fields[1])}"


def _txt(value: str) -> str:
    text = unquote(value)
    if not text:
        raise ValueError("A TXT record needs at least one character.")
    if len(text) > _LONGEST_TXT or len(text.encode("utf-8", "replace")) > 4 * _LONGEST_TXT:
        raise ValueError(f"A TXT record holds at most {_LONGEST_TXT} characters, not {len(text)}.")
    if any("\ud800" <= char <= "\udfff" or char == "\0" for char in text):
        raise ValueError("A TXT record holds text, without NUL and without lone surrogates.")
    return text


def _soa(value: str) -> str:
    fields = value.split()
    if len(fields) != 7:
        raise ValueError(
            "An SOA record is two names and five numbers: server, mailbox, serial, refresh, retry, expire, minimum."
        )
    numbers = (_number(field, 2**32 - 1, "A number in an SOA record") for field in fields[2:])
    return " ".join((_host(fields[0]), _host(fields[1]), *numbers))


def _srv(value: str) -> str:
    fields = value.split()
    if len(fields) != 4:
        raise ValueError(
            f"An SRV record is priority, weight, port and a host, like '1 0 587 mail.example.com', not {value!r:.80}."
        )
    numbers = (_number(field, 65535, "A number in an SRV record") for field in fields[:3])
    return " ".join((*numbers, _host_or_none(fields[3])))


def _caa(value: str) -> str:
    fields = _CAA.fullmatch(value.strip())
    if fields is None or not value.isascii():
        raise ValueError(f"A CAA record is flags, a tag and a value, like '0 issue \"ca.example\"', not {value!r:.80}.")
    text = fields[3] if fields[3] is not None else fields[4]
    if len(text) > _LONGEST_TXT:
        raise ValueError(f"The value of a CAA record holds at most {_LONGEST_TXT} characters, not {len(text)}.")
    return f'{_number(fields[1], 255, "The flags of a CAA record")} {fields[2].lower()} "{text}"'


_READERS: Final[dict[str, Callable[[str], str]]] = {
    "A": _ipv4,
    "AAAA": _ipv6,
    "CNAME": _host,
    "MX": _mx,
    "TXT": _txt,
    "NS": _host,
    "SOA": _soa,
    "PTR": _host,
    "SRV": _srv,
    "CAA": _caa,
}
