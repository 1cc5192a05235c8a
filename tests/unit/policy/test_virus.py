"""The test file is found however a mail carries it, and nothing else is taken for it."""

from __future__ import annotations

import base64
import quopri
import re
from textwrap import wrap

import pytest

from emulator.policy import virus
from emulator.policy.virus import TEST_FILE, is_infected

FILLER = bytes(range(256))


def mail(content, encoding, type="application/octet-stream"):
    """A mail with a text and an attachment, whose content is given as encoded."""
    return (
        b"From: a@x.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
        b"--b\r\nContent-Type: " + type.encode() + b"\r\nContent-Transfer-Encoding: " + encoding.encode() + b"\r\n\r\n"
        b"" + content + b"\r\n--b--\r\n"
    )


def in_base64(data, width):
    return "\r\n".join(wrap(base64.b64encode(data).decode(), width)).encode()


def in_quoted_printable(data, before, width):
    """Everything as ``=XX`` but letters, digits and hyphens, in lines of up to ``width`` after one of ``before``."""
    tokens = [chr(one) if re.match(rb"[A-Za-z0-9-]", bytes([one])) else f"={one:02X}" for one in data]
    line, lines = "x" * before, []
    for token in tokens:
        if len(line) + len(token) >= width:
            lines.append(line + "=")
            line = ""
        line += token
    return "\r\n".join([*lines, line]).encode()


@pytest.mark.parametrize("encoding", ["7bit", "8bit", "binary", "7BIT"])
def test_as_it_is(encoding):
    assert is_infected(mail(TEST_FILE, encoding))
    assert is_infected(mail(b"before\r\n" + TEST_FILE + b"\r\n\r\nafter", encoding))


@pytest.mark.parametrize("width", [56, 60, 64, 72, 76, 998, 10_000])
def test_in_base64_wherever_it_begins_and_however_lines_are_folded(width):
    for before in range(256):
        assert is_infected(mail(in_base64(FILLER[:before] + TEST_FILE + FILLER, width), "Base64")), before


@pytest.mark.parametrize("width", [32, 40, 64, 76])
def test_in_quoted_printable_wherever_it_is_folded(width):
    for before in range(width):
        assert is_infected(mail(in_quoted_printable(TEST_FILE, before, width), "quoted-printable")), before
    assert is_infected(mail(quopri.encodestring(FILLER + TEST_FILE), "QUOTED-PRINTABLE"))


def test_in_a_mail_of_one_part_and_in_an_attached_mail():
    for head in (b"From: a@x.org\r\n", b"From: a@x.org\r\nContent-Transfer-Encoding: 7bit\r\n"):
        assert is_infected(head + b"\r\n" + TEST_FILE)
    encoded = mail(in_base64(TEST_FILE, 76), "base64")
    assert is_infected(mail(encoded.replace(b"=b", b"=c").replace(b"--b", b"--c"), "7bit", "message/rfc822"))
    assert is_infected(mail(encoded.replace(b"=b", b"=c").replace(b"--b", b"--c"), "8bit", "message/rfc822"))


@pytest.mark.parametrize(
    "harmless",
    [
        b"",
        b"From: a@x.org\r\n\r\nAttach the file EICAR-STANDARD-ANTIVIRUS-TEST-FILE to see a Reject event.\r\n",
        b"From: a@x.org\r\nSubject: " + TEST_FILE + b"\r\n\r\nhello\r\n",
        mail(TEST_FILE.replace(b"$", b"="), "7bit"),
        mail(TEST_FILE[1:], "7bit"),
        mail(in_base64(TEST_FILE[:-1], 76), "base64"),
        # Nobody decodes what is said to be plain, nor finds it in what is said to be encoded.
        mail(in_base64(TEST_FILE, 76), "7bit"),
        mail(TEST_FILE, "base64"),
    ],
    ids=["nothing", "its name", "in a field", "another", "its rest", "its beginning", "not encoded", "not decoded"],
)
def test_what_only_looks_like_it_is_none(harmless):
    assert not is_infected(harmless)


def test_an_ordinary_mail_is_not_taken_apart(monkeypatch):
    taken_apart = []
    monkeypatch.setattr(virus, "_has_infected_part", taken_apart.append)
    for encoding in ("7bit", "quoted-printable", "base64"):
        assert not is_infected(mail(base64.encodebytes(FILLER * 400), encoding))
    assert taken_apart == []
    is_infected(mail(TEST_FILE, "7bit"))
    assert len(taken_apart) == 1


def test_whatever_the_bytes_there_is_an_answer():
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (number, number) for number in range(3000)
    )
    assert is_infected(deep + b"\r\n" + TEST_FILE)
    assert not is_infected(deep + b"\r\nEICAR-STANDARD")
    for whole in (TEST_FILE, b"\r\n" + TEST_FILE, b"\0\xff\r\n\r\n" + TEST_FILE + b"\xff\0"):
        assert is_infected(whole)
    assert not is_infected(mail(b"begin 644 x\r\nEICAR-STANDARD\xff\xff\r\n", "x-uuencode"))
