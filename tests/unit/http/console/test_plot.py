"""The plot of sends: every point is in it once, in its place, and nothing stands outside of the box."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.http.console.plot import HEIGHT, POINT, SPANS, WIDTH, first_instant, plot, span_named
from emulator.store.ports import SendCounts

NOW = 1_780_000_123.0


def point(age: float, sent: int, bounced: int = 0, complained: int = 0) -> SendCounts:
    return SendCounts((NOW - age) // POINT * POINT, sent, bounced, complained, 0)


points = st.lists(
    st.tuples(st.integers(0, 100_000), st.integers(0, 50), st.integers(0, 50)).flatmap(
        lambda counts: st.builds(
            lambda age: point(age, sum(counts), counts[1], counts[2]), st.floats(0, 14 * 86400 - 14400)
        )
    ),
    max_size=40,
)


@given(points, st.sampled_from(SPANS))
def test_nothing_is_lost_and_nothing_stands_out(given_points, span):
    made = plot(given_points, span, NOW)
    inside = [one for one in given_points if one.at >= first_instant(span, NOW)]
    assert made.sent == sum(one.delivery_attempts for one in inside)
    assert made.bounced == sum(one.bounces for one in inside)
    assert made.complained == sum(one.complaints for one in inside)
    for bar in made.bars:
        assert bar.sent <= made.top
        for box in bar.boxes:
            assert box.x >= 0
            assert box.x + box.width <= WIDTH
            assert box.y >= -0.02
            assert box.y + box.height <= HEIGHT + 0.02
    assert all(0 <= mark.place <= 95 for mark in made.instants)


@pytest.mark.parametrize("span", SPANS)
def test_now_is_in_the_last_bar_and_the_oldest_point_in_the_first(span):
    begin = first_instant(span, NOW)
    assert begin + span.seconds - span.step <= NOW < begin + span.seconds
    made = plot([SendCounts(begin, 1, 0, 0, 0), SendCounts(begin - POINT, 9, 0, 0, 0), point(0, 2)], span, NOW)
    assert [bar.sent for bar in made.bars] == [1, 2]
    assert made.bars[0].boxes[0].x < WIDTH / 50
    assert made.bars[1].boxes[0].x > WIDTH * 0.97


def test_a_bar_stands_on_the_ground_with_bounces_below():
    (bar,) = plot([point(0, 10, 2, 3)], SPANS[0], NOW).bars
    assert [(box.kind, box.height) for box in bar.boxes] == [("bounce", 48), ("complaint", 72), ("sent", 120)]
    assert bar.boxes[0].y + bar.boxes[0].height == HEIGHT
    assert bar.boxes[2].y == 0


@pytest.mark.parametrize(("most", "top"), [(0, 2), (1, 2), (3, 4), (5, 10), (11, 20), (21, 40), (41, 100), (101, 200)])
def test_the_scale_ends_at_a_round_number(most, top):
    assert plot([point(0, most)], SPANS[0], NOW).top == top


def test_an_unknown_span_is_the_first():
    assert span_named("week").seconds == 7 * 86400
    assert span_named("decade") is span_named(None) is SPANS[0]
