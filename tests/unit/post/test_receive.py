"""What is queued for receipt rules when a mail is captured: with it, and no second time."""

from __future__ import annotations

import re

import pytest

from emulator.clock import Clock
from emulator.documents.received import ReceivedMail
from emulator.post.happenings import Happenings
from emulator.post.receive import Reception
from emulator.store.ports import MessageFilter
from emulator.values import Door, Envelope, OutboundMessage, Scope
from emulator.verdicts import Display, DmarcVerdict, SpfVerdict, Verdict

SENDER, TAKER = Scope("111111111111", "us-east-1"), Scope("222222222222", "eu-west-1")
MESSAGE_ID = "0100019700000000-11111111-2222-4333-8444-555555555555-000000"
ENVELOPE = Envelope(f"{MESSAGE_ID}@amazonses.com", ("a@here.example",), "54.240.8.19", "a8-19.smtp-out")
DATA = b"Subject: x\r\n\r\nbody\r\n"
TAKERS = {TAKER: ("a@here.example",)}


class Judge:
    """A receiver that puts its own field on top of whatever comes."""

    def judge(self, data: bytes, envelope: Envelope, now: float) -> Verdict:
        return Verdict(SpfVerdict("none", "", ""), (), DmarcVerdict("none", ""), Display(None, None, None), "")

    def stored(self, data: bytes, envelope: Envelope, verdict: Verdict, now: float, queue_id: str) -> bytes:
        return b"X-Judge: me\r\n" + data


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def reception(store, told) -> Reception:
    return Reception(
        store,
        Clock(),
        Judge(),
        lambda: told.append("captured"),
        Happenings("test"),
        received=lambda: told.append("received"),
    )


def sent(store) -> None:
    with store.write() as writer:
        writer.add_outbound(
            OutboundMessage(
                MESSAGE_ID, SENDER, 1.0, Door.V2, "SendEmail", "c", "me@x.example", "", ENVELOPE, DATA, counted=1
            ),
            1,
        )


def counted(store) -> tuple[int, int]:
    """How many mails were captured, and how many wait for rules."""
    with store.read() as reader:
        return reader.count(MessageFilter()), reader.waiting_inbound()


def test_what_an_account_takes_waits_as_it_came(store, reception, told):
    reception.receive(ENVELOPE, DATA, False, TAKERS)
    assert counted(store) == (1, 1)
    assert told == ["captured", "received"]
    with store.write() as writer:
        waiting = writer.claim_inbound("test", 0.0, 1.0)
        assert waiting is not None
        assert (waiting.data, waiting.recipients) == (DATA, ("a@here.example",))
        assert (waiting.mail.scope, waiting.mail.envelope) == (TAKER, ENVELOPE)
        assert re.fullmatch("[0-9a-z]{40}", waiting.mail.message_id)
        assert writer.document(ReceivedMail, TAKER, waiting.mail.message_id) is not None


def test_a_copy_that_comes_a_second_time_is_received_once(store, reception):
    """As after kill -9 between the capture and the reply."""
    sent(store)
    reception.receive(ENVELOPE, DATA, True, TAKERS)
    reception.receive(ENVELOPE, DATA, True, TAKERS)
    assert counted(store) == (1, 1)


def test_a_copy_of_a_mail_that_a_reset_forgot_is_not_received(store, reception):
    reception.receive(ENVELOPE, DATA, True, TAKERS)
    assert counted(store) == (0, 0)


def test_mail_that_nobody_takes_does_not_wait(store, reception, told):
    reception.receive(ENVELOPE, DATA, False, {})
    assert counted(store) == (1, 0)
    assert told == ["captured"]


def test_a_capture_that_fails_queues_nothing(store, reception, monkeypatch):
    monkeypatch.setattr("emulator.post.receive.remember", lambda writer, waiting: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        reception.receive(ENVELOPE, DATA, False, TAKERS)
    assert counted(store) == (0, 0)
