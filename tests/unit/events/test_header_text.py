"""header_text: encoded words and address lists as JavaMail shows them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.events.header_text import addresses, decoded, domain_of
from emulator.mail.headers import encode_text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("=?UTF-8?Q?Gr=C3=BC=C3=9Fe_aus?= Abashiri", "Grüße aus Abashiri"),
        ("=?utf-8?b?5pel?=\r\n =?utf-8?B?5pys?=", "日本"),  # the blank between is none
        ("=?utf-8?b?5pel5g==?= =?utf-8?b?nKw=?=", "日本"),  # a character cut in two
        ("=?iso-8859-1*de?Q?=FC?=", "ü"),
        ("=?utf-8?b?w7w=?= =?iso-8859-1?Q?=FC?=", "üü"),
        ("x=?utf-8?b?w7w=?=", "x=?utf-8?b?w7w=?="),  # a word begins where a blank ends
        ("=?klingon?Q?a?=", "=?klingon?Q?a?="),
        ("=?unicode_escape?Q?=5Cd?=", "=?unicode_escape?Q?=5Cd?="),
        ("=?hex?Q?00?=", "=?hex?Q?00?="),
        ("=?utf-8?b?a?=", "=?utf-8?b?a?="),
        ("=?utf-8?b?ü?=", "=?utf-8?b?ü?="),
        ("=?", "=?"),
    ],
)
def test_encoded_words_are_read_and_nothing_else(value: str, expected: str) -> None:
    assert decoded(value) == expected


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=200))
def test_what_was_encoded_comes_back(text: str) -> None:
    encoded = encode_text(text, "UTF-8")
    if encoded != text:
        assert decoded(encoded) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", []),
        (" , ", []),
        ('"John Doe" <john@example.com>', ["John Doe <john@example.com>"]),
        ("a@x, <b@x>,Ann<c@x>", ["a@x", "b@x", "Ann <c@x>"]),
        ('"Doe, J" <j@x>, b@x', ['"Doe, J" <j@x>', "b@x"]),
        ("a@x (Ann, the first), b@x", ['"Ann, the first" <a@x>', "b@x"]),
        ("=?utf-8?Q?J=C3=B6rg?= <j@x>", ['"Jörg" <j@x>']),
        # Observed: what was decoded has quotes, and gets some more.
        (
            "=?utf-8?b?InNlbmRlckB0ZXN0LmNvbSBbdmlhIFJlbGF5XSI=?= <relay@unfck.email>",
            ['"\\"sender@test.com [via Relay]\\"" <relay@unfck.email>'],
        ),
        ("Friends: a@x, b@y;, c@z", ["Friends: a@x, b@y;", "c@z"]),
        ("undisclosed-recipients:;", ["undisclosed-recipients:;"]),
        ("a:b@x, c@y", ["a:b@x", "c@y"]),
        ("a@[1.2,3], b@x", ["a@[1.2,3]", "b@x"]),
        ("a@[1, b@x", ["a@[1", "b@x"]),
        ("a <b@x, c@y", ["a <b@x", "c@y"]),
        ("(only)", ["(only)"]),
        ("<a,b>", ["<a,b>"]),
        ("<>", [""]),
    ],
)
def test_addresses_as_javamail_prints_them(value: str, expected: list[str]) -> None:
    assert addresses((value,)) == expected


def test_fields_of_one_name_are_one_list() -> None:
    assert addresses(("a@x", "b@x, c@x")) == ["a@x", "b@x", "c@x"]


@given(st.text('ab@<>()"\\,:;[]=?Q \t\x00é\ud800', max_size=80))
def test_no_value_is_an_error(value: str) -> None:
    for one in addresses((value,)):
        assert isinstance(one, str)
    assert isinstance(decoded(value), str)
    assert domain_of(value) == domain_of(value).lower()


@pytest.mark.parametrize("piece", ["(", '"', "\\", "=?a?Q?", "=?", "<", "[", ":", "=?a?Q?b?= "])
def test_a_hostile_value_takes_no_longer_than_its_length(piece: str) -> None:
    value = piece * (200_000 // len(piece))
    addresses((value,))
    decoded(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("John <john@Example.COM>", "example.com"),
        ("a@one.example, b@two.example", "one.example"),
        ('"a@b" <x@y.example>', "y.example"),
        ("nobody", ""),
        ("", ""),
    ],
)
def test_the_domain_of_the_first_address(value: str, expected: str) -> None:
    assert domain_of(value) == expected
