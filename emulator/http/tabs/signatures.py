"""The DKIM signatures of a mail as they stand in its bytes; what they are worth is the receiver's verdict.
Source: RFC 6376 3.5."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from emulator.receiver.message import parse

_BLANKS: Final = re.compile(rb"\s+")
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Signature:
    """``covered`` are the names in h=, lower case. ``signature_bits`` is the length of b=, for RSA that of the key.
    ``tag_b`` its first 8 characters, by which ``DkimVerdict.tag_b`` is found."""

    domain: str
    selector: str
    algorithm: str
    covered: tuple[str, ...]
    signature_bits: int
    tag_b: str

    @property
    def key_name(self) -> str:
        """Where the public key is published."""
        return f"{self.selector}._domainkey.{self.domain}"


def signatures(raw: bytes) -> tuple[Signature, ...]:
    """In the order of the mail, the first twenty."""
    return tuple(_signature(value) for value in parse(raw).values(b"dkim-signature")[:_MOST])


def _signature(value: bytes) -> Signature:
    tags: dict[bytes, bytes] = {}
    for part in value.split(b";"):
        name, _, content = part.partition(b"=")
        tags.setdefault(name.strip(), _BLANKS.sub(b"", content))

    def tag(name: bytes) -> str:
        return tags.get(name, b"").decode("utf-8", "replace")[:1000]

    signed = tags.get(b"b", b"")
    return Signature(
        domain=tag(b"d").lower(),
        selector=tag(b"s"),
        algorithm=tag(b"a"),
        covered=tuple(name.lower() for name in tag(b"h").split(":") if name),
        signature_bits=len(signed.rstrip(b"=")) * 6 // 8 * 8,
        tag_b=signed[:8].decode("utf-8", "replace"),
    )
