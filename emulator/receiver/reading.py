"""How a mail program reads a received mail: headers decoded, text and HTML found, attachments listed.

Any bytes can be read: what is broken is shown as it stands. Nothing is rendered, fetched or executed here.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import Message

_FOLD = re.compile(r"\r?\n[ \t]|\r|\n")
# Lone surrogates that are no escaped bytes: some charsets (utf-7, unicode_escape) decode to them.
_LONE = re.compile(r"[\ud800-\udc7f\udd00-\udfff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SEARCHED_TEXT = 64 * 1024
_MOST_PARTS = 1000


@dataclass(frozen=True, slots=True)
class Summary:
    """What lists and searches show. ``text`` is the text body, cut at 64 KiB."""

    message_id: str
    from_: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    reply_to: tuple[str, ...]
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """An attachment or inline part; ``content`` is decoded."""

    number: int
    file_name: str
    content_type: str
    disposition: str
    content_id: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Reading:
    """The whole mail. ``headers`` in order with decoded values; ``text`` / ``html`` None when there is none."""

    headers: tuple[tuple[str, str], ...]
    text: str | None
    html: str | None
    attachments: tuple[Part, ...]


def read_summary(data: bytes) -> Summary:
    """Never raises, whatever the bytes."""
    message = _parsed(data)
    text, _ = _bodies(message)
    return Summary(
        message_id=_text(_field(message, "Message-ID")).strip(),
        from_=_text(_field(message, "From")),
        to=_addresses(message, "To"),
        cc=_addresses(message, "Cc"),
        reply_to=_addresses(message, "Reply-To"),
        subject=_text(_field(message, "Subject")),
        text=(text or "")[:_SEARCHED_TEXT],
    )


def read(data: bytes) -> Reading:
    """Never raises, whatever the bytes."""
    message = _parsed(data)
    text, html = _bodies(message)
    return Reading(
        headers=tuple((name, _text(value)) for name, value in message.raw_items()),
        text=text,
        html=html,
        attachments=_attachments(message),
    )


def _parsed(data: bytes) -> Message:
    """The parts of a message; one nested so deep that the parser cannot follow is a single part."""
    # The email package is loaded with the first mail, not at the start.
    from email import message_from_bytes
    from email.parser import BytesHeaderParser

    try:
        return message_from_bytes(data)
    except RecursionError:
        return BytesHeaderParser().parsebytes(data)


def _bodies(message: Message) -> tuple[str | None, str | None]:
    """The first text/plain and the first text/html that are no attachments."""
    text = html = None
    for part in _leaves(message):
        if part.get_content_disposition() == "attachment" or _file_name(part):
            continue
        kind = part.get_content_type()
        if kind == "text/plain" and text is None:
            text = _decoded(part)
        elif kind == "text/html" and html is None:
            html = _decoded(part)
        if text is not None and html is not None:
            break
    return text, html


def _attachments(message: Message) -> tuple[Part, ...]:
    found: list[Part] = []
    bodies = {"text/plain", "text/html"}
    for part in _leaves(message):
        disposition = part.get_content_disposition() or ""
        name = _file_name(part)
        kind = part.get_content_type()
        if disposition != "attachment" and not name:
            if kind in bodies:
                # The first of each is the body; a further one is the same mail's alternative wording or a footer.
                bodies.discard(kind)
                continue
            if kind in ("text/plain", "text/html"):
                continue
        found.append(
            Part(
                number=len(found),
                file_name=name,
                content_type=kind,
                disposition=disposition,
                content_id=_text(_field(part, "Content-ID")).strip().strip("<>"),
                content=_content(part),
            )
        )
    return tuple(found)


def _leaves(message: Message) -> list[Message]:
    """Parts without parts, in order; a message/rfc822 part is one leaf. Bounded, so that a mail of a million
    empty parts costs no more than one of a thousand."""
    leaves: list[Message] = []
    waiting = [message]
    while waiting and len(leaves) < _MOST_PARTS:
        part = waiting.pop()
        payload = part.get_payload()
        if part.is_multipart() and part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting.extend(child for child in reversed(payload) if not isinstance(child, str))
        else:
            leaves.append(part)
    return leaves


def _fields(message: Message, name: str) -> list[str]:
    """The fields of that name with their bytes kept as surrogate escapes: ``get`` would lose raw UTF-8."""
    return [value for other, value in message.raw_items() if other.lower() == name.lower()]


def _field(message: Message, name: str) -> str | None:
    return next(iter(_fields(message, name)), None)


def _file_name(part: Message) -> str:
    try:
        return _text(part.get_filename())
    except ValueError:  # RFC 2231 with a NUL in the charset's name, or with a number that is none
        return ""


def _content(part: Message) -> bytes:
    """What is attached, decoded. A message/* part is what it encloses, without the part's own header."""
    from email import policy

    payload = part.get_payload(decode=True)
    if isinstance(payload, bytes):
        return payload
    enclosed = part.get_payload()
    as_it_came = policy.compat32.clone(linesep="\r\n", max_line_length=0)
    try:
        return b"".join(one.as_bytes(policy=as_it_came) for one in enclosed if not isinstance(one, str))
    except (RecursionError, ValueError, LookupError):
        return b""


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        text = payload.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        return payload.decode("utf-8", "replace")
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _addresses(message: Message, name: str) -> tuple[str, ...]:
    from email.utils import getaddresses

    values = _fields(message, name)
    if not values:
        return ()
    unfolded = [_unfolded(value) for value in values]
    try:
        pairs = getaddresses(unfolded)
    except RecursionError:  # comments in comments in comments
        return tuple(_scrubbed(value) for value in unfolded)
    return tuple(
        f"{_text(display)} <{address}>" if display else _scrubbed(address) for display, address in pairs if address
    )


def _text(value: object) -> str:
    """A header value as a person reads it: unfolded, encoded words decoded."""
    from email.errors import HeaderParseError
    from email.header import decode_header

    if value is None:
        return ""
    line = _unfolded(value)
    if "=?" not in line:
        return _scrubbed(line)
    try:
        pieces = decode_header(line)
    except (HeaderParseError, ValueError):
        return _scrubbed(line)
    words = []
    for piece, charset in pieces:
        if isinstance(piece, str):
            words.append(piece)
            continue
        try:
            words.append(piece.decode(charset or "utf-8", "replace"))
        except (LookupError, ValueError):
            words.append(piece.decode("utf-8", "replace"))
    return _scrubbed("".join(words))


def _unfolded(value: object) -> str:
    return _FOLD.sub(" ", str(value)).strip()


def _scrubbed(text: str) -> str:
    """Bytes that are no text (surrogate escapes, NUL) become the replacement character: databases and JSON cannot
    hold them."""
    if text.isascii() and "\x00" not in text:
        return text
    escaped = _LONE.sub("\ufffd", text)
    return escaped.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\x00", "\ufffd")
