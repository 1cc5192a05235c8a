"""Names of charsets as mail has them."""

from __future__ import annotations

import pytest

from emulator.charsets import codec


@pytest.mark.parametrize(
    ("charset", "name"),
    [("UTF-8", "utf-8"), ("latin1", "iso8859-1"), ("ISO-2022-JP", "iso2022_jp")],
)
def test_a_charset_of_mail_has_pythons_name(charset: str, name: str) -> None:
    assert codec(charset) == name


@pytest.mark.parametrize(
    "charset",
    [
        "",
        "nobody's",
        "base64",
        "rot13",
        "idna",
        "punycode",
        "undefined",
        "unicode_escape",
        "Raw-Unicode-Escape",
        "utf\0",
    ],
)
def test_what_is_none_has_no_name(charset: str) -> None:
    assert codec(charset) is None
