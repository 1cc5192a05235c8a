"""Bounces and complaints on their way to the sender: what is mailed to whom, and that each copy is captured once though
its envelope names no message."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from emulator.clock import Clock, real_time
from emulator.dns import amazonses
from emulator.post.deliver import DeliveryWorker, PeerConnection
from emulator.post.feedback import feedback_mail
from emulator.post.happenings import Happenings
from emulator.post.keyring import Keyring
from emulator.post.own_mail import SES
from emulator.post.receive import Reception
from emulator.receiver.verdict import Receiver
from emulator.sending_events import EventType, SendingEvent
from emulator.smtp import certificate
from emulator.smtp.servers import SmtpServers
from emulator.smtp.sink import Sink
from emulator.smtp.submission import SubmissionDoor
from emulator.store.ports import MessageFilter
from emulator.values import Captured, DnsAnswer, Door, Envelope, OutboundMessage, Outcome, Scope

SCOPE = Scope("123456789012", "us-east-1")
ID = "0100016d8f3a1b2c-0a1b2c3d-1111-4222-8333-444455556666-000000"
NOW = 1571672099.5
DATA = b"From: a@b.example\r\nTo: nobody@x.example\r\nSubject: Offer\r\n\r\nBuy.\r\n"


@pytest.fixture(scope="module")
def keyring() -> Keyring:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")
    return Keyring(lambda: pem, "secret")


def original(feedback_to: str = "Ann <bounces@b.example>", region: str = "us-east-1") -> OutboundMessage:
    return OutboundMessage(
        message_id=ID,
        scope=Scope("123456789012", region),
        accepted_at=NOW,
        door=Door.V2,
        operation="SendEmail",
        caller="test",
        source="a@b.example",
        feedback_to=feedback_to,
        envelope=Envelope(f"{ID}@amazonses.com", ("nobody@x.example",), "54.240.8.19", "a8-19.smtp-out.amazonses.com"),
        data=DATA,
        counted=1,
        configuration_set="set",
        source_arn="arn:aws:ses:us-east-1:123456789012:identity/b.example",
        tenant="tenant",
    )


def event(type: EventType, outcome: Outcome | None, reply: str = "550 5.1.1 user unknown") -> SendingEvent:
    return SendingEvent(type, ID, SCOPE, NOW, ("nobody@x.example",), outcome, (reply,))


BOUNCE = event(EventType.BOUNCE, Outcome.BOUNCED)
COMPLAINT = event(EventType.COMPLAINT, Outcome.COMPLAINED, "250 Ok")


@pytest.mark.parametrize(
    ("told", "mail_from", "source", "operation"),
    [
        (BOUNCE, "", "MAILER-DAEMON@amazonses.com", "BounceNotification"),
        (COMPLAINT, "no-reply@amazonses.com", "complaints@email-abuse.amazonses.com", "ComplaintNotification"),
    ],
)
def test_the_envelope_and_the_row(keyring, told, mail_from, source, operation):
    mail = feedback_mail(told, original(), keyring, NOW)
    assert mail is not None
    assert mail.envelope == Envelope(mail_from, ("bounces@b.example",), "54.240.8.19", "a8-19.smtp-out.amazonses.com")
    assert (mail.source, mail.operation, mail.caller) == (source, operation, SES)
    assert (mail.scope, mail.accepted_at, mail.counted) == (SCOPE, NOW, 0)
    # Nobody is told of it, and no statistic counts it.
    assert (mail.feedback_to, mail.configuration_set, mail.source_arn, mail.tenant) == ("", None, None, None)
    assert not mail.in_statistics


def test_it_is_stamped_and_signed_as_ses_s_own(keyring):
    mail = feedback_mail(BOUNCE, original(region="us-west-2"), keyring, NOW)
    assert mail is not None
    assert mail.message_id != ID
    head = mail.data.partition(b"\r\n\r\n")[0].decode("ascii")
    assert f"\r\nMessage-ID: <{mail.message_id}@us-west-2.amazonses.com>\r\n" in head
    assert "\r\nDate: Mon, 21 Oct 2019 15:34:59 +0000\r\n" in head
    assert "\r\nX-SES-Outgoing: 2019.10.21-54.240.27.27" in head
    assert re.search(r"\r\nFeedback-ID: ::1\.us-west-2\.[A-Za-z0-9+/]{43}=:AmazonSES\r\n", head)
    assert re.findall(r" d=([a-z.]+);", head) == ["amazonses.com"]


def test_each_mail_has_an_id_of_its_own(keyring):
    first, second = (feedback_mail(BOUNCE, original(), keyring, NOW) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.message_id != second.message_id


@pytest.mark.parametrize("feedback_to", ["", "nobody", "a@b.example, c@d.example", "@"])
def test_without_an_address_to_tell_there_is_no_mail(keyring, feedback_to):
    assert feedback_mail(BOUNCE, original(feedback_to), keyring, NOW) is None


@pytest.mark.parametrize(
    "told",
    [event(type, None) for type in EventType if type not in (EventType.BOUNCE, EventType.COMPLAINT)]
    + [event(EventType.BOUNCE, Outcome.AUTO_REPLIED)],
    ids=lambda told: f"{told.type} {told.outcome}",
)
def test_what_is_no_failure_and_no_complaint_is_not_mailed(keyring, told):
    assert feedback_mail(told, original(), keyring, NOW) is None


@pytest.mark.parametrize("outcome", [Outcome.BOUNCED, Outcome.SUPPRESSED, Outcome.UNSUBSCRIBED])
def test_every_other_bounce_is_mailed(keyring, outcome):
    assert feedback_mail(event(EventType.BOUNCE, outcome), original(), keyring, NOW) is not None


# --- through SMTP to the inbox ------------------------------------------------------------------


class Amazon:
    """A resolver that knows what Amazon publishes, and nothing else."""

    def __init__(self, keyring: Keyring) -> None:
        self._own = amazonses.own_records(keyring.amazonses_public_key())

    def query(self, name: str, type: str) -> DnsAnswer:
        found = self._own.records_at(name.rstrip(".").lower())
        return DnsAnswer("NOERROR", tuple(one.value for one in found if one.type == type))


class Mailer:
    """``deliver`` queues mails and waits for the last of them; ``send_again`` is what a worker does whose
    predecessor was killed between the sink's 250 and settling."""

    def __init__(self, store, relay: tuple[str, int]) -> None:
        self._store = store
        self._relay = relay

    def deliver(self, *mails: OutboundMessage) -> None:
        with self._store.write() as writer:
            for mail in mails:
                writer.add_outbound(mail, 0)
        settled = threading.Event()
        worker = DeliveryWorker(self._store, Clock(), self._relay, "test", lambda: 0.0, Happenings("test"))
        worker.start()
        try:
            for _ in range(1500):
                with self._store.read() as reader:
                    if reader.undelivered() == 0:
                        break
                settled.wait(0.02)
        finally:
            worker.stop()

    def send_again(self, mail: OutboundMessage) -> tuple[int, str]:
        connection = PeerConnection(self._relay, mail.envelope.client_ip, mail.envelope.helo)
        try:
            return connection.transact(mail.envelope.mail_from, mail.recipients[0], mail.data)
        finally:
            connection.close()

    def inbox(self) -> list[Captured]:
        with self._store.read() as reader:
            found = [reader.captured(mail.id) for mail in reader.search(MessageFilter(), 100)]
        return [mail for mail in found if mail is not None]


