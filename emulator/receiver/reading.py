"""How a mail program reads a received mail: headers decoded, text and HTML found, attachments listed.

Any bytes can be read: what is broken is shown as it stands. Nothing is rendered, fetched or executed here.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.receiver.message import BLANKS_BEFORE_COLON, header_block

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
    """What lists and searches show. ``text`` is the text body, cut at 64 KiB; ``attachments`` their number."""

    from_: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    reply_to: tuple[str, ...]
    subject: str
    text: str
    attachments: int


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
    message = parsed(data)
    parts = _sorted(message)
    text = None if parts.text is None else _decoded(parts.text)
    return Summary(
        from_=_text(_field(message, "From")),
        to=_addresses(message, "To"),
        cc=_addresses(message, "Cc"),
        reply_to=_addresses(message, "Reply-To"),
        subject=_text(_field(message, "Subject")),
        text=(text or "")[:_SEARCHED_TEXT],
        attachments=len(parts.attachments),
    )


def read(data: bytes) -> Reading:
    """Never raises, whatever the bytes."""
    message = parsed(data)
    parts = _sorted(message)
    return Reading(
        headers=tuple((name, _text(value)) for name, value in message.raw_items()),
        text=None if parts.text is None else _decoded(parts.text),
        html=None if parts.html is None else _decoded(parts.html),
        attachments=tuple(
            Part(
                number=number,
                file_name=one.file_name,
                content_type=one.part.get_content_type(),
                disposition=one.disposition,
                content_id=_text(_field(one.part, "Content-ID")).strip().strip("<>"),
                content=_content(one.part),
            )
            for number, one in enumerate(parts.attachments)
        ),
    )


def parsed(data: bytes) -> Message:
    """The parts of a message; one nested so deep that the parser cannot follow is a single part."""
    # The email package is loaded with the first mail, not at the start.
    from email import message_from_bytes
    from email.parser import BytesHeaderParser

    header = header_block(data)
    if BLANKS_BEFORE_COLON.search(header):  # at which Python's parser would end the header
        data = BLANKS_BEFORE_COLON.sub(rb"\1:", header) + data[len(header) :]
    try:
        return message_from_bytes(data)
    except RecursionError:
        return BytesHeaderParser().parsebytes(data)


@dataclass(frozen=True, slots=True)
class _Attached:
    part: Message
    file_name: str
    disposition: str


@dataclass(frozen=True, slots=True)
class _Sorted:
    """``text`` and ``html`` are the first parts of their kind that are no attachments. A further one is the same mail's
    alternative wording or a footer, and neither."""

    text: Message | None
    html: Message | None
    attachments: tuple[_Attached, ...]


def _sorted(message: Message) -> _Sorted:
    bodies: dict[str, Message] = {}
    attachments: list[_Attached] = []
    for part in _leaves(message):
        disposition = part.get_content_disposition() or ""
        name = _file_name(part)
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html") and disposition != "attachment" and not name:
            bodies.setdefault(kind, part)
        else:
            attachments.append(_Attached(part, name, disposition))
    return _Sorted(bodies.get("text/plain"), bodies.get("text/html"), tuple(attachments))


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
        mail = b"".join(one.as_bytes(policy=as_it_came) for one in enclosed if not isinstance(one, str))
    except (RecursionError, ValueError, LookupError):
        return b""
    # RFC 2046 5.2.1 forbids to encode a mail within a mail; it is done, and Python takes the code for the mail.
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding == "quoted-printable":
        return binascii.a2b_qp(mail.lstrip(b"\r\n"))
    if encoding == "base64":
        with suppress(binascii.Error):
            return binascii.a2b_base64(mail)
    return mail


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        text = payload.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        return payload.decode("utf-8", "replace")
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def addresses(values: Sequence[str]) -> list[tuple[str, str]]:
    """Display names and addresses of unfolded fields, as far as they can be read. Raises RecursionError for comments
    nested too deep.

    Newer Pythons read nothing at all from a field of which they doubt a part (CVE-2023-27043): right where an address
    decides something, but here people are to see what came, the same with every Python.
    """
    from email import utils

    lenient = {"strict": False} if getattr(utils, "supports_strict_parsing", False) else {}
    return utils.getaddresses(values, **lenient)


def _addresses(message: Message, name: str) -> tuple[str, ...]:
    values = _fields(message, name)
    if not values:
        return ()
    unfolded = [_unfolded(value) for value in values]
    try:
        pairs = addresses(unfolded)
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
