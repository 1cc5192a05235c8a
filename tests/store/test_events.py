"""The queue of events: kept with their message, taken by one at a time, gone with whatever they were about."""

from __future__ import annotations

from dataclasses import replace

from emulator.sending_events import EventType, Preferences, Seen, SendingEvent, SubscriptionChange
from emulator.values import Outcome, Scope

LEASE = 30.0


def bounce(scope: Scope, message_id: str = "m1", **changes: object) -> SendingEvent:
    told, replies = ("to@example.org", "b@x.org"), ("550 5.1.1 ño", "550 no")
    event = SendingEvent(EventType.BOUNCE, message_id, scope, 1001.5, told, Outcome.BOUNCED, replies, "t")
    return replace(event, **changes)


def queue(store, message, *events: SendingEvent) -> None:
    with store.write() as writer:
        writer.add_outbound(message, 1)
        writer.queue_events(events)


def claim(store, owner: str, now: float, limit: int = 20) -> list[SendingEvent]:
    with store.write() as writer:
        return list(writer.claim_events(owner, now, LEASE, limit))


def unpublished(store) -> int:
    with store.read() as reader:
        return reader.unpublished()


def test_what_was_queued_is_claimed_in_that_order(store, scope, outbound_message):
    send = SendingEvent(EventType.SEND, "m1", scope, 1000.0, ("to@example.org",))
    queue(store, outbound_message(), send, bounce(scope))
    first, second = claim(store, "a", 5.0)
    assert (replace(first, id=0), replace(second, id=0)) == (send, bounce(scope))
    assert 0 < first.id < second.id


def test_who_opened_a_mail_is_kept_with_the_event(store, scope, outbound_message):
    seen = Seen("Mozilla/5.0 \x00 \xe9", "::1", "https://x.example/?a=b", (("k", "v"), ("k", "w")))
    click = SendingEvent(EventType.CLICK, "m1", scope, 1000.0, ("to@example.org",), seen=seen)
    queue(store, outbound_message(), click)
    (found,) = claim(store, "a", 5.0)
    assert replace(found, id=0) == click


def test_what_a_contact_changed_is_kept_with_the_event(store, scope, outbound_message):
    said = Preferences(False, (("daily", "OPT_IN"), ("offers", "OPT_OUT")))
    change = SubscriptionChange("news", said, replace(said, unsubscribe_all=True))
    left = SendingEvent(EventType.SUBSCRIPTION, "m1", scope, 1000.0, ("to@example.org",), subscription=change)
    queue(store, outbound_message(), left)
    (found,) = claim(store, "a", 5.0)
    assert replace(found, id=0) == left


def test_nobody_else_gets_what_is_held_until_the_lease_is_over(store, scope, outbound_message):
    queue(store, outbound_message(), bounce(scope), bounce(scope))
    assert len(claim(store, "a", 5.0, limit=1)) == 1
    assert len(claim(store, "b", 5.0)) == 1
    assert claim(store, "c", 5.0 + LEASE) == []
    assert len(claim(store, "c", 5.1 + LEASE)) == 2


def test_what_is_given_back_anybody_gets_at_once(store, scope, outbound_message):
    queue(store, outbound_message(), bounce(scope), bounce(scope))
    _, second = claim(store, "a", 5.0)
    with store.write() as writer:
        writer.release_events([second.id])
        writer.release_events([])
    assert [one.id for one in claim(store, "b", 5.0)] == [second.id]


def test_an_event_is_ended_once(store, scope, outbound_message):
    queue(store, outbound_message(), bounce(scope))
    (event,) = claim(store, "a", 5.0)
    assert unpublished(store) == 1
    with store.write() as writer:
        assert writer.end_event(event.id)
        assert not writer.end_event(event.id)
    assert unpublished(store) == 0


def test_events_go_with_their_message(store, scope, outbound_message):
    other = Scope("999999999999", scope.region)
    queue(store, outbound_message(), bounce(scope))
    queue(store, outbound_message("m2", scope=other), bounce(other, "m2"))
    with store.write() as writer:
        writer.forget(scope)
    (left,) = claim(store, "a", 5.0)
    assert (left.message_id, left.scope) == ("m2", other)
    with store.write() as writer:
        writer.forget()
    assert unpublished(store) == 0


def test_a_transaction_that_fails_queues_nothing(store, scope, outbound_message):
    try:
        with store.write() as writer:
            writer.add_outbound(outbound_message(), 1)
            writer.queue_events([bounce(scope)])
            raise KeyError
    except KeyError:
        pass
    assert unpublished(store) == 0


def test_what_events_tell_of_a_mail_is_kept_with_it(store, outbound_message):
    headers = (("From", "a@x.org"), ("Subject", "Drift \ud800 ice"), ("X-Own", "ÅNGSTRÖM\x00"))
    destination = ("Ann Ýr <to@example.org>",)
    message = outbound_message(source_ip="10.0.0.7", headers=headers, destination=destination, in_statistics=False)
    with store.write() as writer:
        writer.add_outbound(message, 1)
    with store.read() as reader:
        assert reader.outbound("m1") == message


def test_postponing_says_whether_there_was_anything_to_postpone(store, outbound_message):
    with store.write() as writer:
        writer.add_outbound(outbound_message(), 1)
        assert writer.postpone("m1", "to@example.org", "451", 0.0)
        writer.settle("m1", "to@example.org", Outcome.DELIVERED, "250", 1.0)
        assert not writer.postpone("m1", "to@example.org", "451", 0.0)
        assert not writer.postpone("m7", "to@example.org", "451", 0.0)