@pytest.fixture
def mailer(store, keyring, tmp_path: Path) -> Iterator[Mailer]:
    receiver = Receiver(lambda: Amazon(keyring))
    reception = Reception(store, Clock(), receiver, lambda: None, Happenings("test"))
    door = SubmissionDoor(lambda submission: "", lambda user: None, SCOPE.account, SCOPE.region)
    servers = SmtpServers(
        "127.0.0.1",
        0,
        0,
        0,
        door,
        Sink(reception.receive),
        lambda: certificate.server_context(tmp_path, real_time()),
    )
    servers.start()
    yield Mailer(store, servers.addresses.relay)
    servers.stop(grace=5)


@pytest.fixture(params=[BOUNCE, COMPLAINT], ids=["bounce", "complaint"])
def make(request, keyring) -> Callable[[], OutboundMessage]:
    def made() -> OutboundMessage:
        mail = feedback_mail(request.param, original(), keyring, real_time())
        assert mail is not None
        return mail

    return made


def test_two_reports_to_one_address_are_both_captured(mailer, make):
    first, second = make(), make()
    mailer.deliver(first, second)
    assert {mail.message_id for mail in mailer.inbox()} == {first.message_id, second.message_id}


def test_a_second_delivery_of_a_report_is_recognised(mailer, make):
    mail = make()
    mailer.deliver(mail)
    code, reply = mailer.send_again(mail)
    (captured,) = mailer.inbox()
    assert (captured.message_id, captured.scope) == (mail.message_id, SCOPE)
    assert captured.delivery_key is not None
    assert (code, reply) == (250, f"2.0.0 OK {captured.delivery_key[:16]}")


def test_a_report_that_a_reset_forgot_on_its_way_is_not_captured(mailer, make):
    assert mailer.send_again(make())[0] == 250
    assert mailer.inbox() == []


def test_the_receiver_judges_a_report_as_mail_of_amazonses_com(mailer, make):
    mail = make()
    mailer.deliver(mail)
    (captured,) = mailer.inbox()
    verdict = captured.verdict
    assert captured.envelope == replace(mail.envelope, client_ip="54.240.8.19")
    assert [(one.domain, one.result) for one in verdict.dkim] == [("amazonses.com", "pass")]
    assert (verdict.dmarc.result, verdict.display.signed_by, verdict.display.via) == ("pass", "amazonses.com", None)
    # A host that sends publishes no SPF record, as observed; the null sender is checked by its name (RFC 7208 2.4).
    expected = ("pass", "amazonses.com") if mail.envelope.mail_from else ("none", "a8-19.smtp-out.amazonses.com")
    assert (verdict.spf.result, verdict.spf.domain) == expected


def test_the_original_arrives_whole_within_the_report(mailer, make):
    mailer.deliver(make())
    (captured,) = mailer.inbox()
    assert b"\r\n\r\n" + DATA + b"\r\n------=_Part_" in captured.raw


def test_mail_by_the_relay_that_bears_no_id_is_kept_each_time(mailer, make):
    stray = replace(make(), data=b"Subject: x\r\n\r\nbody\r\n")
    mailer.send_again(stray)
    mailer.send_again(stray)
    assert [(mail.message_id, mail.delivery_key) for mail in mailer.inbox()] == [(None, None)] * 2
