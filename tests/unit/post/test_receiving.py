"""The worker of received mail, with channels that do as a test says: what happens once, and what a failure does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulator.clock import Clock
from emulator.documents.receipt import (
    BounceAction,
    LambdaAction,
    ReceiptAction,
    ReceiptRule,
    ReceiptRuleSet,
    S3Action,
    SnsAction,
)
from emulator.documents.received import ReceivedMail
from emulator.documents.receiving import Receiving
from emulator.incoming import IncomingMail, WaitingMail
from emulator.mail.sign import make_key
from emulator.post import receiving
from emulator.post.bounces import remember
from emulator.post.event_channels import ChannelError
from emulator.post.keyring import Keyring
from emulator.post.published import PublishedLog
from emulator.post.receiving import ReceivingWorker
from emulator.values import DnsAnswer, Envelope, Identity, IdentityKind, Scope, Status, Verification
from emulator.verdicts import Display, DmarcVerdict, SpfVerdict, Verdict

SCOPE = Scope("123456789012", "us-east-1")
VERDICT = Verdict(SpfVerdict("none", "", ""), (), DmarcVerdict("none", ""), Display(None, None, None), "")
RAW = b"Subject: x\r\n\r\nbody\r\n"
BOUNCE = ReceiptAction(bounce=BounceAction("550", "No such user", "postmaster@here.example"))


class Channels:
    """Keeps the keys of objects and the topics that were told; ``refusing`` says why S3 takes nothing, ``answer`` what
    functions answer."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.topics: list[str] = []
        self.refusing: Exception | None = None
        self.answer = b""

    def s3(self, scope: Scope, bucket: str, key: str, data: bytes) -> None:
        if self.refusing is not None:
            raise self.refusing
        self.objects[f"{bucket}/{key}"] = data

    def sns(self, scope: Scope, topic: str, text: str, subject: str | None) -> None:
        self.topics.append(topic)

    def invoke(self, scope: Scope, function_arn: str, event_json: bytes, wants_answer: bool) -> bytes:
        return self.answer


class Names:
    """A resolver that knows one client by name."""

    def query(self, name: str, type: str) -> DnsAnswer:
        known = {("9.2.0.192.in-addr.arpa", "PTR"): DnsAnswer("NOERROR", ("mx.sender.example.",))}
        return known.get((name, type), DnsAnswer("NXDOMAIN"))


@pytest.fixture(scope="module")
def keyring() -> Keyring:
    key = make_key(1024)
    return Keyring(lambda: key, "secret")


@pytest.fixture
def channels() -> Channels:
    return Channels()


@pytest.fixture
def log() -> PublishedLog:
    return PublishedLog()


@pytest.fixture
def clock() -> Clock:
    """A second after all mail came."""
    return Clock(system=lambda: 1001.0)


@pytest.fixture
def make_worker(store, clock, keyring, channels, log):
    """Not started: the test's own thread works, so that nothing happens meanwhile."""
    return lambda name: ReceivingWorker(store, clock, channels, Names, keyring, log, name, lambda: None)


@pytest.fixture
def worker(make_worker) -> ReceivingWorker:
    return make_worker("test")


def rules(store, *actions: ReceiptAction, **changes: object) -> None:
    """The account's domain is verified, and its active rule does these."""
    rule = replace(ReceiptRule("r", enabled=True, actions=actions), **changes)
    with store.write() as writer:
        verified = Verification(status=Status.SUCCESS)
        writer.save_identity(Identity(SCOPE, "here.example", IdentityKind.DOMAIN, 0.0, verification=verified))
        writer.save_document(ReceiptRuleSet(scope=SCOPE, name="s", rules=(rule,)))
        writer.save_document(Receiving(scope=SCOPE, active_rule_set="s"))


def queue(store, *names: str, ip: str = "192.0.2.9") -> None:
    envelope = Envelope("w@sender.example", ("a@here.example",), ip, "helo")
    mails = [WaitingMail(IncomingMail(one, SCOPE, 1000.0, envelope, VERDICT), envelope.rcpt_to, RAW) for one in names]
    with store.write() as writer:
        writer.queue_inbound(mails)
        remember(writer, mails)


def s3(prefix: str, **more: str) -> ReceiptAction:
    return ReceiptAction(s3=S3Action("b", prefix, **more))


def counted(store) -> tuple[int, int]:
    """How many mails wait, and how many bounces are in the outbox."""
    with store.read() as reader:
        return reader.waiting_inbound(), reader.undelivered()


def test_a_mail_that_was_done_and_not_ended_is_done_again_and_bounced_once(store, make_worker, channels, monkeypatch):
    """As after kill -9 between the actions and their end; and the one that was held up comes to its end later."""
    now = [100.0]
    monkeypatch.setattr(receiving, "real_time", lambda: now[0])
    rules(store, s3("p"), BOUNCE)
    queue(store, "i1")
    first, second = make_worker("first"), make_worker("second")
    held = None

    def hold(waiting, bounces):
        nonlocal held
        held = (waiting, bounces)

    monkeypatch.setattr(first, "_end", hold)
    assert first._round()
    assert counted(store) == (1, 0)
    assert not second._round()
    now[0] += receiving._LEASE + 1
    assert second._round()
    assert counted(store) == (0, 1)
    ReceivingWorker._end(first, *held)
    assert counted(store) == (0, 1)
    assert list(channels.objects) == ["b/p/i1"]


