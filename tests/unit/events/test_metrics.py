"""metrics: what an event counts as in CloudWatch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator.documents.configuration_sets import Dimension
from emulator.events.metrics import dimensions, metric_name
from emulator.sending_events import EventType, Seen

Make = Callable[..., Any]


def test_metrics_have_the_names_of_events_without_blanks() -> None:
    assert [metric_name(type) for type in EventType] == [
        "Send",
        "Reject",
        "Bounce",
        "Complaint",
        "Delivery",
        "Open",
        "Click",
        "RenderingFailure",
        "DeliveryDelay",
        "Subscription",
    ]


def test_each_source_and_its_default(make_event: Make, make_message: Make) -> None:
    wanted = (
        Dimension("custom-tag", "MESSAGE_TAG", "none"),
        Dimension("ses:configuration-set", "MESSAGE_TAG", "none"),
        Dimension("ses:outgoing-ip", "MESSAGE_TAG", "none"),
        Dimension("other-tag", "MESSAGE_TAG", "none"),
        Dimension("mime-version", "EMAIL_HEADER", "none"),
        Dimension("X-Campaign", "EMAIL_HEADER", "none"),
        Dimension("custom-tag", "LINK_TAG", "no-link"),
    )
    assert dimensions(make_event(EventType.SEND), make_message(), wanted) == (
        ("custom-tag", "tag-value"),
        ("ses:configuration-set", "ConfigSet"),
        ("ses:outgoing-ip", "none"),
        ("other-tag", "none"),
        ("mime-version", "1.0"),
        ("X-Campaign", "none"),
        ("custom-tag", "no-link"),
    )
    assert dimensions(make_event(EventType.DELIVERY), make_message(), wanted[2:3]) == (
        ("ses:outgoing-ip", "54.240.8.86"),
    )


@pytest.mark.parametrize("value", ["", "   ", ":colon", "é", "a\nb", "x" * 257, "\x00", "\ud800", "a\n"])
def test_a_header_that_is_no_dimension_counts_under_the_default(
    make_event: Make, make_message: Make, value: str
) -> None:
    message = make_message(headers=(("X-Campaign", value),))
    wanted = (Dimension("X-Campaign", "EMAIL_HEADER", "none"),)
    assert dimensions(make_event(EventType.SEND), message, wanted) == (("X-Campaign", "none"),)


def test_the_first_of_several_counts(make_event: Make, make_message: Make) -> None:
    message = make_message(headers=(("X-Campaign", "one"), ("x-campaign", "two")))
    wanted = (Dimension("x-Campaign", "EMAIL_HEADER", "none"),)
    assert dimensions(make_event(EventType.SEND), message, wanted) == (("x-Campaign", "one"),)


def test_a_click_counts_under_its_links_tags(make_event: Make, make_message: Make) -> None:
    seen = Seen("", "192.0.2.9", "https://x.example/", (("place", "top"), ("place", "foot")))
    wanted = (Dimension("place", "LINK_TAG", "none"), Dimension("other", "LINK_TAG", "none"))
    event = make_event(EventType.CLICK, seen=seen)
    assert dimensions(event, make_message(), wanted) == (("place", "top"), ("other", "none"))
