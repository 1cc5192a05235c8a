"""JavaScript's view of values."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.handlebars import javascript, parse, render


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1.0, "1"),
        (-1.0, "-1"),
        (0.0, "0"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (123.456, "123.456"),
        (100.0, "100"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.25e21, "1.25e+21"),
        (0.000001, "0.000001"),
        (0.00000123, "0.00000123"),
        (1e-7, "1e-7"),
        (-1.5e-9, "-1.5e-9"),
        (5e-324, "5e-324"),
        (2**53, "9007199254740992"),
        (2**53 + 1, "9007199254740992"),
        (12345678901234567890, "12345678901234567000"),
        (10**400, "Infinity"),
        (-(10**400), "-Infinity"),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (True, "true"),
        (False, "false"),
        (None, ""),
        ("text", "text"),
        ([], ""),
        ([1.0, [None, "x"], {}, True], "1,,x,[object Object],true"),
        ({"a": 1}, "[object Object]"),
    ],
)
def test_values_print_as_javascript_prints_them(value: object, written: str) -> None:
    assert javascript.text(value) == written
    assert render(parse("{{x}}"), {"x": value}, strict=False) == written


@settings(max_examples=1000, deadline=None, derandomize=True, database=None)
@given(st.floats() | st.integers())
def test_numbers_print_as_javascript_prints_them(oracle: Any, value: float) -> None:
    finite = isinstance(value, int) or math.isfinite(value)
    if finite:
        assert javascript.text(value) == oracle.render("{{x}}", {"x": value})


@pytest.mark.parametrize(
    ("value", "is_true", "is_empty"),
    [
        (None, False, True),
        (False, False, True),
        (True, True, False),
        (0, False, False),
        (0.0, False, False),
        (math.nan, False, True),
        (1, True, False),
        ("", False, True),
        ("0", True, False),
        ([], True, True),
        ([0], True, False),
        ({}, True, False),
    ],
)
def test_truth_is_javascripts_and_emptiness_handlebars(value: object, is_true: bool, is_empty: bool) -> None:
    assert (javascript.is_true(value), javascript.is_empty(value)) == (is_true, is_empty)


@pytest.mark.parametrize(
    ("value", "name", "found"),
    [
        ([1, 2], "length", 2),
        ([1, 2], "1", 2),
        ([1, 2], "2", None),
        ([1, 2], "01", None),
        ([1, 2], "-1", None),
        ([1, 2], "99999999999999999999", None),
        ("añb", "length", 3),
        ("añb", "1", "ñ"),
        ("\U0001f600b", "length", 3),
        ("\U0001f600b", "0", "\ufffd"),
        ("\U0001f600b", "2", "b"),
        ("ab", "2", None),
        ({"length": 9}, "length", 9),
        ({}, "length", None),
        (5, "length", None),
        (None, "length", None),
        ("ab", "upper", None),
        ([1], "append", None),
        ({}, "__class__", None),
    ],
)
def test_only_a_values_own_properties_are_seen(value: object, name: str, found: object) -> None:
    assert javascript.own(value, name) == found


def test_indexes_come_first_among_the_keys_of_an_object() -> None:
    keys = ["b", "10", "9", "01", "4294967294", "4294967295", "a"]
    assert javascript.keys(dict.fromkeys(keys)) == ["9", "10", "4294967294", "b", "01", "4294967295", "a"]
