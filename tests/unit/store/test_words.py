"""What a word is, the same for what is stored and for what is looked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.store.words import Document, Words, fact, field, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Drift ice, 2026!", ["drift", "ice", "2026"]),
        ("snake_case don't", ["snake", "case", "don", "t"]),
        ("Ann <ann@a.example.org>", ["ann", "ann", "a", "example", "org"]),
        ("ÅNGSTRÖM Straße ΟΔΟΣ", ["ångström", "strasse", "οδοσ"]),
        ("ＩＣＥ ① ﬁn", ["ice", "1", "fin"]),
        ("流氷のお知らせABC", ["流", "氷", "の", "お", "知", "ら", "せ", "abc"]),
        ("ภาษา", ["ภ", "า", "ษ", "า"]),
        ("한국어 текст", ["한국어", "текст"]),
        ("Sale🎉now", ["sale", "🎉", "now"]),
        ("a\x00b\ud800c", ["a", "b", "c"]),
        ("x" * 100, ["x" * 64]),
    ],
)
def test_a_text_has_these_words(text, expected):
    assert words(text) == expected


@given(st.text())
def test_words_hold_nothing_that_a_query_language_would_read_and_fold_no_further(text):
    for word in words(text):
        assert not set(word) & set(" \"'\\&|!():*<>_\x00")
        assert 0 < len(word) <= 64
        word.encode()
    assert words(" ".join(words(text))) == words(text)


def test_of_a_field_only_the_beginning_is_looked_at():
    long = "word " * 20_000
    assert len(field(long)) == 16 * 1024 // 5 * 5 + 4 + 2
    assert len(field(long, body=True)) == 64 * 1024 // 5 * 5 + 1 + 2


def test_facts_of_two_kinds_or_values_differ_and_case_does_not():
    values = [fact(kind, value) for kind in ("spf", "dkim") for value in ("pass", "fail", "x" * 9999, "\ud800")]
    assert len(set(values)) == len(values)
    assert all(value.isascii() and value.isalnum() and len(value) < 30 for value in values)
    assert fact("tag", "A=B") == fact("tag", "a=b")


@pytest.mark.parametrize(
    ("sequence", "whole", "found"),
    [
        (("drift", "ice"), True, True),
        (("drift", "ic"), False, True),
        (("drift", "ic"), True, False),
        (("rift", "ice"), False, False),
        (("ice", "drift"), False, False),
        (("berg", "drift"), False, False),
        (("melts",), True, True),
    ],
)
def test_a_sequence_stands_in_one_field_from_the_beginning_of_a_word(sequence, whole, found):
    mail = Document(1, 0.0, ("", "", "", "", field("Iceberg"), field("Drift ice melts")), ())
    assert Words(("subject", "body"), sequence, whole).found_in(mail) == found
    assert not Words(("subject", "sender"), sequence, whole).found_in(mail)
