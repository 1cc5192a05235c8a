import re

import pytest

from emulator.receiver.verdict import Receiver
from emulator.values import Envelope
from emulator.verdicts import Display

NOW = 1616242393.0
SES = "amazonses.com"
CUSTOM, DEFAULT = "mail.abashiri.domain", "ap-northeast-1.amazonses.com"
OWN_KEY = "v6kujqg4djqddwddiwtgjhbw2xr4w4da._domainkey.abashiri.domain"
MESSAGE_ID = "010601784f9c3ed5-ddead627-524f-4ddc-811a-72c7ec0e4361-000000"


def tags_b(mail: bytes) -> list[str]:
    return [b"".join(part.partition(b" b=")[2].split())[:8].decode() for part in mail.split(b"DKIM-Signature:")[1:]]


def shown_b(tag: str) -> str:
    return f'"{tag}"' if "/" in tag else tag


@pytest.mark.parametrize(
    ("own", "envelope", "spf_domain", "signers", "aligned_by", "shown"),
    [
        (True, "custom", CUSTOM, ["abashiri.domain", SES], "dkim,spf", Display(CUSTOM, "abashiri.domain", None)),
        (False, "custom", CUSTOM, [SES], "spf", Display(CUSTOM, SES, None)),
        (False, "default", DEFAULT, [SES], "", Display(DEFAULT, SES, SES)),
        (True, "default", DEFAULT, ["abashiri.domain", SES], "dkim", Display(DEFAULT, "abashiri.domain", None)),
    ],
    ids=["DKIM on, MAIL FROM set", "DKIM off, MAIL FROM set", "both off", "DKIM on, MAIL FROM unset"],
)
def test_the_four_cases_of_the_article(own, envelope, spf_domain, signers, aligned_by, shown, request, sign, zone):
    verdict = Receiver(lambda: zone).judge(sign(own=own), request.getfixturevalue(envelope), NOW)

    assert (verdict.spf.result, verdict.spf.domain) == ("pass", spf_domain)
    assert [(one.result, one.domain) for one in verdict.dkim] == [("pass", signer) for signer in signers]
    assert (verdict.dmarc.result, verdict.dmarc.aligned_by) == ("none", aligned_by)
    assert verdict.display == shown


def test_authentication_results_are_laid_out_as_in_the_article(sign, zone, custom):
    mail = sign()
    first, second = tags_b(mail)
    sender = f"{MESSAGE_ID}@mail.abashiri.domain"
    assert Receiver(lambda: zone).judge(mail, custom, NOW).header == (
        "mx.google.com;\r\n"
        "       dkim=pass header.i=@abashiri.domain header.s=v6kujqg4djqddwddiwtgjhbw2xr4w4da "
        f"header.b={shown_b(first)};\r\n"
        "       dkim=pass header.i=@amazonses.com header.s=zh4gjftm6etwoq6afzugpky45synznly "
        f"header.b={shown_b(second)};\r\n"
        f"       spf=pass (google.com: domain of {sender} designates 23.251.234.52 as permitted sender) "
        f"smtp.mailfrom={sender}"
    )


def test_with_a_dmarc_record_it_ends_in_its_entry(sign, zone, custom):
    zone.txt("_dmarc.abashiri.domain", "v=DMARC1; p=quarantine")
    header = Receiver(lambda: zone).judge(sign(), custom, NOW).header
    assert header.endswith(
        "@mail.abashiri.domain;\r\n       dmarc=pass (p=QUARANTINE sp=QUARANTINE dis=NONE) header.from=abashiri.domain"
    )


def test_what_fails_dmarc_bears_its_disposition(sign, zone, default):
    zone.txt("_dmarc.abashiri.domain", "v=DMARC1; p=reject; sp=none")
    header = Receiver(lambda: zone).judge(sign(own=False), default, NOW).header
    assert header.endswith("dmarc=fail (p=REJECT sp=NONE dis=REJECT) header.from=abashiri.domain")


