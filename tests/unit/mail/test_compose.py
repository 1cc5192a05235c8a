"""compose: the MIME that SES builds, byte for byte where it was observed, and readable by another parser everywhere."""

from __future__ import annotations

import email
import email.policy
import time
from email.message import EmailMessage
from pathlib import Path
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emulator.errors import Fault
from emulator.mail.compose import compose
from emulator.mail.raw import parse
from emulator.values import Attachment, Header, SimpleContent, Text

FIXTURES = Path(__file__).parents[3] / "fixtures" / "mail"
NOW = 1582253292.121
# Without surrogates, which no charset can write.
UNICODE = st.text(st.characters(exclude_categories=("Cs",)), max_size=300)
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=120)


def composed(
    content: SimpleContent,
    from_: str = "test@abashiri.domain",
    to: tuple[str, ...] = ("a@example.com",),
    cc: tuple[str, ...] = (),
    reply_to: tuple[str, ...] = (),
) -> bytes:
    numbers = iter(range(27885, 28885))
    return compose(
        content,
        from_=from_,
        to=to,
        cc=cc,
        reply_to=reply_to,
        now=NOW,
        boundaries=lambda: (next(numbers), 1958420156),
    )


def read(data: bytes) -> EmailMessage:
    return cast(EmailMessage, email.message_from_bytes(data, policy=email.policy.default))


def body(data: bytes) -> bytes:
    return data.partition(b"\r\n\r\n")[2]


def same_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def content_of(part: EmailMessage) -> str:
    return cast(bytes, part.get_payload(decode=True)).decode(part.get_content_charset() or "")


def test_text_and_html_come_out_as_observed() -> None:
    content = SimpleContent(Text("Hello"), Text("Plain words."), Text("<p>Marked words.</p>"))
    data = composed(content, "System<me@nara.dev>", ("you@example.com",), reply_to=("help@nara.dev",))
    assert data == (FIXTURES / "simple-text-html.eml").read_bytes()


def test_a_single_body_is_no_multipart() -> None:
    content = SimpleContent(Text("Hello"), Text("Plain words.\nSecond line.\n"))
    assert composed(content, cc=("b@example.com",)) == (FIXTURES / "simple-text.eml").read_bytes()


def test_html_alone_is_text_html() -> None:
    assert b"\r\nContent-Type: text/html; charset=UTF-8\r\n" in composed(SimpleContent(Text("s"), html=Text("<p>")))


def test_own_headers_stand_after_the_subject() -> None:
    content = SimpleContent(Text("s"), Text("t"), headers=(Header("X-One", "1"), Header("List-Unsubscribe", "<u>")))
    names = [field.name for field in parse(composed(content)).fields]
    assert names[2:6] == [b"Subject", b"X-One", b"List-Unsubscribe", b"MIME-Version"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("only ascii\n", "7bit"),
        ("x" * 998, "7bit"),
        ("x" * 999, "quoted-printable"),
        ("mostly äscii", "quoted-printable"),
        ("日本語", "base64"),
        ("nul \x00", "quoted-printable"),
    ],
)
def test_transfer_encoding_is_chosen_as_javamail_does(text: str, encoding: str) -> None:
    message = read(composed(SimpleContent(Text("s"), Text(text))))
    assert message["Content-Transfer-Encoding"] == encoding
    assert content_of(message) == text.replace("\n", "\r\n")


@given(
    subject=UNICODE,
    text=UNICODE,
    html=UNICODE,
    charset=st.sampled_from([None, "UTF-8", "utf-8", "ISO-8859-1", "Shift_JIS", "ISO-2022-JP", "UTF-16", "us-ascii"]),
)
def test_another_parser_reads_the_same_texts_back(subject: str, text: str, html: str, charset: str | None) -> None:
    codec = charset or "UTF-8"
    subject, text, html = (value.encode(codec, "replace").decode(codec) for value in (subject, text, html))
    message = read(composed(SimpleContent(Text(subject, charset), Text(text, charset), Text(html, charset))))
    parts = [cast(EmailMessage, part) for part in message.iter_parts()]
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert [part.get_content_charset() for part in parts] == [codec.lower()] * 2
    assert same_lines(content_of(parts[0])) == same_lines(text)
    assert same_lines(content_of(parts[1])) == same_lines(html)


@example(file_name="*", data=b"", encoding=None, description=None)
@example(file_name="%41'", data=b"", encoding=None, description="*")
@given(
    file_name=NAMES,
    data=st.binary(max_size=3000),
    encoding=st.sampled_from([None, "BASE64", "QUOTED_PRINTABLE", "SEVEN_BIT"]),
    description=st.none() | NAMES,
)
def test_attachments_arrive_as_they_were(
    file_name: str, data: bytes, encoding: str | None, description: str | None
) -> None:
    file_name = f"n{file_name}."  # the reader takes blanks and quotes off the ends
    attachment = Attachment(file_name, data, "application/x-thing", transfer_encoding=encoding, description=description)
    message = read(composed(SimpleContent(Text("s"), Text("t"), attachments=(attachment,))))
    assert message.get_content_type() == "multipart/mixed"
    first, second = (cast(EmailMessage, part) for part in message.iter_parts())
    assert first.get_content().rstrip("\n") == "t"
    assert second.get_payload(decode=True) == data
    assert second.get_filename() == file_name
    assert second.get_content_type() == "application/x-thing"


