"""How a received mail is read: whatever the bytes, something is shown, and nothing in it that is no text."""

import json

import pytest

from emulator.receiver.reading import read, read_summary

HOSTILE = {
    "a NUL in the name of a charset": b'Content-Type: text/plain; charset="a\x00b"\r\n\r\nhi',
    "a NUL in the charset of a charset": b"Content-Type: text/plain; charset*=a\x00b''x%41\r\n\r\nhi",
    "a NUL in the charset of a file name": b"Content-Disposition: attachment; filename*=a\x00b''x%41\r\n\r\nhi",
    "a number of 5000 digits": b"Content-Disposition: attachment; filename*" + b"9" * 5000 + b"=x\r\n\r\nhi",
    "pieces of a file name without a first": b"Content-Disposition: attachment; filename*1=x; filename*x=y\r\n\r\nhi",
    "base64 that is none": b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n====a",
    "uuencode that is none": b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 666 x\r\n\xff\xff\r\nend",
    "a codec that is no charset": b"Content-Type: text/plain; charset=hex\r\nSubject: =?rot13?b?aaa?=\r\n\r\nzz",
    "a charset of surrogates": b"Content-Type: text/plain; charset=unicode_escape\r\n\r\n\\ud800",
    "a subject of surrogates": b"Subject: =?raw_unicode_escape?q?=5Cud800?=\r\n\r\n",
    "a file name of surrogates": b"Content-Type: image/png; name*=raw_unicode_escape''%5Cud800\r\n\r\nx",
    "parts in parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2000)
    ),
    "mails in mails": b"Content-Type: message/rfc822\r\n\r\n" * 2000,
    "mails in mails that the parser still follows": b"Content-Type: message/rfc822\r\n\r\n" * 200,
    "comments in comments": b"To: " + b"(" * 5000 + b"\r\n\r\n",
    "no boundary": b"Content-Type: multipart/mixed; name=x\r\n\r\n\xff",
    "eight bits everywhere": b"From: \xff <\xfe>\r\nTo: \xc3\xa9@x\r\nContent-Type: \xff/\xfe; name=\xfd\r\n\r\n\xff",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_any_bytes_can_be_read_and_what_is_shown_is_text(data):
    summary, reading = read_summary(data), read(data)
    shown = [summary.subject, summary.text, summary.from_, *summary.to, reading.text or "", reading.html or ""]
    shown += [text for pair in reading.headers for text in pair]
    shown += [part.file_name for part in reading.attachments]
    json.dumps(shown, ensure_ascii=False).encode("utf-8")


def test_raw_utf_8_in_a_header_is_read():
    assert read_summary("Subject: Абасири\r\n\r\n".encode()).subject == "Абасири"


def test_blanks_before_a_colon_are_read_over():
    """RFC 5322 4.5: obsolete, and to be understood."""
    mail = b"From : a@b.example\r\nSubject \t: hello\r\n world\r\nContent-Type : text/html\r\n\r\nno : field\r\n"
    summary, reading = read_summary(mail), read(mail)
    assert (summary.from_, summary.subject, summary.text) == ("a@b.example", "hello world", "")
    assert reading.headers[1] == ("Subject", "hello world")
    assert reading.html == "no : field\r\n"


def test_an_enclosed_mail_is_the_mail_without_the_header_of_its_part():
    mail = (
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee\r\n'
        b"--b\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n"
        b"Subject: " + b"long " * 30 + b"\r\nX: y\r\n\r\ninner\r\n--b--\r\n"
    )
    (part,) = read(mail).attachments
    assert part.content_type == "message/rfc822"
    assert part.content == b"Subject: " + b"long " * 30 + b"\r\nX: y\r\n\r\ninner"


@pytest.mark.parametrize(
    ("encoding", "code"),
    [
        ("base64", b"U3ViamVjdDogeA0KDQpow6lsbG8N\r\nCg=="),
        ("Quoted-Printable", b"Subject: x\r\n\r\nh=C3=A9ll=\r\no\r\n"),
        ("8bit", "Subject: x\r\n\r\nhéllo\r\n".encode()),
    ],
)
def test_an_enclosed_mail_is_decoded_though_it_should_not_have_been_encoded(encoding, code):
    mail = (
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee\r\n'
        b"--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: "
        + encoding.encode() + b"\r\n\r\n" + code + b"\r\n--b--\r\n"
    )  # fmt: skip
    (part,) = read(mail).attachments
    assert part.content == "Subject: x\r\n\r\nhéllo\r\n".encode()


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_as_many_attachments_are_counted_as_are_shown(data):
    assert read_summary(data).attachments == len(read(data).attachments)


def test_what_is_the_text_of_a_mail_is_no_attachment():
    mail = (
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nthe text\r\n'
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>the text</p>\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\na footer\r\n"
        b"--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nattached\r\n"
        b'--b\r\nContent-Type: image/png; name="ice.png"\r\n\r\nPNG\r\n--b--\r\n'
    )
    assert (read_summary(mail).text, read_summary(mail).attachments) == ("the text", 2)
    assert [part.file_name for part in read(mail).attachments] == ["", "ice.png"]
