"""html_parts: HTML is changed within its part; structure, encodings and all other bytes stay."""

from __future__ import annotations

import base64
import binascii
import email
import email.policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.mail.html_parts import with_html
from emulator.mail.raw import parse

HTML = "<p>Grüße</p>\r\n"
CHANGED = "<p>Grüße</p>\r\n<b>"


def changed(data: bytes, suffix: str = "<b>") -> bytes:
    return with_html(parse(data), lambda document: document + suffix).to_bytes()


def single(body: bytes, encoding: str = "", content_type: str = "text/html; charset=utf-8") -> bytes:
    field = f"Content-Transfer-Encoding: {encoding}\r\n" if encoding else ""
    return f"Subject: s\r\nContent-Type: {content_type}\r\n{field}\r\n".encode() + body


@pytest.mark.parametrize(
    ("body", "encoding", "after"),
    [
        (HTML.encode(), "8bit", CHANGED.encode()),
        (HTML.encode(), "Binary", CHANGED.encode()),
        (HTML.encode(), "", CHANGED.encode()),
        (b"<p>Gr=C3=BC=C3=\r\n=9Fe</p>\r\n", "Quoted-Printable", b"<p>Gr=C3=BC=C3=9Fe</p>\r\n<b>"),
        (
            base64.encodebytes(HTML.encode()).replace(b"\n", b"\r\n"),
            "base64",
            base64.b64encode(CHANGED.encode()) + b"\r\n",
        ),
    ],
)
def test_each_transfer_encoding_stays(body: bytes, encoding: str, after: bytes) -> None:
    assert changed(single(body, encoding)) == single(after, encoding)


@pytest.mark.parametrize(
    "data",
    [
        single(HTML.encode(), "x-uuencode"),
        single(b"PA=", "base64"),
        single(HTML.encode(), content_type="text/plain"),
        single(HTML.encode(), content_type="text/html-not"),
        single(HTML.encode("utf-16-le"), content_type="text/html; charset=nobody-knows"),
        b"Content-Disposition: ATTACHMENT; filename=a.html\r\n" + single(HTML.encode()),
        single(b"--b\r\n" + single(HTML.encode()) + b"\r\n--b--", content_type="multipart/signed; boundary=b"),
        single(b"--b\r\n" + single(HTML.encode()) + b"\r\n--b--", content_type="multipart/mixed"),
        single(b"--b\r\n\r\nContent-Type: text/html\r\n\r\n<p>\r\n--b--", content_type="multipart/mixed; boundary=b"),
        single(b"--c\r\n" + single(HTML.encode()) + b"\r\n--c--", content_type="multipart/mixed; boundary=b"),
        single(single(HTML.encode()), content_type="message/rfc822"),
        b"Content-Type: text/html",
        b"",
    ],
)
def test_what_is_no_html_or_cannot_be_read_stays(data: bytes) -> None:
    before = parse(data)
    assert with_html(before, lambda document: document + "x" if document else "") is before


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp", "utf-16", "cp037", "gb18030", "Shift_JIS"])
def test_each_charset_stays(charset: str) -> None:
    text = "<p>日本語" if charset != "cp037" else "<p>Grüße"
    after = parse(changed(single(base64.b64encode(text.encode(charset)), "base64", f"text/html; charset={charset}")))
    assert base64.b64decode(after.body).decode(charset) == f"{text}<b>"


def test_a_charset_that_lacks_some_of_ascii_is_read_byte_by_byte() -> None:
    after = changed(single(b"<p>\xe1", content_type="text/html; charset=cp864"), "<a href='%41'>")
    assert after.endswith(b"<p>\xe1<a href='%41'>")


@pytest.mark.parametrize("charset", ["utf-8", "nobody-knows", "", "idna", "base64", "x\\\0"])
def test_bytes_that_are_not_of_their_charset_stay(charset: str) -> None:
    assert changed(single(b"<p>\xff\xfe", content_type=f'text/html; charset="{charset}"')).endswith(b"<p>\xff\xfe<b>")


def test_a_multipart_keeps_all_but_its_html() -> None:
    inner = (
        b"--in\r\nContent-Type: text/plain\r\n\r\ntext\r\n--in\r\nContent-Type: text/html\r\n\r\n<p>1\r\n--in--\r\n\r\n"
    )
    before = (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n\tBOUNDARY="out (\\"1\\")"\r\n\r\npreamble\r\n'
        b'--out ("1") \r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n' + inner + b'\r\n--out ("1")\r\n\r\n'
        b'Content-Type: text/html is text\r\n--out ("1")x\r\n--out ("1")\r\n--out ("1")\r\n'
        b"Content-Type: text/HTML; x=y\r\n\r\n"
        b'<p>2\r\n--out ("1")--\r\nepilogue\r\n--out ("1")\r\nContent-Type: text/html\r\n\r\n<p>3\r\n'
    )
    assert changed(before) == before.replace(b"<p>1", b"<p>1<b>").replace(b"<p>2", b"<p>2<b>")


def test_a_multipart_that_does_not_end_ends_with_the_message() -> None:
    before = single(b"--b\r\nContent-Type: text/html\r\n\r\n<p>", content_type="multipart/mixed; boundary=b")
    assert changed(before) == before + b"<b>"


def test_a_line_too_long_for_mail_is_encoded() -> None:
    long = "x" * 1000
    after = changed(single(b"<p>\r\n", "7bit"), long)
    assert after.count(b"Transfer-Encoding") == 1
    assert max(map(len, after.splitlines())) <= 76
    part = email.message_from_bytes(after, policy=email.policy.default)
    assert (part["Content-Transfer-Encoding"], part.get_content()) == ("quoted-printable", f"<p>\r\n{long}")
    # Whoever sent such lines gets them back as they were; and a part that named no encoding names one.
    assert changed(single(b"y" * 1000, "8bit"), long) == single(b"y" * 1000 + long.encode(), "8bit")
    assert b"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" in changed(single(b"<p>\r\n"), long)


@given(st.binary(max_size=60) | st.text("\r\n \t=a").map(str.encode))
def test_quoted_printable_gives_back_what_it_was_given(data: bytes) -> None:
    after = parse(
        changed(single(binascii.b2a_qp(data, istext=False), "quoted-printable", "text/html; charset=latin-1"))
    )
    assert binascii.a2b_qp(after.body) == data + b"<b>"


@given(
    st.lists(
        st.sampled_from(
            [
                b"--b",
                b"--b--",
                b"\r\n",
                b"\r\n\r\n",
                b"Content-Type: text/html",
                b"Content-Type: multipart/mixed; boundary=b",
                b"<p>",
                b" ",
                b"--",
                b"\n",
                b"\r",
                b"b",
                b";boundary=",
            ]
        ),
        max_size=30,
    ).map(b"".join)
)
def test_any_structure_comes_back(data: bytes) -> None:
    before = parse(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + data)
    assert with_html(before, lambda document: document) is before
    after = with_html(before, lambda document: f"\x01{document}\x02").to_bytes()
    assert after.translate(None, b"\x01\x02") == before.to_bytes()


def test_deep_nesting_is_left_alone() -> None:
    data = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2000))
    before = parse(data + b"Content-Type: text/html\r\n\r\n<p>")
    assert with_html(before, lambda document: "x") is before