def test_the_client_has_the_name_that_dns_gives_it(store, worker, channels):
    rules(store, s3("p"))
    queue(store, "i1")
    queue(store, "i2", ip="192.0.2.10")
    assert worker._round()
    assert worker._round()
    assert b"(mx.sender.example [192.0.2.9])" in channels.objects["b/p/i1"]
    assert b"(unknown [192.0.2.10])" in channels.objects["b/p/i2"]


def test_a_refusal_is_told_and_the_topic_of_the_action_hears_nothing(store, worker, channels, log):
    channels.refusing = ChannelError("S3 bucket b does not exist", gone=True)
    rules(store, s3("p", topic_arn="of-s3"), ReceiptAction(sns=SnsAction("of-sns")))
    queue(store, "i1")
    assert worker._round()
    assert channels.topics == ["of-sns"]
    assert counted(store) == (0, 0)
    assert [(one.channel, one.failure) for one in log.recent(9)] == [("sns", ""), ("s3", "S3 bucket b does not exist")]


def test_a_mail_that_cannot_be_worked_off_stays_and_keeps_none_back(store, worker, channels, caplog):
    rules(store, s3("p"))
    queue(store, "i1", "i2")
    channels.refusing = RuntimeError("no channel raises this")
    with pytest.raises(RuntimeError):
        worker._round()
    channels.refusing = None
    assert worker._round()
    assert list(channels.objects) == ["b/p/i2"]
    assert counted(store) == (1, 0)


def test_nothing_is_done_for_an_account_that_receives_no_more(store, worker, channels):
    rules(store, s3("p"))
    queue(store, "i1")
    with store.write() as writer:
        writer.delete_document(Receiving, SCOPE, "receiving")
    assert worker._round()
    assert channels.objects == {}
    assert counted(store) == (0, 0)


def test_a_mail_that_a_reset_forgot_is_not_for_the_rules_that_come_after_it(store, worker, channels, log, monkeypatch):
    """Between taking it and reading the rules; and in the middle of its actions."""

    def reset() -> None:
        with store.write() as writer:
            writer.forget()
        log.clear()
        rules(store, s3("after"))

    rules(store, s3("before"))
    queue(store, "i1")
    follow = worker._follow
    monkeypatch.setattr(worker, "_follow", lambda *mail: reset() or follow(*mail))
    assert worker._round()
    assert channels.objects == {}
    monkeypatch.undo()
    rules(store, ReceiptAction(sns=SnsAction("topic")), s3("late"))
    queue(store, "i2")
    monkeypatch.setattr(channels, "sns", lambda *message: reset())
    assert worker._round()
    assert log.recent(9) == []
    assert counted(store) == (0, 0)


def test_a_mail_that_has_waited_for_more_than_a_day_is_worked_off(store, worker, clock, channels):
    """Those that came later have made SendBounce forget it."""
    rules(store, s3("p"), BOUNCE)
    queue(store, "i1")
    with store.write() as writer:
        writer.delete_document(ReceivedMail, SCOPE, "i1")
    clock.set_offset(25 * 3600.0)
    assert worker._round()
    assert list(channels.objects) == ["b/p/i1"]
    assert counted(store) == (0, 1)


def test_a_sender_that_is_no_longer_verified_bounces_nothing(store, worker, log):
    rules(store, ReceiptAction(bounce=BounceAction("550", "No", "postmaster@elsewhere.example")))
    queue(store, "i1")
    assert worker._round()
    assert counted(store) == (0, 0)
    assert [one.failure for one in log.recent(9)] == ["postmaster@elsewhere.example is not verified"]


def test_a_key_of_kms_is_not_used_and_that_is_said(store, worker, channels, caplog):
    rules(store, s3("p", kms_key_arn="arn:aws:kms:us-east-1:123456789012:key/k"))
    queue(store, "i1")
    assert worker._round()
    assert channels.objects["b/p/i1"].endswith(RAW)
    assert "not encrypted" in caplog.text


def test_a_started_worker_works_off_what_was_left(store, make_worker, channels):
    rules(store, s3("p"))
    queue(store, "i1", "i2")
    worker = make_worker("test")
    worker.start()
    try:
        for _ in range(1000):
            if counted(store) == (0, 0):
                break
            worker._stopping.wait(0.01)
    finally:
        worker.stop()
    assert sorted(channels.objects) == ["b/p/i1", "b/p/i2"]


@pytest.mark.parametrize(
    ("answer", "goes_on"),
    [
        (b'{"disposition": "stop_rule"}', False),
        (b'{"disposition": 1}', True),
        (b'["STOP_RULE"]', True),
        (b"no JSON", True),
        (b"\xff", True),
        (b"[" * 100_000, True),
    ],
)
def test_the_rules_go_on_unless_a_function_says_no(store, worker, channels, answer, goes_on):
    rules(store, ReceiptAction(lambda_=LambdaAction("arn", invocation_type="RequestResponse")), s3("p"))
    queue(store, "i1")
    channels.answer = answer
    assert worker._round()
    assert counted(store) == (0, 0)
    assert list(channels.objects) == (["b/p/i1"] if goes_on else [])
