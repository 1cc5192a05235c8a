"""A mail as DKIM and the From rule see it: header fields in order and the body, cut once for both.

Only cutting: nothing is decoded, and any bytes have a reading. Lines end in CRLF afterwards; a bare LF counts as
one line end, as dkimpy takes it. Source: RFC 5322 2.1 and 2.2, RFC 6376 2.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Blanks before the colon are obsolete, and must be understood (RFC 5322 4.5).
FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:([^\n]*\n(?:[ \t][^\n]*\n)*)")
BLANKS_BEFORE_COLON = re.compile(rb"^([!-9;-~]+)[ \t]+:", re.MULTILINE)
_LINE_END = re.compile(rb"\r?\n")


@dataclass(frozen=True, slots=True)
class Field:
    """``key`` is the name in lower case; ``value`` begins after the colon and ends with CRLF, folds kept."""

    key: bytes
    name: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """``malformed``: the header block holds a line that is neither a field nor its continuation."""

    fields: tuple[Field, ...]
    body: bytes
    malformed: bool

    def values(self, key: bytes) -> list[bytes]:
        return [field.value for field in self.fields if field.key == key]


def parse(data: bytes) -> Message:
    """Never raises. Without an empty line everything is header. An mbox ``From `` line is skipped."""
    end, start = _cut(data)
    block = _with_crlf(data[:end])
    if block and not block.endswith(b"\n"):
        block += b"\r\n"
    fields = []
    malformed = False
    position = 0
    while position < len(block):
        found = FIELD.match(block, position)
        if found:
            name, value = found.groups()
            fields.append(Field(name.lower(), name, value))
            position = found.end()
            continue
        malformed = malformed or not block.startswith(b"From ", position)
        position = block.index(b"\n", position) + 1
    return Message(tuple(fields), _with_crlf(data[start:]), malformed)


def header_block(data: bytes) -> bytes:
    """The bytes before the empty line, as they are."""
    return data[: _cut(data)[0]]


def _cut(data: bytes) -> tuple[int, int]:
    """Where the header block ends and where the body begins."""
    if data.startswith((b"\n", b"\r\n")):
        return 0, data.index(b"\n") + 1
    crlf = data.find(b"\n\r\n")
    lf = data.find(b"\n\n", 0, crlf + 2 if crlf >= 0 else len(data))
    if lf >= 0:
        return lf + 1, lf + 2
    if crlf >= 0:
        return crlf + 1, crlf + 3
    return len(data), len(data)


def _with_crlf(data: bytes) -> bytes:
    if data.count(b"\n") == data.count(b"\r\n"):
        return data
    return _LINE_END.sub(b"\r\n", data)
