"""The queue of received mail: whole, taken by one at a time, gone with its account. And who receives at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulator.documents.receipt import ReceiptRuleSet
from emulator.documents.receiving import RECEIVING, Receiving
from emulator.incoming import IncomingMail, WaitingMail
from emulator.store.ports import MessageFilter
from emulator.values import Scope

LEASE = 30.0
OTHER = Scope("999999999999", "us-east-1")
OTHER_REGION = Scope("999999999999", "eu-west-1")


@pytest.fixture
def inbound(scope, captured_mail):
    came = captured_mail()

    def make(message_id: str = "i1", of: Scope = scope) -> WaitingMail:
        mail = IncomingMail(message_id, of, 5.5, came.envelope, came.verdict)
        return WaitingMail(mail, ("ä@x.org", "b@x.org"), b"\x00\xff.\r\n")

    return make


def queue(store, *mails: WaitingMail) -> None:
    with store.write() as writer:
        writer.queue_inbound(mails)


def claim(store, owner: str, now: float) -> WaitingMail | None:
    with store.write() as writer:
        return writer.claim_inbound(owner, now, LEASE)


def waiting(store) -> int:
    with store.read() as reader:
        return reader.waiting_inbound()


def test_what_was_queued_is_claimed_whole_and_in_that_order(store, inbound):
    queue(store, inbound(), inbound("i2", OTHER))
    first, second = claim(store, "a", 1.0), claim(store, "a", 1.0)
    assert first is not None
    assert second is not None
    assert (replace(first, id=0), replace(second, id=0)) == (inbound(), inbound("i2", OTHER))
    assert claim(store, "a", 1.0) is None


def test_nobody_else_gets_what_is_held_until_the_lease_is_over(store, inbound):
    queue(store, inbound())
    assert claim(store, "a", 5.0) is not None
    assert claim(store, "b", 5.0 + LEASE) is None
    assert claim(store, "b", 5.1 + LEASE) is not None


def test_a_mail_is_ended_once(store, inbound):
    queue(store, inbound())
    mail = claim(store, "a", 5.0)
    assert mail is not None
    assert waiting(store) == 1
    with store.write() as writer:
        assert writer.end_inbound(mail.id)
        assert not writer.end_inbound(mail.id)
    assert waiting(store) == 0


def test_a_mail_goes_with_its_account_and_not_with_the_inbox(store, scope, inbound, captured_mail):
    queue(store, inbound(), inbound("i2", OTHER))
    with store.write() as writer:
        writer.capture(captured_mail(scope=scope))
        writer.delete_captured(MessageFilter())
    assert waiting(store) == 2
    with store.write() as writer:
        writer.forget(replace(scope, region=""))
    left = claim(store, "a", 5.0)
    assert left is not None
    assert left.mail.scope == OTHER
    with store.write() as writer:
        writer.forget()
    assert waiting(store) == 0


def test_who_receives_is_known_of_all_accounts(store, scope):
    with store.write() as writer:
        for where in (OTHER, scope):
            writer.save_document(ReceiptRuleSet(scope=where, name="s"))
            writer.save_document(Receiving(scope=where, active_rule_set="s", created_at=2.0))
    with store.read() as reader:
        assert [(one.scope, one.active_rule_set) for one in reader.receiving()] == [(scope, "s"), (OTHER, "s")]
    with store.write() as writer:
        writer.save_document(Receiving(scope=OTHER_REGION, active_rule_set=None))
        writer.delete_document(Receiving, scope, RECEIVING)
        assert writer.receiving() == [Receiving(scope=OTHER, active_rule_set="s", created_at=2.0)]
        writer.forget(OTHER)
        assert writer.receiving() == []