@pytest.mark.parametrize(
    ("record", "result", "words"),
    [
        ("v=spf1 ip4:23.251.234.52 -all", "pass", "domain of {s} designates {ip} as permitted sender"),
        ("v=spf1 -all", "fail", "domain of {s} does not designate {ip} as permitted sender"),
        ("v=spf1 ~all", "softfail", "domain of transitioning {s} does not designate {ip} as permitted sender"),
        ("v=spf1 ?all", "neutral", "{ip} is neither permitted nor denied by domain of {s}"),
        ("no record", "none", "{s} does not designate permitted sender hosts"),
        (
            "v=spf1 moo",
            "permerror",
            "permanent error in processing during lookup of {s}: Unknown mechanism found: moo",
        ),
    ],
)
def test_spf_in_googles_words(record, result, words, sign, zone, custom):
    zone.txt("mail.abashiri.domain", record)
    receiver = Receiver(lambda: zone)
    verdict = receiver.judge(sign(), custom, NOW)
    comment = "google.com: " + words.format(s=custom.mail_from, ip="23.251.234.52")
    assert f"       spf={result} ({comment}) smtp.mailfrom={custom.mail_from}" in verdict.header
    stored = receiver.stored(sign(), custom, verdict, NOW, "q")
    assert f"\r\nReceived-SPF: {result} ({comment}) client-ip=23.251.234.52;\r\n".encode() in stored


def test_the_null_sender_is_shown_by_its_helo(sign, zone):
    zone.txt("mx.example.com", "v=spf1 ip4:192.0.2.1 -all")
    envelope = Envelope("", ("a@example.com",), "192.0.2.1", "mx.example.com")
    receiver = Receiver(lambda: zone)
    verdict = receiver.judge(sign(), envelope, NOW)
    assert verdict.header.endswith(
        "spf=pass (google.com: domain of postmaster@mx.example.com designates 192.0.2.1 as permitted sender) "
        "smtp.helo=mx.example.com"
    )
    assert receiver.stored(b"", envelope, verdict, NOW, "q").startswith(b"Return-Path: <>\r\n")


def test_a_signature_that_fails_says_why_in_the_header(sign, zone, custom):
    header = Receiver(lambda: zone).judge(sign().replace(b"test-body", b"best-body"), custom, NOW).header
    assert "dkim=fail (body hash did not verify) header.i=@abashiri.domain header.s=v6kuj" in header


def test_values_that_are_no_atoms_are_quoted(zone):
    envelope = Envelope('bounce+a=b.c"d@mail.abashiri.domain', ("a@example.com",), "23.251.234.52", "h.example")
    header = Receiver(lambda: zone).judge(b"From: a@abashiri.domain\r\n\r\n", envelope, NOW).header
    assert 'smtp.mailfrom="bounce+a=b.c\\"d@mail.abashiri.domain"' in header


def test_one_byte_of_the_body_changes_the_verdict(sign, zone, default):
    mail = sign()
    before = Receiver(lambda: zone).judge(mail, default, NOW)
    after = Receiver(lambda: zone).judge(mail.replace(b"test-body", b"test-bodi"), default, NOW)
    assert (before.display.via, before.dmarc.aligned_by) == (None, "dkim")
    assert [one.result for one in after.dkim] == ["fail", "fail"]
    assert (after.display.via, after.dmarc.aligned_by) == (DEFAULT, "")


def test_one_record_changes_the_verdict(sign, zone, custom):
    receiver = Receiver(lambda: zone)
    assert receiver.judge(sign(own=False), custom, NOW).display == Display(CUSTOM, SES, None)
    zone.remove("mail.abashiri.domain")
    assert receiver.judge(sign(own=False), custom, NOW).display == Display(None, SES, SES)
    assert receiver.judge(sign(), custom, NOW).display == Display(None, "abashiri.domain", None)
    zone.remove(OWN_KEY)
    assert receiver.judge(sign(), custom, NOW).display == Display(None, SES, SES)


def test_another_client_address_changes_the_verdict(sign, zone, custom):
    elsewhere = Envelope(custom.mail_from, custom.rcpt_to, "192.0.2.1", custom.helo)
    verdict = Receiver(lambda: zone).judge(sign(own=False), elsewhere, NOW)
    assert (verdict.spf.result, verdict.display.via) == ("softfail", SES)


