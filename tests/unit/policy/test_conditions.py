"""Operators of policy conditions, by the tables of the IAM User Guide."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.policy.conditions import holds, is_readable, like


@pytest.mark.parametrize(
    ("operator", "value", "found", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", "A", "a", False),
        ("StringEqualsIgnoreCase", "A", "a", True),
        ("StringNotEquals", "a", "a", False),
        ("StringNotEqualsIgnoreCase", "A", "b", True),
        ("StringLike", "a?c*", "abcde", True),
        ("StringNotLike", "*@x.example", "a@x.example", False),
        ("NumericEquals", "10", "10.0", True),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "10", "10", False),
        ("NumericNotEquals", "10", "11", True),
        ("NumericEquals", "10", "ten", False),
        ("DateEquals", "2026-01-01T00:00:00Z", "1767225600", True),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+02:00", False),
        ("DateLessThan", "1767225600", "2025-12-31T23:59:59+00:00", True),
        ("Bool", "true", "TRUE", True),
        ("Bool", "false", "true", False),
        ("IpAddress", "10.0.0.0/8", "10.1.2.3", True),
        ("IpAddress", "10.0.0.1", "10.0.0.1", True),
        ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
        ("IpAddress", "2001:db8::/32", "10.0.0.1", False),
        ("NotIpAddress", "10.0.0.0/8", "11.0.0.1", True),
        ("IpAddress", "10.0.0.0/8", "nowhere", False),
        ("ArnLike", "arn:aws:iam::*:user/b?b", "arn:aws:iam::123456789012:user/bob", True),
        ("ArnNotEquals", "arn:aws:iam::1:root", "arn:aws:iam::2:root", True),
        ("Null", "true", "there", False),
        ("Null", "false", "there", True),
    ],
)
def test_an_operator_compares_as_the_guide_says(operator, value, found, expected):
    assert holds("", operator, False, (value,), (found,)) is expected


@pytest.mark.parametrize(
    ("quantifier", "operator", "if_exists", "expected"),
    [
        ("", "StringEquals", False, False),
        ("", "StringNotEquals", False, True),
        ("", "StringEquals", True, True),
        ("ForAllValues", "StringEquals", False, True),
        ("ForAnyValue", "StringEquals", False, False),
        ("", "Null", False, True),
    ],
)
def test_a_key_that_a_request_has_not(quantifier, operator, if_exists, expected):
    value = "true" if operator == "Null" else "a"
    assert holds(quantifier, operator, if_exists, (value,), None) is expected


@pytest.mark.parametrize(
    ("quantifier", "operator", "found", "expected"),
    [
        ("ForAllValues", "StringEquals", ("a", "b"), True),
        ("ForAllValues", "StringEquals", ("a", "c"), False),
        ("ForAnyValue", "StringEquals", ("a", "c"), True),
        ("ForAnyValue", "StringEquals", ("c", "d"), False),
        ("ForAllValues", "StringNotEquals", ("c", "d"), True),
        ("ForAllValues", "StringNotEquals", ("a", "d"), False),
        ("ForAnyValue", "StringNotEquals", ("a", "d"), True),
        ("", "StringEquals", ("c", "b"), True),
        ("", "StringNotEquals", ("c", "b"), False),
    ],
)
def test_several_values_on_both_sides(quantifier, operator, found, expected):
    assert holds(quantifier, operator, False, ("a", "b"), found) is expected


@pytest.mark.parametrize(
    ("operator", "value", "readable"),
    [
        ("Bool", "yes", False),
        ("Null", "True", True),
        ("NumericLessThan", "many", False),
        ("DateLessThan", "soon", False),
        ("DateLessThan", "2026-01-01", True),
        ("IpAddress", "10.0.0.0/33", False),
        ("StringLike", "anything", True),
    ],
)
def test_what_a_policy_may_say(operator, value, readable):
    assert is_readable(operator, value) is readable


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=10))
def test_wildcards_match_as_the_same_regular_expression(pattern, text):
    expression = "".join({"*": ".*", "?": "."}.get(character, character) for character in pattern)
    assert like(text, pattern) is (re.fullmatch(expression, text, re.DOTALL) is not None)


def test_a_pattern_made_to_take_long_does_not():
    began = time.thread_time()
    assert not like("a" * 320, "*a" * 2000 + "b")
    assert time.thread_time() - began < 1
