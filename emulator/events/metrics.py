"""Events in CloudWatch: the metric and its dimensions; every event counts 1 in namespace AWS/SES.

Source: reference events-and-api.md 3.4 (names; dimensions by value source and default). Decided: a header's value that
CloudWatch takes for no dimension (not ASCII, blank, over 256 characters) counts under the default, as does a tag that
the event does not have. Of a field or tag with several values the first counts. Only clicks have link tags: of other
events a LINK_TAG has its default.
"""

from __future__ import annotations

import re

from emulator.documents.configuration_sets import Dimension
from emulator.events.tags import all_tags
from emulator.sending_events import EventType, SendingEvent
from emulator.values import OutboundMessage

NAMESPACE = "AWS/SES"

_NAMES = {
    EventType.SEND: "Send",
    EventType.REJECT: "Reject",
    EventType.BOUNCE: "Bounce",
    EventType.COMPLAINT: "Complaint",
    EventType.DELIVERY: "Delivery",
    EventType.OPEN: "Open",
    EventType.CLICK: "Click",
    EventType.RENDERING_FAILURE: "RenderingFailure",
    EventType.DELIVERY_DELAY: "DeliveryDelay",
    EventType.SUBSCRIPTION: "Subscription",
}
# Printable, with something to see, and no colon in front.
_DIMENSION_VALUE = re.compile(r"(?! *\Z)(?!:)[ -~]{1,256}")


def metric_name(type: EventType) -> str:
    """Without the blank that the event's own name may have (observed)."""
    return _NAMES[type]


def dimensions(
    event: SendingEvent, message: OutboundMessage, wanted: tuple[Dimension, ...]
) -> tuple[tuple[str, str], ...]:
    """Name and value of each dimension of the destination, in its order."""
    tags = all_tags(event, message)
    headers: dict[str, str] = {}
    for name, value in message.headers:
        headers.setdefault(name.lower(), value)
    link_tags: dict[str, str] = {}
    for name, value in event.seen.link_tags if event.seen is not None else ():
        link_tags.setdefault(name, value)
    return tuple([(one.name, _value(one, tags, headers, link_tags)) for one in wanted])


def _value(dimension: Dimension, tags: dict[str, list[str]], headers: dict[str, str], link_tags: dict[str, str]) -> str:
    found = ""
    if dimension.source == "MESSAGE_TAG":
        found = tags.get(dimension.name, [""])[0]
    elif dimension.source == "EMAIL_HEADER":
        found = headers.get(dimension.name.lower(), "")
    elif dimension.source == "LINK_TAG":
        found = link_tags.get(dimension.name, "")
    return found if _DIMENSION_VALUE.fullmatch(found) else dimension.default
