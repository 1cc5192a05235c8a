"""What an event is for each of those who are told of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from emulator.documents.configuration_sets import ConfigurationSet, Dimension, EventDestination
from emulator.post.parcels import to_destinations, to_topic
from emulator.sending_events import EventType, SendingEvent
from emulator.values import Door, Envelope, Identity, IdentityKind, Notifications, OutboundMessage, Scope

SCOPE = Scope("123456789012", "eu-west-1")
ELSEWHERE = Scope("210987654321", "eu-west-1")
SEND = SendingEvent(EventType.SEND, "m", SCOPE, 1000.0, ("to@x.example",))
DELIVERY = replace(SEND, type=EventType.DELIVERY, replies=("250 Ok",))
MESSAGE = OutboundMessage(
    message_id="m",
    scope=SCOPE,
    accepted_at=999.0,
    door=Door.V2,
    operation="SendEmail",
    caller="AKIA",
    source="a@b.example",
    feedback_to="",
    envelope=Envelope("m@amazonses.com", ("to@x.example",), "54.240.8.19", "a8-19.smtp-out.amazonses.com"),
    data=b"Subject: s\r\n\r\nb\r\n",
    counted=1,
    configuration_set="s",
)


class Channels:
    """Keeps what it was handed: the name of the channel, and everything else."""

    def __init__(self) -> None:
        self.handed: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *given: self.handed.append((name, given))


@pytest.fixture
def channels() -> Channels:
    return Channels()


def used(*destinations: EventDestination) -> ConfigurationSet:
    return ConfigurationSet(scope=SCOPE, name="s", created_at=0.0, destinations=destinations)


def destination(name: str, **where: Any) -> EventDestination:
    return EventDestination(name, True, ("SEND",), **where)


def test_each_destination_gets_the_event_by_its_channel(channels):
    four = used(
        destination("one", topic="arn:topic"),
        destination("two", stream="arn:stream"),
        destination("three", bus="arn:bus"),
        destination("four", dimensions=(Dimension("kind", "MESSAGE_TAG", "none"),)),
    )
    parcels = list(to_destinations(channels, SEND, MESSAGE, four, "id"))
    assert [(one.channel, one.target, one.of) for one in parcels] == [
        ("sns", "arn:topic", "s/one"),
        ("firehose", "arn:stream", "s/two"),
        ("eventbridge", "arn:bus", "s/three"),
        ("cloudwatch", "AWS/SES", "s/four"),
    ]
    assert channels.handed == []
    for one in parcels:
        one.hand_over()
    text = parcels[0].body
    assert json.loads(text)["eventType"] == "Send"
    the_set = ["arn:aws:ses:eu-west-1:123456789012:configuration-set/s"]
    assert channels.handed == [
        ("sns", (SCOPE, "arn:topic", text, "Amazon SES Email Event Notification")),
        ("firehose", (SCOPE, "arn:stream", text.encode())),
        ("event_bridge", (SCOPE, "arn:bus", "Email Sent", the_set, text, 1000.0)),
        ("cloud_watch", (SCOPE, "Send", (("kind", "none"),), 1000.0)),
    ]
    assert parcels[3].body == "Send kind=none"


def test_who_did_not_ask_for_the_type_gets_nothing(channels):
    assert list(to_destinations(channels, DELIVERY, MESSAGE, used(destination("one", topic="arn:topic")), "id")) == []
    assert list(to_destinations(channels, SEND, MESSAGE, None, "id")) == []
    assert to_topic(channels, DELIVERY, MESSAGE, None, "id") is None
    identity = Identity(SCOPE, "b.example", IdentityKind.DOMAIN, 0.0, notifications=Notifications(bounce_topic="arn:b"))
    assert to_topic(channels, DELIVERY, MESSAGE, identity, "id") is None


def test_a_topic_of_an_identity_is_told_in_the_identitys_account_and_without_a_subject(channels):
    told = Notifications(delivery_topic="arn:topic", delivery_headers=True)
    parcel = to_topic(
        channels,
        DELIVERY,
        MESSAGE,
        Identity(ELSEWHERE, "b.example", IdentityKind.DOMAIN, 0.0, notifications=told),
        "id",
    )
    assert parcel is not None
    assert (parcel.channel, parcel.target, parcel.of) == ("sns", "arn:topic", "b.example")
    parcel.hand_over()
    assert channels.handed == [("sns", (ELSEWHERE, "arn:topic", parcel.body, None))]
    told_of = json.loads(parcel.body)
    assert told_of["notificationType"] == "Delivery"
    assert "headers" in told_of["mail"]
