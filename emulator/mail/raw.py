"""A message as bytes: its fields and body, taken apart without changing a byte, and what the rules need to see of it.

Line ends: a message whose every line ends in CRLF comes back from ``to_bytes`` exactly as it was. Bare LF and bare CR
become CRLF while parsing: SMTP cannot carry them (RFC 5321 2.3.8), every client rewrites them on the way, and a
signature made over anything else would be broken by that.

Malformed messages are taken as they come (reference sending.md 3.3: SES keeps them): blank lines before the first
field, an mbox ``From `` line, lines without a colon and lines that begin with ``:`` are kept as fields without a name;
a message without a blank line is all header. What is refused is decided elsewhere, from ``Letter``.

Field values are text: UTF-8 where the bytes are UTF-8, else Latin-1. Encoded words (RFC 2047) stay encoded, since SES
shows and compares the raw strings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from emulator.values import Header, Letter, RawContent, SimpleContent, Submission

_FIELDS = re.compile(rb"[^\r\n]+(?:\r\n|\Z)(?:[ \t][^\r\n]*(?:\r\n|\Z))*")
_FOLD = re.compile(rb"\r\n[ \t]*")
# A quoted string, an encoded word, an escaped character, a run without meaning, or one special character.
_ADDRESS_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|=\?[^\s?]+\?[BbQq]\?[^\s?]*\?=|\\.|[^"=\\(),:;<>\[\]]+|.', re.DOTALL)
_COMMENT_TOKENS = re.compile(r"[^()\\]+|\\.|.", re.DOTALL)
_ADDRESS_SPECIALS = re.compile(r'["(:\[\\]|=\?')


def text(data: bytes) -> str:
    """Header bytes as text; never fails and never yields lone surrogates."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


@dataclass(frozen=True, slots=True)
class Field:
    """One header field. ``raw`` is all of it, folds and line end included; ``name`` is b"" for a line that is none."""

    name: bytes
    raw: bytes

    @property
    def value(self) -> str:
        """What follows the colon, unfolded as JavaMail does it (a fold is one blank), without blanks at its ends."""
        return text(_FOLD.sub(b" ", self.raw.partition(b":")[2]).strip(b" \t"))


@dataclass(frozen=True, slots=True)
class Message:
    """``separator`` is the blank line between header and body, b"" when the message has none."""

    fields: tuple[Field, ...]
    body: bytes
    separator: bytes = b"\r\n"

    def to_bytes(self) -> bytes:
        return b"".join([field.raw for field in self.fields]) + self.separator + self.body

    def values(self, name: str) -> tuple[str, ...]:
        """The values of every field of that name (any case), unfolded, in the order of the message."""
        wanted = name.lower().encode("ascii")
        return tuple(field.value for field in self.fields if field.name.lower() == wanted)


def parse(data: bytes) -> Message:
    """Takes any bytes apart; never fails. See the module for what becomes of malformed input."""
    data = with_crlf(data)
    blank = len(data) - len(data.lstrip(b"\r\n"))
    end = data.find(b"\r\n\r\n", blank)
    if end < 0:
        head, separator, body = data[blank:], b"", b""
    else:
        head, separator, body = data[blank : end + 2], b"\r\n", data[end + 4 :]
    fields = tuple([_field(raw) for raw in _FIELDS.findall(head)])
    if blank:
        fields = (Field(b"", data[:blank]), *fields)
    return Message(fields, body, separator)


def with_crlf(data: bytes) -> bytes:
    """``data`` with CRLF for every CRLF, bare LF or bare CR; the same object when nothing had to change."""
    if data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r"):
        return data
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def _field(raw: bytes) -> Field:
    name, colon, _ = raw.partition(b":")
    name = name.rstrip(b" \t")
    if not colon or raw[:1] in b" \t" or b"\r" in name or name.startswith(b"From "):
        return Field(b"", raw)
    return Field(name, raw)


def addresses(value: str) -> tuple[str, ...]:
    """The addresses in a field's value, one raw string each, display names and comments kept.

    Commas in quoted strings, comments, encoded words, domain literals and angle brackets do not separate (RFC 5322
    3.4). A group (``Friends: a@x, b@y;``) is its members. What is not an address is kept, for the rules to refuse;
    empty entries are not.
    """
    if not _ADDRESS_SPECIALS.search(value):
        return tuple([entry for part in value.split(",") if (entry := part.strip())])
    found: list[str] = []
    current: list[str] = []
    last_semicolon = value.rfind(";")
    comment = position = 0
    angle = literal = group = False

    def finish() -> None:
        entry = "".join(current).strip()
        current.clear()
        if entry:
            found.append(entry)

    while position < len(value):
        match = (_COMMENT_TOKENS if comment else _ADDRESS_TOKENS).match(value, position)
        assert match is not None  # both patterns end in "any one character"
        token, position = match.group(), match.end()
        if comment:
            comment += {"(": 1, ")": -1}.get(token, 0)
        elif literal:
            literal = token != "]"
        elif token == "(":
            comment = 1
        elif token == "[":
            literal = "]" in value[position : position + 256]  # a literal is short; a lone bracket is none
        elif token == "<":
            angle = ">" in value[position : position + 1000]
        elif token == ">":
            angle = False
        elif token == "," and not angle:
            finish()
            continue
        elif token == ":" and not angle and not group and position <= last_semicolon:
            group = True
            current.clear()
            continue
        elif token == ";" and group and not angle:
            group = False
            finish()
            continue
        current.append(token)
    finish()
    return tuple(found)


