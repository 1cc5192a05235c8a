"""Queueing what became of copies: which of them share an event, and who is asked before."""

from __future__ import annotations

from emulator.clock import real_time
from emulator.policy.suppression import ON_ACCOUNT_LIST
from emulator.post.events import Change, queue_changed
from emulator.sending_events import EventType
from emulator.values import Door, Envelope, OutboundMessage, Outcome, Scope

SCOPE = Scope("123456789012", "us-east-1")
AT = 1_774_519_201.5
UNKNOWN = "550 5.1.1 As requested: user unknown <{}>"


def copies(store, *recipients: str, message_id: str = "m-1", feedback_to: str = "a@b.example"):
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
    )
    with store.write() as writer:
        writer.add_outbound(message, len(recipients))
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
