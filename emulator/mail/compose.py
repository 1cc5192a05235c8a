"""The MIME message that SES builds from Simple content, before ``stamp`` and ``sign``.

Source: reference sending.md 3.4 (observed raw mails and event JSON); where they are silent JavaMail's habit decides:

- Fields come as From, Reply-To, To, Cc, Subject, the caller's own, MIME-Version, Content-Type,
  Content-Transfer-Encoding. Where SES puts the caller's own is not known.
- A body is 7bit when all of it is ASCII and no line passes 998 characters; quoted-printable when most bytes are
  ASCII; else base64. Its text loses nothing but the kind of its line ends (CRLF, except inside base64).
- A charset that the caller named is printed as named; without one it is UTF-8, also for pure ASCII (observed). What
  the charset cannot express becomes ``?``, as Java writes it; a charset nobody knows is refused.
- Attachments make a flat multipart/mixed: the body (or the multipart/alternative), then each attachment in the order
  given, INLINE ones too with their Content-ID (the API has no notion of a multipart/related).
- An attachment's transfer encoding defaults to SEVEN_BIT (AWS's guide to attachments). 7bit is kept where the bytes
  survive it unchanged (ASCII, CRLF, lines up to 998); any others travel as base64, so that files arrive as they were.
  An attached mail is encoded only where 8bit cannot carry it (RFC 2046 5.2.1).

No value of the caller's can begin a new field: line ends within it become blanks.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from emulator import errors
from emulator.charsets import codec
from emulator.mail import parts
from emulator.mail.content_types import content_type_of
from emulator.mail.headers import address_field, encode_text, one_line, text_field, with_parameters
from emulator.mail.raw import with_crlf
from emulator.values import Attachment, Header, SimpleContent, Text

_DEFAULT_CHARSET = "UTF-8"
_HEADER_NAME = re.compile(r"[!-9;-~]+\Z")
_CHARSET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:+_-]*\Z")


def compose(
    content: SimpleContent,
    *,
    from_: str,
    to: tuple[str, ...],
    cc: tuple[str, ...],
    reply_to: tuple[str, ...],
    now: float,
    boundaries: Callable[[], tuple[int, int]],
) -> bytes:
    """The message, CRLF throughout, without Message-ID and Date. ``boundaries`` is asked once for every multipart.

    Addresses are raw strings that the rules have let through; an empty list leaves its field out. Raises Fault
    (InvalidParameterValue / BadRequestException) for an unknown charset or an impossible header name.
    """

    def boundary() -> str:
        return parts.boundary(boundaries(), now)

    lines = [address_field("From", [from_])]
    lines += [address_field(name, raws) for name, raws in (("Reply-To", reply_to), ("To", to), ("Cc", cc)) if raws]
    lines.append(text_field("Subject", content.subject.data, _charset(content.subject)))
    lines += [_own_field(header) for header in content.headers]
    lines.append("MIME-Version: 1.0")
    head = "\r\n".join(lines).encode("utf-8", "replace")
    return head + b"\r\n" + _body(content, boundary)


def _own_field(header: Header) -> str:
    if not _HEADER_NAME.match(header.name):
        raise errors.invalid_parameter(f"Invalid header name <{one_line(header.name)}>.")
    return f"{header.name}: {encode_text(one_line(header.value), _DEFAULT_CHARSET)}"


def _body(content: SimpleContent, boundary: Callable[[], str]) -> bytes:
    """From the Content-Type field to the end of the message."""
    outer = boundary() if content.attachments else ""
    texts = [_text_part(text, subtype) for text, subtype in ((content.text, "plain"), (content.html, "html")) if text]
    texts = texts or [_text_part(Text(""), "plain")]
    body = parts.multipart("alternative", texts, boundary()) if len(texts) > 1 else texts[0]
    if not content.attachments:
        return body
    return parts.multipart(
        "mixed", [body, *[_attachment_part(attachment) for attachment in content.attachments]], outer
    )


def _text_part(text: Text, subtype: str) -> bytes:
    charset = _charset(text)
    data = text.data.encode(charset, "replace")
    unusual = parts.count_unusual(data)
    if not unusual and not parts.has_long_line(data):
        encoding, data = "7bit", with_crlf(data)
    elif len(data) - unusual > unusual:
        encoding, data = "quoted-printable", parts.quoted_printable(with_crlf(data), text=True)
    else:
        encoding, data = "base64", parts.base64_lines(data)
    content_type = with_parameters("Content-Type", f"text/{subtype}", [("charset", charset)])
    return f"{content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode("ascii") + data


def _attachment_part(attachment: Attachment) -> bytes:
    given = one_line(attachment.content_type or "").strip() or content_type_of(attachment.file_name)
    name = [("name", attachment.file_name)] if "name=" not in given.lower() else []
    disposition = "inline" if attachment.disposition == "INLINE" else "attachment"
    encoding, data = _transferred(attachment, is_message=given.lower().startswith("message/"))
    lines = [
        with_parameters("Content-Type", given, name),
        f"Content-Transfer-Encoding: {encoding}",
        with_parameters("Content-Disposition", disposition, [("filename", attachment.file_name)]),
    ]
    if attachment.content_id:
        content_id = one_line(attachment.content_id).strip().removeprefix("<").removesuffix(">")
        lines.append(f"Content-ID: <{content_id}>")
    if attachment.description:
        lines.append(text_field("Content-Description", attachment.description, _DEFAULT_CHARSET))
    return "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n" + data


def _transferred(attachment: Attachment, *, is_message: bool) -> tuple[str, bytes]:
    data = attachment.content
    if is_message:
        # RFC 2046 5.2.1 allows no encoding here, and to a mail its line ends are nothing.
        mail = with_crlf(data)
        encoding = parts.mail_encoding(mail)
        if encoding != "binary":
            return encoding, mail
    if attachment.transfer_encoding == "QUOTED_PRINTABLE":
        return "quoted-printable", parts.quoted_printable(data, text=False)
    if attachment.transfer_encoding == "BASE64" or not parts.survives_7bit(data):
        return "base64", parts.base64_lines(data)
    return "7bit", data


def _charset(text: Text) -> str:
    """The charset's name as it will be printed; raises Fault when it names none that Python can write."""
    if not text.charset:
        return _DEFAULT_CHARSET
    if not _CHARSET_NAME.match(text.charset) or codec(text.charset) is None:
        raise errors.invalid_parameter(
            f"Unsupported charset: {text.charset}", "Leave Charset out for UTF-8, or name one that IANA registers."
        )
    return text.charset
