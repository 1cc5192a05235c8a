"""The HTML of a message, changed within its MIME structure and whatever transfer encoding it has; every other byte
stays.

HTML are the parts of type text/html that are no attachments. Left alone are attached mails, multipart/signed (a change
would break the signature), and what cannot be read: unknown transfer encodings, broken base64. A text is read in its
charset where that gives back the same bytes, else as bytes of which ASCII is known.

A part keeps its transfer encoding, but for 7bit and 8bit where a line became longer than mail can carry: then it is
quoted-printable, as it would have been composed.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain

from emulator.charsets import codec
from emulator.mail import parts
from emulator.mail.raw import Field, Message, parse

_DEEPEST = 16
_ASCII = "".join(map(chr, range(32, 127)))
_PLAIN = frozenset({"", "7bit", "8bit", "binary"})
_PARAMETER = re.compile(r';[ \t]*([^\s=;"]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*+)"|([^\s;"]*))')
_ESCAPED = re.compile(r"\\(.)")


def with_html(message: Message, change: Callable[[str], str]) -> Message:
    """``message`` with the HTML of each part as ``change`` makes it, in the order of the parts; the same object where
    nothing changed."""
    return _entity(message, change, 0)


def _entity(message: Message, change: Callable[[str], str], depth: int) -> Message:
    type, parameters = _content_type(message)
    if type.startswith("multipart/"):
        if type == "multipart/signed" or depth >= _DEEPEST or not parameters.get("boundary"):
            return message
        body = _multipart(message.body, parameters["boundary"], change, depth)
        return message if body is None else replace(message, body=body)
    if type != "text/html" or _first(message, "content-disposition").partition(";")[0].strip().lower() == "attachment":
        return message
    return _changed(message, parameters.get("charset", ""), change)


def _multipart(body: bytes, boundary: str, change: Callable[[str], str], depth: int) -> bytes | None:
    """None when nothing changed. A multipart without its last delimiter ends with the body."""
    escaped = re.escape(boundary.encode("utf-8", "replace"))
    delimiter = re.compile(rb"(?:\A|(?<=\r\n))--" + escaped + rb"(--)?[ \t]*(?:\r\n|\Z)")
    pieces: list[bytes] = []
    done, changed = 0, False
    begun: int | None = None
    for found in chain(delimiter.finditer(body), (None,)):
        if begun is not None:
            end = max(begun, found.start() - 2) if found is not None else len(body)
            part = _part(body[begun:end], change, depth)
            changed |= part is not None
            pieces += [body[done:begun], part if part is not None else body[begun:end]]
            done = end
        if found is None or found[1]:
            break
        begun = found.end()
    return b"".join([*pieces, body[done:]]) if changed else None


def _part(data: bytes, change: Callable[[str], str], depth: int) -> bytes | None:
    """None when nothing changed, as in a part without a header, which is plain text."""
    if data.startswith(b"\r\n"):
        return None
    before = parse(data)
    after = _entity(before, change, depth + 1)
    return None if after is before else after.to_bytes()


@dataclass(frozen=True, slots=True)
class _Text:
    text: str
    codec: str


def _changed(part: Message, charset: str, change: Callable[[str], str]) -> Message:
    encoding = _first(part, "content-transfer-encoding").strip().lower()
    data = _decoded(part.body, encoding)
    read = None if data is None else _read(data, charset)
    if data is None or read is None:
        return part
    text = change(read.text)
    if text == read.text:
        return part
    changed = text.encode(read.codec)
    if encoding == "base64":
        end = b"\r\n" if part.body.endswith(b"\r\n") else b""
        return replace(part, body=parts.base64_lines(changed) + end)
    if encoding == "quoted-printable":
        return replace(part, body=_quoted(changed))
    if encoding != "binary" and parts.has_long_line(changed) and not parts.has_long_line(data):
        return _in_quoted_printable(part, _quoted(changed))
    return replace(part, body=changed)


def _decoded(body: bytes, encoding: str) -> bytes | None:
    if encoding in _PLAIN:
        return body
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body)
    if encoding != "base64":
        return None
    try:
        return binascii.a2b_base64(body)
    except binascii.Error:
        return None


def _read(data: bytes, charset: str) -> _Text | None:
    """In the charset, else byte by byte where it may be one in which ASCII is ASCII: UTF-16 and its like have NULs."""
    known = codec(charset or "latin-1")
    if known is not None:
        with suppress(ValueError):
            text = data.decode(known)
            # Marks are ASCII, of which cp864 lacks one.
            if text.encode(known) == data and _ASCII.encode(known):
                return _Text(text, known)
    return None if b"\0" in data else _Text(data.decode("latin-1"), "latin-1")


def _quoted(data: bytes) -> bytes:
    """Line ends stay line ends where all are CRLF, else they are encoded, so that each comes out as it was."""
    same = data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r")
    return parts.quoted_printable(data, text=same)


def _in_quoted_printable(part: Message, body: bytes) -> Message:
    made = Field(b"Content-Transfer-Encoding", b"Content-Transfer-Encoding: quoted-printable\r\n")
    is_old = [field.name.lower() == b"content-transfer-encoding" for field in part.fields]
    fields = [made if old else field for field, old in zip(part.fields, is_old, strict=True)]
    return replace(part, fields=tuple(fields if any(is_old) else [*fields, made]), body=body)


def _content_type(message: Message) -> tuple[str, dict[str, str]]:
    """Type and subtype in lower case, "" without; of two parameters of a name the first counts."""
    value = _first(message, "content-type")
    parameters: dict[str, str] = {}
    for name, quoted, plain in _PARAMETER.findall(value):
        parameters.setdefault(name.lower(), _ESCAPED.sub(r"\1", quoted) or plain)
    return value.partition(";")[0].strip().lower(), parameters


def _first(message: Message, name: str) -> str:
    return next(iter(message.values(name)), "")