def test_what_is_stored_is_our_four_fields_and_the_mail_unchanged(sign, zone, custom):
    receiver = Receiver(lambda: zone)
    mail = sign()
    verdict = receiver.judge(mail, custom, NOW)
    stored = receiver.stored(mail, custom, verdict, NOW, "x1si12")
    assert stored.endswith(mail)
    sender = custom.mail_from
    assert stored.removesuffix(mail).decode() == (
        f"Return-Path: <{sender}>\r\n"
        "Received: from e234-52.smtp-out.ap-northeast-1.amazonses.com ([23.251.234.52])\r\n"
        "        by mx.google.com with ESMTP id x1si12\r\n"
        "        for <someone@example.com>;\r\n"
        "        Sat, 20 Mar 2021 12:13:13 +0000 (UTC)\r\n"
        f"Received-SPF: pass (google.com: domain of {sender} designates 23.251.234.52 as permitted sender) "
        "client-ip=23.251.234.52;\r\n"
        f"Authentication-Results: {verdict.header}\r\n"
    )


def test_received_does_not_tell_several_recipients_of_each_other(zone):
    envelope = Envelope("a@example.com", ("b@example.org", "c@example.org"), "192.0.2.1", "h.example")
    receiver = Receiver(lambda: zone)
    verdict = receiver.judge(b"\r\n", envelope, NOW)
    assert b"example.org" not in receiver.stored(b"\r\n", envelope, verdict, NOW, "q")


def test_the_stored_mail_is_judged_as_it_was_received(sign, zone, custom):
    receiver = Receiver(lambda: zone)
    mail = sign()
    verdict = receiver.judge(mail, custom, NOW)
    again = receiver.judge(receiver.stored(mail, custom, verdict, NOW, "q"), custom, NOW)
    assert again == verdict


@pytest.mark.parametrize(
    "forged",
    [
        b"Authentication-Results: mx.google.com; dkim=pass header.i=@evil.example\r\n",
        b"authentication-results:MX.GOOGLE.COM;\r\n dkim=pass\r\n\t(folded)\r\n",
        b"Authentication-Results:\r\n (a (nested) comment) mx.google.com 1; spf=pass\r\n",
        b'Authentication-Results: "mx.google.com"; spf=pass\r\n',
        b"Authentication-Results : mx.google.com; spf=pass\r\n",
    ],
)
def test_results_forged_in_our_name_are_removed_and_nothing_else(forged, zone, custom):
    receiver = Receiver(lambda: zone)
    other = b"Authentication-Results: mx.other.example; dkim=pass\r\n"
    body = b"\r\nAuthentication-Results: mx.google.com; in the body\r\n"
    mail = b"Return-Path: <x@y.example>\r\n" + forged + other + b"From: a@b.example\r\n" + body
    verdict = receiver.judge(mail, custom, NOW)
    stored = receiver.stored(mail, custom, verdict, NOW, "q")
    assert stored.endswith(b"\r\n" + mail.replace(forged, b""))


def test_a_mail_that_begins_with_a_blank_does_not_continue_our_results(zone, custom):
    receiver = Receiver(lambda: zone)
    mail = b" dkim=pass header.i=@evil.example\r\nFrom: a@b.example\r\n\r\nbody\r\n"
    verdict = receiver.judge(mail, custom, NOW)
    stored = receiver.stored(mail, custom, verdict, NOW, "q")
    assert stored.endswith(b"\r\n\r\n" + mail)


def test_what_the_peer_says_adds_no_line_and_no_entry(zone):
    wild = "x\r\nX-Evil: 1\r\n (a; dkim=pass) \x00\udcff"
    envelope = Envelope(f"{wild}@abashiri.domain", (f"{wild}@b.example",), wild, wild)
    receiver = Receiver(lambda: zone)
    verdict = receiver.judge(b"From: a@b.example\r\n\r\n", envelope, NOW)
    stored = receiver.stored(b"", envelope, verdict, NOW, wild)
    names = re.findall(rb"^([^\s:]+):", stored, re.MULTILINE)
    assert names == [b"Return-Path", b"Received", b"Received-SPF", b"Authentication-Results"]
    bare = re.sub(r'"(?:\\.|[^"\\])*"', '""', re.sub(r"\\.", "", verdict.header))
    assert "dkim=" not in re.sub(r"\([^()]*\)", "", bare)


def test_another_name_speaks_for_itself(sign, zone, custom):
    header = Receiver(lambda: zone, "mx.example.net").judge(sign(), custom, NOW).header
    assert header.startswith("mx.example.net;\r\n")
    assert "(example.net: domain of" in header
