"""What is remembered of received mail, for how long, and the bounce that is made of it."""

from __future__ import annotations

from email import message_from_bytes

import pytest

from emulator.documents.received import ReceivedMail
from emulator.incoming import IncomingMail, WaitingMail
from emulator.mail.bounce_reply import of_type
from emulator.mail.sign import make_key
from emulator.post.bounces import BOUNCEABLE_SECONDS, Bounce, bounce_mail, bounceable, remember
from emulator.post.keyring import Keyring
from emulator.values import Envelope, Scope
from emulator.verdicts import Display, DmarcVerdict, SpfVerdict, Verdict

SCOPE = Scope("123456789012", "us-east-1")
NOW = 1_774_519_200.0
VERDICT = Verdict(SpfVerdict("none", "", ""), (), DmarcVerdict("none", ""), Display(None, None, None), "")


def receive(
    store, message_id: str, at: float, scope: Scope = SCOPE, data: bytes = b"Subject: x\r\nX: \xff\r\n\r\nbody"
) -> None:
    envelope = Envelope("w@sender.example", ("a@here.example", "b@there.example"), "192.0.2.9", "mx")
    mail = IncomingMail(message_id, scope, at, envelope, VERDICT)
    with store.write() as writer:
        remember(writer, [WaitingMail(mail, ("a@here.example",), data)])


def found(store, message_id: str, now: float, scope: Scope = SCOPE) -> ReceivedMail | None:
    with store.read() as reader:
        return bounceable(reader, scope, message_id, now)


def kept(store, scope: Scope = SCOPE) -> list[str]:
    with store.read() as reader:
        return [one.name for one in reader.list_documents(ReceivedMail, scope)]


def test_a_received_mail_is_remembered_by_its_header_for_a_day(store):
    receive(store, "i1", NOW)
    mail = found(store, "i1", NOW + BOUNCEABLE_SECONDS)
    assert mail is not None
    assert (mail.mail_from, mail.recipients) == ("w@sender.example", ("a@here.example",))
    assert mail.header == b"Subject: x\r\nX: \xff\r\n"
    assert found(store, "i1", NOW + BOUNCEABLE_SECONDS + 0.001) is None
    assert found(store, "i2", NOW) is None
    assert found(store, "i1", NOW, Scope(SCOPE.account, "eu-west-1")) is None


def test_of_a_huge_header_whole_fields_are_remembered(store):
    receive(store, "i1", NOW, data=b"".join(b"X-%d: %s\r\n" % (number, b"x" * 50_000) for number in range(9)))
    mail = found(store, "i1", NOW)
    assert mail is not None
    assert mail.header == b"X-0: " + b"x" * 50_000 + b"\r\n"


def test_what_is_older_than_a_day_goes_when_the_account_receives_again(store):
    other = Scope("999999999999", "us-east-1")
    for number in range(3):
        receive(store, f"old{number}", NOW - BOUNCEABLE_SECONDS - number - 1)
    receive(store, "old", NOW - BOUNCEABLE_SECONDS - 1, other)
    receive(store, "young", NOW - BOUNCEABLE_SECONDS + 1)
    assert "young" in kept(store)
    receive(store, "new", NOW)
    assert kept(store) == ["new", "young"]
    assert kept(store, other) == ["old"]


@pytest.fixture(scope="module")
def keyring() -> Keyring:
    key = make_key(1024)
    return Keyring(lambda: key, "secret")


def test_a_bounce_goes_to_the_writer_from_nobody_and_counts_for_nothing(store, keyring):
    receive(store, "i1", NOW)
    original = found(store, "i1", NOW)
    assert original is not None
    bounce = Bounce(original, "Robot <robot@here.example>", (of_type("DoesNotExist", "a@here.example"),))
    mail = bounce_mail(bounce, None, operation="SendBounce", caller="test", keyring=keyring, now=NOW + 60)
    assert (mail.envelope.mail_from, mail.recipients) == ("", ("w@sender.example",))
    assert (mail.counted, mail.in_statistics, mail.operation, mail.caller) == (0, False, "SendBounce", "test")
    read = message_from_bytes(mail.data)
    assert (read["From"], read["To"]) == ("Robot <robot@here.example>", "w@sender.example")
    assert mail.message_id in read["Message-ID"]
    assert b"Arrival-Date: Thu, 26 Mar 2026 10:00:00 +0000" in mail.data
