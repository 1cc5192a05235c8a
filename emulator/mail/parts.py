"""Parts of a MIME message: the lines between them, and what a transfer encoding can carry."""

from __future__ import annotations

import binascii
from collections.abc import Iterable

from emulator.mail.headers import with_parameters

_LONGEST_LINE = 998
_ASCII_TEXT = bytes([9, 10, 13, *range(32, 127)])


def boundary(numbers: tuple[int, int], now: float) -> str:
    """JavaMail's, of a counter and a hash (``ids.boundary_numbers``) and the time."""
    counter, number = numbers
    return f"----=_Part_{counter}_{number}.{int(now * 1000)}"


def lines(*lines: str) -> bytes:
    """Each with its line end; what is not ASCII is ``?``."""
    return "".join([f"{line}\r\n" for line in lines]).encode("ascii", "replace")


def multipart(
    subtype: str,
    parts: Iterable[bytes],
    boundary: str,
    parameters: Iterable[tuple[str, str]] = (),
    encoding: str = "7bit",
) -> bytes:
    """From the Content-Type field to the last delimiter, each part from its own first field on. ``encoding`` is the
    widest of its parts' (RFC 2045 6.4): 7bit, the default of mail, is not written."""
    delimiter = b"--" + boundary.encode("ascii")
    head = with_parameters("Content-Type", f"multipart/{subtype}", [("boundary", boundary), *parameters])
    if encoding != "7bit":
        head += f"\r\nContent-Transfer-Encoding: {encoding}"
    pieces = [head.encode("ascii"), b"\r\n\r\n"]
    for part in parts:
        pieces += [delimiter, b"\r\n", part, b"\r\n"]
    pieces += [delimiter, b"--\r\n"]
    return b"".join(pieces)


def count_unusual(data: bytes) -> int:
    """How many bytes are not ASCII, or control characters other than TAB, CR and LF."""
    return len(data.translate(None, _ASCII_TEXT))


def has_long_line(data: bytes) -> bool:
    """Longer than the 998 characters of RFC 5322 2.1.1."""
    return len(data) > _LONGEST_LINE and max(map(len, data.splitlines())) > _LONGEST_LINE


def survives_7bit(data: bytes) -> bool:
    """Whether mail of RFC 5322's can carry it as it is: ASCII, CRLF, and no line too long."""
    only_crlf = data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r")
    return only_crlf and not count_unusual(data) and not has_long_line(data)


def mail_encoding(data: bytes) -> str:
    """What carries a mail (CRLF throughout) within another as it is. RFC 2046 5.2.1 allows nothing else than 7bit,
    8bit and binary, which is also for lines that are too long and NUL (RFC 2045 2.8)."""
    if survives_7bit(data):
        return "7bit"
    return "8bit" if b"\0" not in data and not has_long_line(data) else "binary"


def quoted_printable(data: bytes, *, text: bool) -> bytes:
    """``text``: line ends of ``data`` (CRLF) stay line ends; else they are encoded as the bytes they are."""
    encoded = binascii.b2a_qp(data, istext=text)
    return encoded.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def base64_lines(data: bytes) -> bytes:
    """In lines of 76 characters, without a last line end."""
    code = binascii.b2a_base64(data, newline=False)
    return b"\r\n".join([code[at : at + 76] for at in range(0, len(code), 76)])
