"""Nothing that a terminal obeys is printed, and tables keep to its width."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from emulator.cli.terminal import aligned, safe
from emulator.cli.world import _seconds


@given(st.text())
def test_whatever_is_shown_prints(text):
    assert all(letter.isprintable() for letter in safe(text))
    assert all(letter.isprintable() or letter in "\n\t" for letter in safe(text, lines=True))


def test_what_does_not_print_is_still_seen():
    assert safe("a\x1b[2J\u202eb\ud800\U000e0001") == "a\\x1b[2J\\u202eb\\ud800\\U000e0001"
    assert safe("a\r\nb\tc\n") == "a b c "
    assert safe("a\r\nb\tc\r", lines=True) == "a\nb\tc\\x0d"
    assert safe("né\u3000\u00a0你") == "né  你"


def columns(line: str) -> int:
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in line)
    return len(line) + wide - sum(bool(unicodedata.combining(letter)) for letter in line)


@given(
    st.lists(st.lists(st.text("ab 你é\u0301", max_size=60), min_size=3, max_size=3), max_size=5), st.integers(44, 200)
)
def test_a_table_is_no_wider_than_the_terminal(rows, width):
    lines = aligned(("A", "B", "C"), rows, width)
    assert len(lines) == len(rows) + 1
    assert all(columns(line) <= width for line in lines)


def test_columns_stand_below_each_other():
    assert aligned(("ID", "NAME"), [["1", "你好"], ["12345", "b"]], 80) == ["ID     NAME", "1      你好", "12345  b"]


def test_durations():
    assert [_seconds(text) for text in ("24h", "1d12h", "90s", "-1h", "1w", "1.5h", "86400", "-3.5")] == [
        *(86400.0, 129600.0, 90.0, -3600.0, 604800.0, 5400.0, 86400.0, -3.5),
    ]
