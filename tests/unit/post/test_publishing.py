"""Publishing with channels that do as a test says: what one event does to those behind it, and what is told twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from emulator.clock import Clock, real_time
from emulator.documents.configuration_sets import ConfigurationSet, EventDestination
from emulator.post import publishing
from emulator.post.event_channels import ChannelError
from emulator.post.keyring import Keyring
from emulator.post.published import PublishedLog
from emulator.post.publishing import Publisher
from emulator.sending_events import EventType, SendingEvent
from emulator.values import Door, Envelope, Identity, IdentityKind, Notifications, OutboundMessage, Outcome, Scope

SCOPE = Scope("123456789012", "us-east-1")
NAME = "b.example"
ARN = f"arn:aws:ses:us-east-1:{SCOPE.account}:identity/{NAME}"
TOPIC = f"arn:aws:sns:us-east-1:{SCOPE.account}:told"


class Channels:
    """``at_sns`` is called with the topic of each message; what it raises is the channel's."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.texts: list[str] = []
        self.at_sns: Callable[[str], None] = lambda topic: None

    def sns(self, scope: Scope, topic: str, text: str, subject: str | None) -> None:
        self.texts.append(text)
        self.at_sns(topic)
        self.told.append(topic)


@pytest.fixture(scope="module")
def keyring() -> Keyring:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")
    return Keyring(lambda: pem, "secret")


@pytest.fixture
def channels() -> Channels:
    return Channels()


@pytest.fixture
def log() -> PublishedLog:
    return PublishedLog()


@pytest.fixture
def publisher(store, keyring, channels, log) -> Publisher:
    """Not started: the test's own thread publishes, so that nothing happens meanwhile."""
    return Publisher(store, Clock(), channels, keyring, log, "test", lambda: 0.0, lambda: None)


def event(name: str, type: EventType = EventType.SEND, **more: Any) -> SendingEvent:
    return SendingEvent(type, name, SCOPE, 1000.0, ("to@x.example",), **more)


def bounced(name: str) -> SendingEvent:
    return event(name, EventType.BOUNCE, outcome=Outcome.BOUNCED, replies=("550 5.1.1 unknown",))


def queue(store, *names: str, make: Callable[[str], SendingEvent] = event, **changes: Any) -> None:
    """A mail for each name, sent with a set that tells the topic of that name; and an event of each."""
    with store.write() as writer:
        for name in names:
            destination = EventDestination("d", True, ("SEND",), topic=name)
            writer.save_document(ConfigurationSet(scope=SCOPE, name=name, created_at=0.0, destinations=(destination,)))
            message = {
                "message_id": name,
                "scope": SCOPE,
                "accepted_at": 999.0,
                "door": Door.V1,
                "operation": "SendEmail",
                "caller": "test",
                "source": "a@b.example",
                "feedback_to": "",
                "envelope": Envelope("x@amazonses.com", ("to@x.example",), "54.240.8.19", "a8-19.smtp-out"),
                "data": b"Subject: s\r\n\r\nb\r\n",
                "counted": 1,
                "configuration_set": name,
            }
            writer.add_outbound(OutboundMessage(**message | changes), 1)
        writer.queue_events([make(name) for name in names])


def identity(store, **topics: Any) -> None:
    with store.write() as writer:
        told = Notifications(**topics)
        writer.save_identity(Identity(SCOPE, NAME, IdentityKind.DOMAIN, 0.0, notifications=told))


def waiting(store) -> int:
    with store.read() as reader:
        return int(reader.unpublished())


def test_an_event_that_cannot_be_told_does_not_keep_back_those_behind_it(store, publisher, channels, caplog):
    def fail(topic: str) -> None:
        if topic == "poison":
            raise OverflowError("no channel raises this")

    channels.at_sns = fail
    queue(store, "poison", "one", "two")
    assert publisher._round()
    assert channels.told == ["one", "two"]
    assert waiting(store) == 1
    assert "SEND of poison was not published" in caplog.text


def test_what_waits_behind_a_slow_destination_is_given_back(store, publisher, channels, monkeypatch):
    """Another process takes it then, and not both when the lease is over."""
    now = [0.0]

    def slow(topic: str) -> None:
        now[0] += publishing._HELD

    monkeypatch.setattr(publishing, "monotonic", lambda: now[0])
    channels.at_sns = slow
    queue(store, "one", "two", "three")
    assert publisher._round()
    assert channels.told == ["one"]
    with store.write() as writer:
        assert [one.message_id for one in writer.claim_events("another", real_time(), 30.0, 20)] == ["two", "three"]


