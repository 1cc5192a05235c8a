"""Received mail: SES's fields as recorded, and the mail below them as it came."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes

import pytest

from emulator.incoming import IncomingMail
from emulator.mail.inbound import fields_of, received, with_header
from emulator.values import Envelope, Scope
from emulator.verdicts import Display, DkimVerdict, DmarcVerdict, SpfVerdict, Verdict

ID = "bs82kksd5uhl2b598fhhro1scu3d05a39id0gdg1"
AT = 1556029972.371  # Tue, 23 Apr 2019 14:32:52 UTC
DATA = b"From: Ann <ann@gmail.com>\r\nSubject: Fwd:\r\n hello\r\n\r\nbody\r\n\xff"
SPF = SpfVerdict("pass", "_spf.google.com", "209.85.166.181")
DKIM = DkimVerdict("pass", "gmail.com", "20161025", "@gmail.com", "abcdefgh")
VERDICT = Verdict(SPF, (DKIM,), DmarcVerdict("pass", "gmail.com", "none"), Display(None, None, None), "")
HOST = "mail-it1-f181.google.com"
ENVELOPE = Envelope("ann@gmail.com", ("no-reply@helpec.com.br",), "209.85.166.181", HOST)
MAIL = IncomingMail(ID, Scope("123456789012", "us-east-1"), AT, ENVELOPE, VERDICT, HOST)


def lines(mail: IncomingMail = MAIL, data: bytes = DATA, *, scanned: bool = True) -> list[str]:
    """What was put on top, field by field with its folds."""
    top = received(mail, data, scanned=scanned).removesuffix(data).decode("ascii")
    return top.removesuffix("\r\n").replace("\r\n ", "\n ").split("\r\n")


def test_a_recorded_mail_has_these_fields_on_top() -> None:
    spf = (
        "pass (spfCheck: domain of _spf.google.com designates 209.85.166.181 as permitted sender) "
        "client-ip=209.85.166.181; envelope-from=ann@gmail.com; helo=mail-it1-f181.google.com;"
    )
    assert lines() == [
        "Return-Path: <ann@gmail.com>",
        "Received: from mail-it1-f181.google.com (mail-it1-f181.google.com [209.85.166.181])\n"
        f" by inbound-smtp.us-east-1.amazonaws.com with SMTP id {ID}\n"
        " for no-reply@helpec.com.br;\n"
        " Tue, 23 Apr 2019 14:32:52 +0000 (UTC)",
        "X-SES-Spam-Verdict: PASS",
        "X-SES-Virus-Verdict: PASS",
        f"Received-SPF: {spf}",
        f"Authentication-Results: amazonses.com;\n spf={spf}\n"
        " dkim=pass header.i=@gmail.com;\n"
        " dmarc=pass header.from=gmail.com;",
    ]


def test_the_mail_below_is_as_it_came() -> None:
    assert received(MAIL, DATA, scanned=True).endswith(b"gmail.com;\r\n" + DATA)
    assert received(MAIL, b"", scanned=True).endswith(b"gmail.com;\r\n")


def test_a_mail_that_begins_with_a_blank_does_not_continue_our_field() -> None:
    made = received(MAIL, b" no header\r\n", scanned=True)
    assert made.endswith(b"\r\n\r\n no header\r\n")
    assert message_from_bytes(made).get_payload() == " no header\r\n"


def test_a_mail_that_is_not_scanned_has_no_verdicts_of_scanning() -> None:
    assert [line for line in lines(replace(MAIL, infected=True), scanned=False) if "X-SES" in line] == []


def test_a_virus_is_told() -> None:
    assert "X-SES-Virus-Verdict: FAIL" in lines(replace(MAIL, infected=True))


def test_several_recipients_are_not_told_of_each_other() -> None:
    mail = replace(MAIL, envelope=replace(ENVELOPE, rcpt_to=("a@helpec.com.br", "b@helpec.com.br")))
    assert "helpec" not in "".join(lines(mail))


def test_the_host_is_the_regions() -> None:
    mail = replace(MAIL, scope=Scope("123456789012", "eu-west-1"))
    assert " by inbound-smtp.eu-west-1.amazonaws.com with" in lines(mail)[1]


def test_spf_none_is_worded_as_recorded() -> None:
    verdict = replace(VERDICT, spf=SpfVerdict("none", "reva.tech", "209.85.217.173"))
    envelope = replace(ENVELOPE, mail_from="a@reva.tech", client_ip="209.85.217.173", helo="mail-ua0-f173.google.com")
    assert lines(replace(MAIL, verdict=verdict, envelope=envelope))[4] == (
        "Received-SPF: none (spfCheck: 209.85.217.173 is neither permitted nor denied by domain of reva.tech) "
        "client-ip=209.85.217.173; envelope-from=a@reva.tech; helo=mail-ua0-f173.google.com;"
    )


@pytest.mark.parametrize("result", ["pass", "fail", "softfail", "neutral", "none", "permerror", "temperror"])
def test_every_result_of_spf_has_words_that_name_the_domain(result: str) -> None:
    verdict = replace(VERDICT, spf=SpfVerdict(result, "x{ip}.org", "192.0.2.1"))
    assert lines(replace(MAIL, verdict=verdict))[4].startswith(f"Received-SPF: {result} (spfCheck: ")
    assert "x{ip}.org" in lines(replace(MAIL, verdict=verdict))[4]


def test_every_signature_has_an_entry_and_no_signature_none() -> None:
    bad = replace(DKIM, result="fail", identity="@x.org")
    assert (
        " dkim=pass header.i=@gmail.com;\n dkim=fail header.i=@x.org;\n"
        in lines(replace(MAIL, verdict=replace(VERDICT, dkim=(DKIM, bad))))[-1]
    )
    assert "dkim" not in lines(replace(MAIL, verdict=replace(VERDICT, dkim=())))[-1]


def test_dmarc_none_is_told_and_no_from_domain_is_not() -> None:
    none = replace(VERDICT, dmarc=DmarcVerdict("none", "222222.com"))
    assert lines(replace(MAIL, verdict=none))[-1].endswith("\n dmarc=none header.from=222222.com;")
    nobody = replace(VERDICT, dmarc=DmarcVerdict("permerror", ""))
    assert "dmarc" not in lines(replace(MAIL, verdict=nobody))[-1]


def test_what_the_peer_said_cannot_make_a_field_or_end_a_comment() -> None:
    hostile = "x) evil\r\nX-Evil: 1; \u00e4\\"
    envelope = replace(ENVELOPE, helo=hostile, mail_from=hostile, rcpt_to=(hostile,))
    verdict = replace(
        VERDICT,
        spf=replace(SPF, domain=hostile),
        dkim=(replace(DKIM, identity=hostile),),
        dmarc=replace(VERDICT.dmarc, from_domain=hostile),
    )
    mail = replace(MAIL, envelope=envelope, verdict=verdict, client_name=hostile)
    fields = lines(mail)
    assert [field.partition(":")[0] for field in fields] == [field.partition(":")[0] for field in lines()]
    assert all(line.isascii() for line in fields)
    assert fields[1].startswith("Received: from x??evil?X-Evil:?1???? (x??evil?X-Evil:?1???? [209.85.166.181])\n")


def test_a_long_name_is_cut() -> None:
    mail = replace(MAIL, envelope=replace(ENVELOPE, helo="h" * 5000))
    assert "h" * 320 in lines(mail)[1]
    assert "h" * 321 not in lines(mail)[1]


def test_a_header_is_added_above_all_others() -> None:
    first = received(MAIL, DATA, scanned=True)
    assert with_header(first, "X-Team", "blue") == b"X-Team: blue\r\n" + first


def test_a_long_header_is_folded_and_one_outside_ascii_encoded() -> None:
    folded = with_header(DATA, "X-Long", " ".join(["word"] * 400))
    assert max(map(len, folded.removesuffix(DATA).split(b"\r\n"))) <= 76
    assert fields_of(folded)[0] == ("X-Long", " ".join(["word"] * 400))
    assert with_header(DATA, "X-City", "Köln") == b"X-City: =?UTF-8?Q?K=C3=B6ln?=\r\n" + DATA


def test_fields_are_read_unfolded_from_the_top() -> None:
    names = ["Return-Path", "Received", "Received-SPF", "Authentication-Results", "From", "Subject"]
    fields = fields_of(received(MAIL, DATA, scanned=False))
    assert [name for name, _ in fields] == names
    assert fields[1][1] == (
        "from mail-it1-f181.google.com (mail-it1-f181.google.com [209.85.166.181]) by inbound-smtp.us-east-1"
        f".amazonaws.com with SMTP id {ID} for no-reply@helpec.com.br; Tue, 23 Apr 2019 14:32:52 +0000 (UTC)"
    )
    assert fields[-1] == ("Subject", "Fwd: hello")