def split_name(address: str) -> tuple[str, str]:
    """Display name ("" when none, quotes taken off) and bare address of one raw address string.

    ``Ann <a@x>``, ``a@x (Ann)``, ``<a@x>`` and ``a@x`` are understood; anything else is an address without a name.
    """
    address = address.strip()
    if "<" not in address and "(" not in address:
        return "", address
    comment = ""
    if address.endswith(")") and (opening := address.rfind("(")) >= 0:
        comment = address[opening + 1 : -1].strip()
        address = address[:opening].rstrip()
    if not address.endswith(">") or (opening := address.rfind("<")) < 0:
        return comment, address
    name = address[:opening].strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1], flags=re.DOTALL)
    return name or comment, address[opening + 1 : -1].strip()


def bare(address: str) -> str:
    """The address without name, brackets and comment."""
    return split_name(address)[1]


def domain_of(address: str) -> str:
    """The domain of one raw address string, lower case; "" when it has none."""
    return bare(address).rpartition("@")[2].lower() if "@" in address else ""


def letter(submission: Submission, message: Message | None = None) -> Letter:
    """What the rules look at (``values.Letter``). ``message`` is the parsed raw content, where the caller has it.

    Raw: From, Sender, Return-Path and Reply-To are the message's own; a Return-Path of ``<>`` names nobody. Its To,
    Cc and Bcc count only when no destination was given beside it (M1 SendRawEmail). ``size`` is that of the data in
    base64. Composed: v2's ``Headers`` may name a Sender. ``size`` is an estimate of the finished message: every text in
    UTF-8, a third more where it is not ASCII, attachments in base64 with line ends, and 1 kB for what SES adds.
    """
    if isinstance(submission.content, RawContent):
        return _raw_letter(submission, submission.content, message or parse(submission.content.data))
    source = (submission.source,) if submission.source else ()
    return_path = (submission.return_path,) if submission.return_path else ()
    own = submission.content.headers
    sender = tuple(one for header in own if header.name.lower() == "sender" for one in addresses(header.value))
    return Letter(
        from_=source,
        senders=_distinct(source + sender + return_path),
        to=submission.to,
        cc=submission.cc,
        bcc=submission.bcc,
        reply_to=submission.reply_to,
        return_path=submission.return_path or None,
        headers=None,
        size=_composed_size(submission, submission.content),
    )


def _raw_letter(submission: Submission, content: RawContent, message: Message) -> Letter:
    headers: list[Header] = []
    listed: dict[str, list[str]] = {}
    for field in message.fields:
        if not field.name and not field.raw.startswith(b":"):
            continue
        header = Header(text(field.name), field.value)
        headers.append(header)
        listed.setdefault(header.name.lower(), []).append(header.value)

    def of(name: str) -> tuple[str, ...]:
        return tuple(address for value in listed.get(name, ()) for address in addresses(value))

    to, cc, bcc = submission.to, submission.cc, submission.bcc
    if not (to or cc or bcc):
        to, cc, bcc = of("to"), of("cc"), of("bcc")
    own_return_path = tuple(path for path in of("return-path") if bare(path))
    return_path = submission.return_path or (own_return_path[0] if own_return_path else None)
    from_ = of("from")
    source = (submission.source,) if submission.source else ()
    given_return_path = (submission.return_path,) if submission.return_path else ()
    return Letter(
        from_=from_,
        senders=_distinct(from_ + source + of("sender") + given_return_path + own_return_path),
        to=to,
        cc=cc,
        bcc=bcc,
        reply_to=of("reply-to") or submission.reply_to,
        return_path=return_path,
        headers=tuple(headers),
        size=_base64_size(len(content.data)),
    )


def _distinct(strings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(strings))


def _base64_size(size: int) -> int:
    return (size + 2) // 3 * 4


def _composed_size(submission: Submission, content: SimpleContent) -> int:
    texts = [part.data for part in (content.subject, content.text, content.html) if part is not None]
    texts += [header.name + header.value for header in content.headers]
    texts += [*submission.to, *submission.cc, *submission.reply_to, submission.source or ""]
    size = 1024
    for piece in texts:
        size += len(piece) if piece.isascii() else _base64_size(len(piece.encode("utf-8", "replace")))
    for attachment in content.attachments:
        encoded = _base64_size(len(attachment.content))
        size += encoded + encoded // 76 * 2 + 512
    return size
