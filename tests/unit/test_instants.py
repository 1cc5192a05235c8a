"""Instants as mail and events write them."""

from __future__ import annotations

from emulator.clock import LAST_INSTANT
from emulator.instants import date_value, timestamp


def test_a_date_field_has_the_day_without_a_leading_zero() -> None:
    assert date_value(1759421194.9) == "Thu, 2 Oct 2025 16:06:34 +0000"


def test_a_timestamp_has_three_digits_of_a_second() -> None:
    assert timestamp(1774519201.0) == "2026-03-26T10:00:01.000Z"
    assert timestamp(1774519201.0421) == "2026-03-26T10:00:01.042Z"


def test_later_than_any_calendar_is_its_end() -> None:
    assert timestamp(LAST_INSTANT * 2) == "9999-12-31T23:59:59.000Z"
    assert date_value(LAST_INSTANT * 2) == "Fri, 31 Dec 9999 23:59:59 +0000"
