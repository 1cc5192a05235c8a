"""No bytes, no envelope and no zone make the receiver raise, and none keep it busy."""

import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from emulator.receiver.verdict import Receiver
from emulator.values import DnsAnswer, Envelope

NOW = 1616242393.0
ENVELOPE = Envelope("a@example.com", ("b@example.org",), "192.0.2.1", "h.example")
SIGNATURE = b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=sel; h=from; bh=AAAA; b=AAAA"
PIECES = st.sampled_from(
    [b"From: ", b"a@b.example", b"\r\n", b"\n", b"\r", b" ", b"\t", b'"', b"(", b")", b"<", b">", b"@", b":", b";",
     b",", b"\\", b"=?utf-8?B?", b"?=", b"DKIM-Signature: ", SIGNATURE, b"v=1;", b"a=rsa-sha256;", b"d=example.com;",
     b"s=sel;", b"h=from;", b"bh=AAAA;", b"b=AAAA;", b"l=1;", b"x=1;", b"c=relaxed/relaxed;", b"i=@;",
     b"Authentication-Results: mx.google.com;", b"\xff\x00", b"body"]
)  # fmt: skip
WILD = st.one_of(st.binary(max_size=400), st.lists(PIECES, max_size=40).map(b"".join))
MAILS = st.one_of(WILD, WILD.map(lambda rest: b"From: a@example.com\r\n" + SIGNATURE + rest))
ADDRESSES = st.one_of(st.text(max_size=40), st.text(max_size=20).map(lambda text: f"{text}@example.com"))
CLIENTS = st.one_of(st.sampled_from(["192.0.2.1", "2001:db8::1", "list", "fe80::1%eth0", ""]), st.text(max_size=10))
RECORDS = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            ["v=spf1", " a", " mx", " ptr", " include:", "example.com", "%{", "d}", "%{ir}", "/", "//", "33", " -all",
             " redirect=", " exp=", " exists:", " ip4:", "192.0.2.0", " ip6:", "::", "v=DMARC1;", "p=none;", "pct=",
             "p=AAAA", "p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAAAAAAAA", "k=rsa;", "0", "9" * 5000, "v=DKIM1;", "="]
        ),
        max_size=12,
    ).map("".join),
)  # fmt: skip


class Answers:
    """Any name has the same records."""

    answer = DnsAnswer("NXDOMAIN")

    def query(self, name: str, type: str) -> DnsAnswer:
        return self.answer


@pytest.fixture(scope="module")
def dns():
    return Answers()


@pytest.fixture(scope="module")
def receiver(dns):
    receiver = Receiver(lambda: dns)
    # Reads the public suffix list and the libraries, which are no part of judging a mail.
    receiver.judge(SIGNATURE + b"\r\nFrom: a@b.example\r\n\r\n", ENVELOPE, NOW)
    return receiver


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    mail=MAILS,
    sender=ADDRESSES,
    client=CLIENTS,
    helo=st.text(max_size=30),
    status=st.sampled_from(["NOERROR", "NOERROR", "SERVFAIL"]),
    records=st.lists(RECORDS, max_size=3),
)
@example(mail=b"", sender="", client="", helo="", status="NOERROR", records=[])
@example(
    mail=b"From: \r\n", sender="@", client="::", helo="[", status="NOERROR", records=["v=spf1 a:%{p}.%{z}", "", "p="]
)
def test_anything_is_judged_and_stored(dns, receiver, mail, sender, client, helo, status, records):
    dns.answer = DnsAnswer(status, tuple(records))
    envelope = Envelope(sender, (sender,), client, helo)
    verdict = receiver.judge(mail, envelope, NOW)
    stored = receiver.stored(mail, envelope, verdict, NOW, "q")
    assert stored.startswith(b"Return-Path: <")
    assert verdict.display.via is None or verdict.display.via in (verdict.spf.domain, *[x.domain for x in verdict.dkim])
    assert len(verdict.reasons) == 4
    assert all(len(line) < 998 for line in verdict.header.encode().split(b"\r\n"))


BLANKS = b" " * 200_000
HEAVY = {
    "continuation lines": b"From: a@b.example\r\n" + b" x\r\n" * 300_000,
    "fields": SIGNATURE + b"\r\n" + b"A: b\r\n" * 100_000 + b"\r\n",
    "lines that are no fields": SIGNATURE + b"\r\n" + b"nothing\r\n" * 200_000,
    "signatures": (SIGNATURE + b"\r\n") * 20_000 + b"From: a@b.example\r\n\r\nbody",
    "a run of blanks in the body": SIGNATURE + b"; c=relaxed/relaxed\r\nFrom: a@b.example\r\n\r\n" + BLANKS + b"x\r\n",
    "a run of blanks in a signature": SIGNATURE + BLANKS + b"!\r\n\r\nbody",
    "blank lines in twenty signatures": (SIGNATURE + b"\r\n \r\n" * 40 + b" !\r\n") * 20 + b"From: a@b.example\r\n\r\n",
    "names in h=": (SIGNATURE.replace(b"h=from", b"h=from" + b":a" * 3000) + b"\r\n") * 20 + b"A: b\r\n" * 1900,
    "a body under twenty signatures": b"".join(
        SIGNATURE + b"; c=simple/relaxed; l=%d\r\n" % number for number in range(20)
    ) + b"From: a@b.example\r\n\r\n" + b"one two  three\r\n" * 60_000,
    "empty lines at the end": SIGNATURE + b"\r\nFrom: a@b.example\r\n\r\n" + b"\r\n" * 500_000,
    "brackets in From": b"From: " + b"(" * 60_000 + b"\r\n\r\n",
    "quotes in From": b"From: " + b'"\\' * 30_000 + b"\r\n\r\n",
    "mailboxes in From": b"From: " + b"a@b.example," * 5_000 + b"\r\n\r\n",
    "a long From": b"From: " + b"a@b.example," * 500_000 + b"\r\n\r\n",
    "forged results": b"Authentication-Results: (%b\r\n" % (b"(" * 99_999) + b"Authentication-Results: (a)\r\n" * 9_000,
}  # fmt: skip


@pytest.mark.parametrize("mail", HEAVY.values(), ids=HEAVY.keys())
def test_a_mail_made_to_be_slow_is_judged_in_seconds(mail, dns, receiver, own_key):
    dns.answer = DnsAnswer("NOERROR", (own_key.record, "v=DMARC1; p=none"))
    # This thread's time alone: other tests' emulators may be at work in this process.
    before = time.thread_time()
    verdict = receiver.judge(mail, ENVELOPE, NOW)
    receiver.stored(mail, ENVELOPE, verdict, NOW, "q")
    # A fifth of a second, or two where the garbage of thousands of tests is collected meanwhile.
    assert time.thread_time() - before < 5


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 " + "a:" + "a." * 2000 + "%{d} -all",
        "v=spf1 exists:" + "%{d}" * 900 + " -all",
        "v=spf1 a:" + "a" * 4000 + "! -all",
        "v=spf1 include:%{d1r} redirect=%{d1r}",
        "v=spf1 " + "ip4:192.0.2.1/33 " * 200,
        "p=" + "A" * 60_000,
    ],
)
def test_a_record_made_to_be_slow_is_evaluated_in_seconds(record, dns, receiver):
    dns.answer = DnsAnswer("NOERROR", (record,))
    mail = (SIGNATURE + b"\r\n") * 20 + b"From: a@example.com\r\n\r\nbody\r\n"
    before = time.thread_time()
    receiver.judge(mail, ENVELOPE, NOW)
    # What grows with the square of such a mail takes minutes.
    assert time.thread_time() - before < 10