def test_what_stopping_leaves_can_be_told_at_once_by_whoever_comes_next(store, publisher, channels):
    channels.at_sns = lambda topic: publisher.stop()
    queue(store, "one", "two", "three")
    assert publisher._round()
    assert channels.told == ["one"]
    with store.write() as writer:
        assert [one.message_id for one in writer.claim_events("next", real_time(), 30.0, 20)] == ["two", "three"]


def test_a_topic_that_is_gone_is_taken_from_its_identity_and_the_bounce_is_mailed(store, publisher, channels, log):
    def gone(topic: str) -> None:
        raise ChannelError("it is gone", gone=True)

    channels.at_sns = gone
    identity(store, bounce_topic=TOPIC, complaint_topic=TOPIC, delivery_topic=TOPIC, forwarding=False)
    queue(store, "m", make=bounced, source_arn=ARN, feedback_to="a@b.example")
    assert publisher._round()
    with store.read() as reader:
        (left,) = reader.identities(SCOPE, (NAME,))
        assert reader.undelivered() == 2
    assert left.notifications == Notifications(
        forwarding=True, bounce_topic=None, complaint_topic=TOPIC, delivery_topic=TOPIC
    )
    assert [(one.channel, one.target, one.failure) for one in reversed(log.recent(10))] == [
        ("sns", TOPIC, "it is gone"),
        ("email", "a@b.example", ""),
    ]


def test_a_topic_whose_subscriber_fails_stays(store, publisher, channels, log):
    def failing(topic: str) -> None:
        raise ChannelError("a subscriber is away")

    channels.at_sns = failing
    identity(store, bounce_topic=TOPIC, complaint_topic=TOPIC, forwarding=False)
    queue(store, "m", make=bounced, source_arn=ARN, feedback_to="a@b.example")
    assert publisher._round()
    with store.read() as reader:
        (left,) = reader.identities(SCOPE, (NAME,))
        assert reader.undelivered() == 1
    assert left.notifications.bounce_topic == TOPIC
    assert [one.failure for one in log.recent(10)] == ["a subscriber is away"]


def test_who_sees_that_nothing_waits_sees_in_the_log_what_was_mailed(store, publisher, log, monkeypatch):
    waited: list[int] = []
    monkeypatch.setattr(log, "note", lambda **_: waited.append(waiting(store)))
    queue(store, "m", make=bounced, source_arn=ARN, feedback_to="a@b.example")
    identity(store)
    assert publisher._round()
    assert (waited, waiting(store)) == ([1], 0)


@pytest.mark.parametrize("ended_elsewhere", [True, False])
def test_an_event_told_twice_is_mailed_once(store, publisher, channels, ended_elsewhere):
    """The lease was over while its channel was slow: two told it, and the second to end it does no more."""

    def meanwhile(topic: str) -> None:
        with store.write() as writer:
            assert not ended_elsewhere or writer.end_event(1)

    channels.at_sns = meanwhile
    identity(store, bounce_topic=TOPIC)
    queue(store, "m", make=bounced, source_arn=ARN, feedback_to="a@b.example")
    assert publisher._round()
    assert channels.told == [TOPIC]
    with store.read() as reader:
        assert reader.undelivered() == (1 if ended_elsewhere else 2)


def test_an_event_in_hand_at_a_reset_is_not_in_the_log_afterwards(store, publisher, channels, log):
    def reset(topic: str) -> None:
        with store.write() as writer:
            writer.forget()
        log.clear()

    channels.at_sns = reset
    queue(store, "one", "two")
    assert publisher._round()
    assert channels.told == ["one"]
    assert log.recent(10) == []


def test_an_event_that_is_told_again_says_the_same(store, publisher, channels):
    """Whoever was told twice knows it by the feedbackId."""

    def fail(topic: str) -> None:
        if len(channels.texts) == 1:
            raise OverflowError("no channel raises this")

    channels.at_sns = fail
    identity(store, bounce_topic=TOPIC)
    queue(store, "m", make=bounced, source_arn=ARN, feedback_to="a@b.example")
    assert publisher._round()
    assert not publisher._round()
    with store.write() as writer:
        writer.release_events([1])
    assert publisher._round()
    first, again = channels.texts
    assert first == again
    assert '"feedbackId":"0100' in first
