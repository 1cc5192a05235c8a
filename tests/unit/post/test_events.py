"""Queueing what became of copies: which of them share an event, and who is asked before."""

from __future__ import annotations

from emulator.clock import real_time
from emulator.diagnostics import ON_ACCOUNT_LIST
from emulator.documents.configuration_sets import ConfigurationSet, EventDestination
from emulator.post.events import Change, queue_changed, queue_subscription
from emulator.sending_events import EventType, Preferences, SubscriptionChange
from emulator.values import Door, Envelope, OutboundMessage, Outcome, Scope

SCOPE = Scope("123456789012", "us-east-1")
AT = 1_774_519_201.5
UNKNOWN = "550 5.1.1 As requested: user unknown <{}>"


def sent(store, *recipients: str, message_id: str = "m-1", feedback_to: str = "a@b.example", used: str | None = None):
    message = OutboundMessage(
        message_id=message_id,
        scope=SCOPE,
        accepted_at=AT - 1.5,
        door=Door.V1,
        operation="SendEmail",
        caller="test",
        source="a@b.example",
        feedback_to=feedback_to,
        envelope=Envelope(f"{message_id}@amazonses.com", recipients, "54.240.8.19", "a8-19.smtp-out.amazonses.com"),
        data=b"Subject: x\r\n\r\n",
        counted=len(recipients),
        configuration_set=used,
    )
    with store.write() as writer:
        writer.add_outbound(message, len(recipients))


def copies(store, *recipients: str, **more: str):
    sent(store, *recipients, **more)
    with store.write() as writer:
        return writer.claim("test", real_time(), 5.0, 20)


def queued(store, *changes: Change):
    with store.write() as writer:
        heard = queue_changed(writer, changes, AT)
        events = writer.claim_events("test", 5.0, 5.0, 20)
    assert heard is bool(events)
    return events


def test_bounces_of_one_message_share_an_event_with_the_reply_of_each(store):
    one, other, listed, full = copies(store, "a@x", "b@x", "c@x", "d@x")
    bounce, suppressed, late = queued(
        store,
        Change(one, Outcome.BOUNCED, UNKNOWN.format("a@x")),
        Change(listed, Outcome.SUPPRESSED, ON_ACCOUNT_LIST),
        Change(other, Outcome.BOUNCED, UNKNOWN.format("b@x")),
        Change(full, Outcome.BOUNCED, "552 5.2.2 mailbox full"),
    )
    assert (bounce.type, bounce.at, bounce.outcome) == (EventType.BOUNCE, AT, Outcome.BOUNCED)
    assert bounce.recipients == ("a@x", "b@x")
    assert bounce.replies == (UNKNOWN.format("a@x"), UNKNOWN.format("b@x"))
    assert (suppressed.recipients, suppressed.replies) == (("c@x",), (ON_ACCOUNT_LIST,))
    assert (late.recipients, late.replies) == (("d@x",), ("552 5.2.2 mailbox full",))


def test_messages_share_nothing(store):
    (one,) = copies(store, "a@x")
    (other,) = copies(store, "a@x", message_id="m-2")
    events = queued(store, *(Change(copy, Outcome.BOUNCED, "550 5.1.1 no") for copy in (one, other)))
    assert [event.message_id for event in events] == ["m-1", "m-2"]


def test_where_nobody_hears_it_nothing_is_queued(store):
    (copy,) = copies(store, "a@x", feedback_to="")
    assert queued(store, Change(copy, Outcome.BOUNCED, "550 5.1.1 no"), Change(copy, Outcome.QUEUED, "451")) == []


STAYS, LEAVES = Preferences(False, ()), Preferences(True, ())
LEFT = SubscriptionChange("news", STAYS, LEAVES)


def keep_set(store, *types: str, enabled: bool = True) -> None:
    destination = EventDestination("d", enabled, types, topic="arn:aws:sns:us-east-1:123456789012:t")
    with store.write() as writer:
        writer.save_document(
            ConfigurationSet(scope=SCOPE, name="set", created_at=0, updated_at=0, destinations=(destination,))
        )


def left(store, message_id: str = "m-1"):
    with store.write() as writer:
        heard = queue_subscription(writer, message_id, LEFT, AT)
        events = writer.claim_events("test", 5.0, 5.0, 20)
    assert heard is bool(events)
    return events


def test_who_leaves_a_list_is_told_with_the_mail_that_had_the_link(store):
    keep_set(store, "SUBSCRIPTION")
    sent(store, "a@x", used="set")
    (event,) = left(store)
    assert (event.type, event.message_id, event.at) == (EventType.SUBSCRIPTION, "m-1", AT)
    assert (event.recipients, event.subscription) == (("a@x",), LEFT)


def test_leaving_is_told_to_nobody_who_did_not_ask_or_of_a_mail_that_is_gone(store):
    sent(store, "a@x", used="set")
    sent(store, "a@x", message_id="m-2")
    assert left(store) == []
    keep_set(store, "SEND", "DELIVERY")
    assert left(store) == []
    keep_set(store, "SUBSCRIPTION", enabled=False)
    assert left(store) == []
    keep_set(store, "SUBSCRIPTION")
    assert left(store, "m-2") == []
    assert left(store, "gone") == []
    assert left(store, "") == []
