"""What both codecs share: the values they give and take, percent-encoding, base64 and timestamps."""

from __future__ import annotations

import binascii
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from emulator.clock import LAST_INSTANT

# More pairs than any call of either API can need (50 destinations with 50 recipients and 50 tags each are 7 500).
MAX_PAIRS = 20_000

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ISO_8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")

# JSON's and XML's integer types and their ranges.
RANGES = {"integer": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}


@dataclass(frozen=True, slots=True)
class Parsed:
    """A call as the caller meant it. ``params`` are by the model's member names: structures are dicts, blobs bytes,
    timestamps epoch seconds as float; members that the caller left out are missing, never None."""

    operation: str
    params: dict[str, Any]
    version: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer; ``headers`` without Content-Length."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def unquote(data: bytes) -> bytes:
    """Undoes percent-encoding, strictly. Raises ValueError on a ``%`` without two hex digits."""
    if b"%" not in data:
        return data
    if _BAD_ESCAPE.search(data):
        raise ValueError("bad percent-encoding")
    # Percent-encoding is quoted-printable with another escape character, and binascii decodes that in C: a 14 MB
    # form holds half a million escapes. Every "=" is followed by two hex digits here, so nothing else can happen.
    return binascii.a2b_qp(data.replace(b"=", b"%3D").replace(b"%", b"="))


def pairs(data: bytes) -> list[tuple[bytes, bytes]]:
    """The fields of an urlencoded form or query string, in order, decoded to bytes.

    Raises ValueError on bad percent-encoding and on more than MAX_PAIRS fields.
    """
    if data.count(b"&") >= MAX_PAIRS:
        raise ValueError("too many fields")
    found = []
    for piece in data.replace(b"+", b" ").split(b"&"):
        if piece:
            name, _, value = piece.partition(b"=")
            found.append((unquote(name), unquote(value)))
    return found


def base64_bytes(data: bytes) -> bytes:
    """Strict base64 (RFC 4648, padded, no line breaks). Raises ValueError with AWS's reason (seen at DynamoDB, whose
    front end is the same; ``dectected`` is theirs)."""
    if len(data) % 4:
        raise ValueError(f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(data)}")
    try:
        decoded = binascii.a2b_base64(data, strict_mode=True)
    except binascii.Error:
        raise ValueError("Invalid Base64 character") from None
    tail = decoded[len(decoded) - len(decoded) % 3 :]
    if tail and binascii.b2a_base64(tail, newline=False) != data[-4:]:
        raise ValueError("Invalid last non-pad Base64 character dectected")
    return decoded


def base64_text(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def from_iso(text: str) -> float:
    """Epoch seconds of an ISO 8601 date-time with a zone. Raises ValueError for anything else."""
    if not _ISO_8601.fullmatch(text):
        raise ValueError("timestamp must follow ISO8601")
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        raise ValueError("timestamp must follow ISO8601") from None


def to_iso(instant: float) -> str:
    """ISO 8601 in UTC, with milliseconds only where there are any."""
    at = datetime.fromtimestamp(round(instant, 3), UTC)
    return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds").replace("+00:00", "Z")


def instant(number: float) -> float:
    """A number as epoch seconds. Raises ValueError where no calendar reaches."""
    if not math.isfinite(number) or not -LAST_INSTANT <= number <= LAST_INSTANT:
        raise ValueError("no such instant")
    return float(number)


def whole(text: str) -> bool:
    """Whether text can leave as UTF-8: a lone surrogate cannot."""
    return text.isascii() or _SURROGATE.search(text) is None
