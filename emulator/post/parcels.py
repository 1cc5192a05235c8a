"""What an event is for each of those who are told of it: the event destinations of its mail's configuration set, and
the topic of its mail's identity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from emulator.diagnostics import DELIVERY_SECONDS
from emulator.documents.configuration_sets import ConfigurationSet, EventDestination
from emulator.events.event import SNS_SUBJECT, as_text, configuration_set_event, detail_type, notification
from emulator.events.metrics import NAMESPACE, dimensions, metric_name
from emulator.policy import event_publishing
from emulator.post.event_channels import EventChannels
from emulator.sending_events import SendingEvent
from emulator.values import Identity, OutboundMessage


@dataclass(frozen=True, slots=True)
class Parcel:
    """One telling, in the words of ``Published``; ``hand_over`` does it, and raises ``ChannelError``."""

    channel: str
    target: str
    of: str
    body: str
    hand_over: Callable[[], None]


def to_destinations(
    channels: EventChannels,
    event: SendingEvent,
    message: OutboundMessage,
    used: ConfigurationSet | None,
    feedback_id: str,
) -> Iterator[Parcel]:
    """For each destination of the set that hears the event, in the set's order."""
    destinations = event_publishing.destinations(used, event.type)
    if used is None or not destinations:
        return
    longest = used.max_delivery_seconds or DELIVERY_SECONDS
    text = as_text(configuration_set_event(event, message, feedback_id, longest))
    for one in destinations:
        yield _to_destination(channels, event, message, used, one, text)


def to_topic(
    channels: EventChannels,
    event: SendingEvent,
    message: OutboundMessage,
    identity: Identity | None,
    feedback_id: str,
) -> Parcel | None:
    """None where the identity has no topic for the event."""
    topic = event_publishing.topic(identity, event.type)
    if identity is None or topic is None:
        return None
    text = as_text(notification(event, message, feedback_id, event_publishing.with_headers(identity, event.type)))
    # A topic is of its identity's region and account; another account's mail may rest on that.
    return Parcel("sns", topic, identity.name, text, partial(channels.sns, identity.scope, topic, text, None))


def _to_destination(
    channels: EventChannels,
    event: SendingEvent,
    message: OutboundMessage,
    used: ConfigurationSet,
    one: EventDestination,
    text: str,
) -> Parcel:
    scope, of = event.scope, f"{used.name}/{one.name}"
    if one.topic is not None:
        return Parcel("sns", one.topic, of, text, partial(channels.sns, scope, one.topic, text, SNS_SUBJECT))
    if one.stream is not None:
        return Parcel("firehose", one.stream, of, text, partial(channels.firehose, scope, one.stream, text.encode()))
    if one.bus is not None:
        resources = [f"arn:aws:ses:{scope.region}:{scope.account}:configuration-set/{used.name}"]
        put = partial(channels.event_bridge, scope, one.bus, detail_type(event.type), resources, text, event.at)
        return Parcel("eventbridge", one.bus, of, text, put)
    name, values = metric_name(event.type), dimensions(event, message, one.dimensions)
    shown = " ".join([name, *(f"{key}={value}" for key, value in values)])
    return Parcel("cloudwatch", NAMESPACE, of, shown, partial(channels.cloud_watch, scope, name, values, event.at))
