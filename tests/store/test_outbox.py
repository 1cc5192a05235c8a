"""Accepted messages, the window of 24 hours, and the queue."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import psycopg
import pytest

from emulator.store.ports import DeliveryState, SendCounts
from emulator.values import Account, Outcome, Scope


def add(store, *messages, start=0):
    with store.write() as writer:
        for number, message in enumerate(messages, start + 1):
            writer.add_outbound(message, number)


def claim(store, now=5000.0, lease=5.0, limit=100, owner="w"):
    with store.write() as writer:
        return list(writer.claim(owner, now, lease, limit))


def test_a_message_comes_back_as_it_was_added(store, outbound_message):
    message = outbound_message("m1", "a@x.org", "b@x.org", data=bytes(range(256)) * 40, source="\udcff\x00")
    add(store, message)
    with store.read() as reader:
        found = reader.outbound("m1")
        assert found == replace(message, source="\ufffd\ufffd")
        assert reader.outbound("m2") is None
        assert reader.deliveries("m1") == [
            DeliveryState(recipient, Outcome.QUEUED, "", 0, None) for recipient in ("a@x.org", "b@x.org")
        ]
        assert reader.deliveries("m2") == []


def test_a_recipient_named_twice_is_one_delivery(store, outbound_message):
    message = outbound_message("m1", "a@x.org", "b@x.org", "a@x.org")
    add(store, message)
    with store.read() as reader:
        assert [one.recipient for one in reader.deliveries("m1")] == ["a@x.org", "b@x.org"]
        assert reader.undelivered() == 2
        assert reader.outbound("m1") == message


def test_a_message_id_cannot_be_added_twice(store, outbound_message):
    add(store, outbound_message())
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.UniqueViolation)):
        add(store, outbound_message())
    with store.read() as reader:
        assert reader.undelivered() == 1


def test_sent_before_is_the_total_after_the_last_message_up_to_the_instant(store, scope, outbound_message):
    other = replace(scope, region="us-east-1")
    with store.write() as writer:
        writer.add_outbound(outbound_message("a", accepted_at=100.0), 1)
        writer.add_outbound(outbound_message("b", accepted_at=200.0), 51)
        writer.add_outbound(outbound_message("c", accepted_at=200.0), 53)
        writer.add_outbound(outbound_message("d", accepted_at=150.0, scope=other), 7)
    with store.read() as reader:
        assert [reader.sent_before(scope, at) for at in (99.9, 100.0, 199.9, 200.0, 1e9)] == [0, 1, 1, 53, 53]
        assert reader.sent_before(other, 1e9) == 7
        assert reader.sent_before(Scope("999999999999", "us-east-1"), 1e9) == 0


def test_after_the_clock_was_turned_back_the_window_stays_exact(store, scope, outbound_message):
    with store.write() as writer:
        writer.save_account(Account(scope, sent_total=3, bucket_at=900.0))
        for number, at in enumerate((100.0, 500.0, 900.0), 1):
            writer.add_outbound(outbound_message(f"m{number}", accepted_at=at), number)
        writer.pull_back(400.0)
    with store.read() as reader:
        assert [reader.sent_before(scope, at) for at in (100.0, 399.9, 400.0)] == [1, 1, 3]
        account = reader.account(scope)
        assert account is not None
        assert account.bucket_at == 400.0


def test_statistics_are_points_of_fifteen_minutes(store, scope, outbound_message):
    add(
        store,
        outbound_message("m1", "a@x.org", "b@x.org", accepted_at=1799.9),
        outbound_message("m2", "a@x.org", accepted_at=900.0),
        outbound_message("m3", "a@x.org", "b@x.org", "c@x.org", accepted_at=3600.0),
        outbound_message("m4", "a@x.org", "b@x.org", accepted_at=3700.0),
        outbound_message("old", accepted_at=899.9),
        outbound_message("elsewhere", accepted_at=900.0, scope=replace(scope, region="us-east-1")),
    )
    with store.write() as writer:
        writer.settle("m1", "a@x.org", Outcome.BOUNCED, "550", 1.0)
        writer.settle("m2", "a@x.org", Outcome.DELIVERED, "250", 1.0)
        writer.settle("m3", "a@x.org", Outcome.COMPLAINED, "250", 1.0)
        writer.settle("m3", "b@x.org", Outcome.BOUNCED, "550", 1.0)
        writer.settle("m3", "c@x.org", Outcome.BOUNCED, "550", 1.0)
        writer.settle("m4", "a@x.org", Outcome.REJECTED, "Bad content", 1.0)
        writer.settle("m4", "b@x.org", Outcome.REJECTED, "Bad content", 1.0)
        writer.settle("old", "to@example.org", Outcome.BOUNCED, "550", 1.0)
    with store.read() as reader:
        assert reader.send_counts(scope, 900.0) == [SendCounts(900.0, 3, 1, 0, 0), SendCounts(3600.0, 5, 2, 1, 2)]
        assert reader.send_counts(scope, 4000.0) == []


def test_ses_own_mail_is_in_no_statistic(store, scope, outbound_message):
    own = replace(outbound_message("own", accepted_at=900.0), in_statistics=False)
    add(store, own, outbound_message("mine", "b@x.org", "a@x.org", accepted_at=950.0))
    with store.write() as writer:
        writer.settle("own", own.recipients[0], Outcome.BOUNCED, "550", 1.0)
        writer.settle("mine", "a@x.org", Outcome.BOUNCED, "550", 960.0)
    with store.read() as reader:
        assert reader.send_counts(scope, 900.0) == [SendCounts(900.0, 2, 1, 0, 0)]
        told = [
            (one.message_id, one.recipient, one.outcome, one.updated_at) for one in reader.sent(scope, 900.0, 951.0)
        ]
        assert told == [
            ("mine", "a@x.org", Outcome.BOUNCED, 960.0),
            ("mine", "b@x.org", Outcome.QUEUED, None),
        ]
        assert reader.sent(scope, 900.0, 950.0) == []
        assert reader.sent(replace(scope, region="nowhere"), 0.0, 1e12) == []


def test_a_claim_brings_what_delivery_needs_in_the_order_of_acceptance(store, scope, outbound_message):
    later_by_clock = outbound_message("z-first", "a@x.org", "b@x.org", accepted_at=9000.0)
    add(store, later_by_clock, outbound_message("a-second", "c@x.org", accepted_at=1.0))
    claimed = claim(store)
    assert [(one.message_id, one.recipient) for one in claimed] == [
        ("z-first", "a@x.org"), ("z-first", "b@x.org"), ("a-second", "c@x.org"),
    ]  # fmt: skip
    one = claimed[0]
    assert (one.scope, one.data, one.attempts) == (scope, later_by_clock.data, 0)
    assert (one.mail_from, one.client_ip, one.helo) == (
        "z-first@mail.abashiri.domain", "23.251.234.1", "e234-1.smtp-out",
    )  # fmt: skip
    assert claimed[0].data is claimed[1].data


def test_what_is_claimed_is_nobody_elses_until_the_lease_is_over(store, outbound_message):
    add(store, outbound_message("m1", "a@x.org", "b@x.org", "c@x.org"))
    assert [one.recipient for one in claim(store, now=100.0, limit=2)] == ["a@x.org", "b@x.org"]
    assert [one.recipient for one in claim(store, now=104.0, limit=2)] == ["c@x.org"]
    assert claim(store, now=105.0) == []
    assert [one.recipient for one in claim(store, now=105.1)] == ["a@x.org", "b@x.org"]
    with store.read() as reader:
        assert reader.undelivered() == 3


def test_settling_ends_a_delivery_once(store, outbound_message):
    add(store, outbound_message("m1", "a@x.org", "b@x.org"))
    claim(store)
    with store.write() as writer:
        assert writer.settle("m1", "a@x.org", Outcome.DELIVERED, "250 Ok\x00", 77.0)
        assert not writer.settle("m1", "a@x.org", Outcome.BOUNCED, "550", 78.0)
        writer.postpone("m1", "a@x.org", "451", 0.0)
        assert not writer.settle("m1", "nobody@x.org", Outcome.BOUNCED, "550", 78.0)
        assert not writer.settle("forgotten", "a@x.org", Outcome.BOUNCED, "550", 78.0)
    with store.read() as reader:
        assert reader.deliveries("m1") == [
            DeliveryState("a@x.org", Outcome.DELIVERED, "250 Ok\ufffd", 1, 77.0),
            DeliveryState("b@x.org", Outcome.QUEUED, "", 0, None),
        ]
        assert reader.undelivered() == 1
    assert [one.recipient for one in claim(store, now=1e9)] == ["b@x.org"]


def test_a_postponed_copy_comes_again_when_it_is_due(store, outbound_message):
    add(store, outbound_message("m1", "a@x.org"), outbound_message("m2", "b@x.org"))
    assert len(claim(store, now=100.0)) == 2
    with store.write() as writer:
        writer.postpone("m1", "a@x.org", "451 4.4.2 later", 130.0)
    assert claim(store, now=101.0) == []
    with store.read() as reader:
        assert reader.deliveries("m1") == [DeliveryState("a@x.org", Outcome.QUEUED, "451 4.4.2 later", 1, None)]
        assert reader.undelivered() == 2
    (again,) = claim(store, now=130.0, lease=1000.0)
    assert (again.message_id, again.attempts) == ("m1", 1)


def test_a_claim_does_not_fill_the_memory(store, outbound_message):
    huge = b"x" * (9 * 1024 * 1024)
    add(
        store,
        outbound_message("m1", "a@x.org", "b@x.org", data=huge),
        outbound_message("m2", data=huge),
        outbound_message("m3", data=huge * 2),
        outbound_message("m4"),
    )
    batches = [[one.message_id for one in claim(store)] for _ in range(4)]
    assert batches == [["m1", "m1"], ["m2"], ["m3"], ["m4"]]
