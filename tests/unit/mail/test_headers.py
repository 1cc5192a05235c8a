"""headers: encoded words, folding, address lists and parameters as JavaMail writes them."""

from __future__ import annotations

import email.header
import email.message
import email.utils

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.mail.headers import address, address_field, encode_text, fold, text_field, with_parameters

UNICODE = st.text(st.characters(exclude_categories=("Cs",)), max_size=300)


def decoded(text: str) -> str:
    return str(email.header.make_header(email.header.decode_header(text.replace("\r\n", ""))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("Grüße aus Abashiri", "=?UTF-8?Q?Gr=C3=BC=C3=9Fe_aus_Abashiri?="),
        ("日本", "=?UTF-8?B?5pel5pys?="),
        ("a=é?", "=?UTF-8?Q?a=3D=C3=A9=3F?="),
        ("xé", "=?UTF-8?B?eMOp?="),  # a tie is not a majority
        ("x😀a", "=?UTF-8?B?ePCfmIBh?="),  # a pair counts twice in Java
    ],
)
def test_q_for_a_majority_of_ascii_else_b(text: str, expected: str) -> None:
    assert encode_text(text, "UTF-8") == expected


def test_long_text_is_halved_until_a_word_holds_75_characters() -> None:
    words = encode_text("あ" * 100, "UTF-8").split(" ")
    assert [decoded(word) for word in words] == ["あ" * 12, "あ" * 13] * 4
    assert max(map(len, words)) <= 75


@given(UNICODE)
def test_encoded_words_say_what_was_meant(text: str) -> None:
    encoded = encode_text(text, "UTF-8")
    assert encoded.isascii()
    if encoded != text:
        assert decoded(encoded) == text
        assert all(len(word) <= 75 for word in encoded.split(" "))


def test_folding_breaks_before_the_last_blank_that_fits() -> None:
    assert fold(9, "a" * 60 + " bbbb cccc dddd") == "a" * 60 + " bbbb\r\n cccc dddd"
    assert fold(9, "a" * 100 + " b") == "a" * 100 + "\r\n b"
    assert fold(0, "a" * 100) == "a" * 100


@given(st.text("ab \t", max_size=400))
def test_folding_loses_only_trailing_blanks(text: str) -> None:
    folded = fold(9, text)
    assert folded.replace("\r\n", "") == text.rstrip(" \t")
    assert all(line.strip(" \t") for line in folded.split("\r\n")[1:])


def test_a_word_that_no_line_can_hold_is_encoded() -> None:
    field = text_field("Subject", "x" * 2000, "UTF-8")
    assert max(map(len, field.split("\r\n"))) < 100
    assert decoded(field.partition(": ")[2]) == "x" * 2000


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("System<me@nara.dev>", "System <me@nara.dev>"),
        ("  <me@nara.dev> ", "me@nara.dev"),
        ("me@nara.dev", "me@nara.dev"),
        ("me@nara.dev (System)", "System <me@nara.dev>"),
        ("J. Doe <j@x>", '"J. Doe" <j@x>'),
        ('"Doe, J" <j@x>', '"Doe, J" <j@x>'),
        ('"Say \\"hi\\"" <j@x>', '"Say \\"hi\\"" <j@x>'),
        ('"Plain" <j@x>', "Plain <j@x>"),
        ("=?UTF-8?B?5pel?= <j@x>", "=?UTF-8?B?5pel?= <j@x>"),
        ("Jörg, A. <j@x>", "=?UTF-8?Q?J=C3=B6rg=2C_A=2E?= <j@x>"),
        ('"a b"@x', '<"a b"@x>'),
        ("A\r\nBcc: e@x <j@x>", '"A Bcc: e@x" <j@x>'),
    ],
)
def test_addresses_are_printed_anew(raw: str, expected: str) -> None:
    assert address(raw) == expected


def test_long_address_lists_are_folded_with_tab() -> None:
    raws = [f"person{number}@example.com" for number in range(6)]
    assert address_field("To", raws) == (
        "To: person0@example.com, person1@example.com, person2@example.com,\r\n"
        "\tperson3@example.com, person4@example.com, person5@example.com"
    )


def test_a_parameter_that_passes_column_76_takes_its_own_line() -> None:
    assert (
        with_parameters("Content-Type", "text/plain", [("charset", "UTF-8")])
        == "Content-Type: text/plain; charset=UTF-8"
    )
    assert with_parameters("Content-Type", "a/b", [("name", "n" * 60)]) == "Content-Type: a/b; \r\n\tname=" + "n" * 60


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=300))
def test_parameters_can_be_read_back(name: str) -> None:
    name = f"n{name}."  # the reader takes blanks and quotes off the ends
    field = with_parameters("Content-Disposition", "attachment", [("filename", name)])
    assert field.isascii()
    assert max(map(len, field.split("\r\n"))) < 200
    message = email.message.Message()
    message["Content-Disposition"] = field.partition(": ")[2].replace("\r\n", "")
    assert message.get_filename() == name