def test_attachment_fields_in_javamails_order() -> None:
    content = SimpleContent(
        Text("s"),
        Text("t"),
        Text("<img src='cid:logo'>"),
        attachments=(
            Attachment("logo.png", b"\x89PNG", disposition="INLINE", content_id="logo", description="Our logo"),
            Attachment("a b.txt", b"words\r\n"),
        ),
    )
    data = composed(content)
    assert data.count(b"multipart/alternative") == 1
    assert (
        b"Content-Type: image/png; name=logo.png\r\n"
        b"Content-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: inline; filename=logo.png\r\n"
        b"Content-ID: <logo>\r\n"
        b"Content-Description: Our logo\r\n"
        b"\r\n"
        b"iVBORw==\r\n"
    ) in data
    assert (
        b'Content-Type: text/plain; name="a b.txt"\r\n'
        b"Content-Transfer-Encoding: 7bit\r\n"
        b'Content-Disposition: attachment; filename="a b.txt"\r\n'
        b"\r\n"
        b"words\r\n\r\n"
    ) in data


def test_an_attachment_without_a_known_extension_is_octets() -> None:
    data = composed(SimpleContent(Text("s"), Text("t"), attachments=(Attachment("thing.qqq", b"x"),)))
    assert b"Content-Type: application/octet-stream; name=thing.qqq\r\n" in data


@pytest.mark.parametrize(("body", "encoding"), [(b"words", "7bit"), (b"h\xc3\xa9llo", "8bit")])
def test_an_attached_mail_is_never_encoded(body: bytes, encoding: str) -> None:
    attachment = Attachment("a.eml", b"Subject: inner\n\n" + body + b"\n", transfer_encoding="BASE64")
    message = read(composed(SimpleContent(Text("s"), Text("t"), attachments=(attachment,))))
    outer, inner = list(message.walk())[-2:]
    assert outer["Content-Transfer-Encoding"] == encoding
    assert inner["Subject"] == "inner"
    assert inner.get_payload(decode=True).rstrip() == body


def test_what_a_charset_cannot_express_is_a_question_mark() -> None:
    data = composed(SimpleContent(Text("日", "ISO-8859-1"), Text("5 €\ud800", "ISO-8859-1")))
    assert body(data) == b"5 ??"


@pytest.mark.parametrize(
    "charset", ["no-such", "base64", "rot13", "unicode_escape", "UTF-8\r\nBcc: x@example.com", "a b"]
)
def test_an_unknown_charset_is_refused(charset: str) -> None:
    with pytest.raises(Fault, match="Unsupported charset"):
        composed(SimpleContent(Text("s"), Text("t", charset)))


def test_a_header_name_that_is_none_is_refused() -> None:
    for name in ("", "X Y", "X:Y", "X\r\nBcc", "Ümlaut"):
        with pytest.raises(Fault, match="Invalid header name"):
            composed(SimpleContent(Text("s"), Text("t"), headers=(Header(name, "v"),)))


HOSTILE = st.lists(
    st.sampled_from(
        ["\r\n", "\n", "\r", "Bcc: evil@example.com", " ", "\t", "x", "ä", "\x0b", "\x85", "\u2028", "\r\n\r\n"]
    ),
    max_size=12,
).map("".join)


@given(HOSTILE)
def test_no_value_can_begin_a_field_or_end_the_header(value: str) -> None:
    content = SimpleContent(
        Text("s" + value),
        Text("t"),
        headers=(Header("X-Mine", "v" + value),),
        attachments=(Attachment("f" + value, b"x", "a/b" + value, content_id="c" + value, description="d" + value),),
    )
    hostile = f"N{value} <a{value}@example.com>"
    data = composed(content, hostile, (hostile,), (hostile,), (hostile,))
    message = parse(data)
    assert [field.name for field in message.fields] == [
        b"From", b"Reply-To", b"To", b"Cc", b"Subject", b"X-Mine", b"MIME-Version", b"Content-Type",
    ]  # fmt: skip
    assert message.to_bytes() == data
    part = parse(message.body.split(b"------=_Part_27885_")[2].partition(b"\r\n")[2])
    assert [field.name for field in part.fields] == [
        b"Content-Type", b"Content-Transfer-Encoding", b"Content-Disposition", b"Content-ID", b"Content-Description",
    ]  # fmt: skip


def test_a_megabyte_is_composed_in_a_moment() -> None:
    text = ("words " * 12 + "\n") * 14000
    started = time.thread_time()
    for extra in ("", "é"):
        assert len(composed(SimpleContent(Text("s"), Text(text + extra)))) > 1_000_000
    assert time.thread_time() - started < 1
