"""What the list, the card, Source, Why and Journey conclude in cases that hardly any mail gets to."""

from __future__ import annotations

import pytest

from emulator.http.listing import rows
from emulator.http.tabs.heading import fields, heading
from emulator.http.tabs.journey import journey
from emulator.http.tabs.links import plain
from emulator.http.tabs.original import original
from emulator.http.tabs.why import why
from emulator.post.feedback import BOUNCE_OPERATION
from emulator.post.own_mail import SES
from emulator.receiver.organizational import OrganizationalDomains
from emulator.receiver.reading import read
from emulator.store.ports import DeliveryState, Line
from emulator.values import Door, Envelope, OutboundMessage, Outcome, Scope
from emulator.verdicts import Display, DmarcVerdict, Reason, SpfVerdict


@pytest.fixture(scope="module")
def organizational():
    return OrganizationalDomains()


def line(**changes):
    given = {
        "id": 1, "received_at": 0.0, "message_id": None, "scope": None, "from_": "", "to": (), "subject": " ",
        "snippet": "", "size": 0, "attachments": 0, "unread": False, "spf": "pass", "dkim": ("pass",), "dmarc": "pass",
        "via": None,
    }  # fmt: skip
    return Line(**{**given, **changes})


def test_a_row_without_anything_still_says_something(now):
    (row,) = rows([line()], now)
    assert (row.sender, row.recipient, row.subject, row.marks) == ("(nobody)", "(nobody)", "(no subject)", ())


@pytest.mark.parametrize(
    ("changes", "marks"),
    [
        ({"dkim": ("pass", "fail")}, []),
        ({"dkim": ("fail",)}, ["DKIM FAIL"]),
        ({"dkim": ()}, ["unsigned"]),
        ({"spf": "softfail", "dmarc": "fail"}, ["SPF SOFTFAIL", "DMARC FAIL"]),
        ({"spf": "none", "dmarc": "none"}, []),
        ({"via": "x.example"}, ["via x.example"]),
    ],
)
def test_a_row_marks_what_is_remarkable(now, changes, marks):
    assert [mark.text for mark in rows([line(**changes)], now)[0].marks] == marks


@pytest.mark.parametrize(
    ("received", "encrypted"),
    [
        ("from x by mx.google.com with ESMTPS id 1", True),
        ("from x by mx.google.com with esmtpsa id 1", True),
        ("from x by mx.google.com with ESMTP id 1", False),
        ("from x by mx.google.com; with no protocol", False),
    ],
)
def test_security_is_what_the_receivers_own_line_says(captured, now, received, encrypted):
    raw = f"Received: {received}\r\nReceived: by y with ESMTPS id 2\r\nFrom: a@shop.example\r\n\r\n".encode()
    card = heading(captured(raw), read(raw), now)
    assert card.encrypted is encrypted
    assert card.security.startswith("Standard encryption" if encrypted else "No encryption: away.example")


def test_the_avatar_asks_who_it_is_when_nothing_is_authenticated(captured, now, judged):
    mail = captured(from_='"*élan*" <a@shop.example>')
    assert heading(mail, read(mail.raw), now).letter == "?"
    known = captured(from_='"*élan*" <a@shop.example>', verdict=judged(display=Display(None, "x.example", "x.example")))
    assert heading(known, read(known.raw), now).letter == "É"


@pytest.mark.parametrize(("sender", "letter"), [('"!!!" <ann@shop.example>', "A"), ("!!! <!@shop.example>", "S")])
def test_a_sender_whose_name_has_no_letter_is_not_one_who_is_unknown(captured, now, judged, sender, letter):
    mail = captured(from_=sender, verdict=judged(display=Display(None, "shop.example", "shop.example")))
    card = heading(mail, read(mail.raw), now)
    assert (card.authenticated, card.letter) == (True, letter)


def test_a_bcc_that_is_part_of_anothers_address_is_a_bcc(captured, now):
    envelope = Envelope("a@away.example", ("ann@here.example", "joann@here.example"), "192.0.2.1", "away.example")
    mail = captured(to=("Jo <JoAnn@here.example>",), envelope=envelope)
    assert [one.address for one in heading(mail, read(mail.raw), now).bcc.shown] == ["ann@here.example"]


def test_a_crowd_of_recipients_is_counted_not_listed(captured, now):
    mail = captured(to=tuple(f"r{number}@here.example" for number in range(5000)))
    card = heading(mail, read(mail.raw), now)
    assert (len(card.to.shown), card.to.more) == (20, 4980)


@pytest.mark.parametrize(
    ("date", "created"),
    [
        ("Tue, 14 Nov 2023 22:13:18 +0000", "Tue, 14 Nov 2023 22:13:18 +0000 (Delivered after 2 seconds)"),
        ("Tue, 14 Nov 2023 20:13:18 +0000", "Tue, 14 Nov 2023 20:13:18 +0000 (Delivered after 2 hours)"),
        ("Tue, 14 Nov 2033 22:13:18 +0000", "Tue, 14 Nov 2033 22:13:18 +0000"),
        ("yesterday", "yesterday"),
        ("Tue, 99 Nov 99999999999999999999 99:99:99 +9999", "Tue, 99 Nov 99999999999999999999 99:99:99 +9999"),
        ("", "(no Date field)"),
    ],
)
def test_source_says_how_long_delivery_took_where_the_date_is_sensible(captured, date, created):
    raw = (f"Date: {date}\r\n" if date else "").encode() + b"From: a@b.example\r\n\r\n"
    shown = original(captured(raw), read(raw))
    assert next(one.text for one in shown.lines if one.label == "Created at") == created


def test_source_tells_the_dmarc_record_and_a_broken_signature(captured, judged, signature):
    verdict = judged(
        dkim=(signature("shop.example", "fail"),),
        dmarc=DmarcVerdict("fail", "shop.example", "reject", "", "shop.example", ""),
    )
    mail = captured(verdict=verdict)
    lines = {one.label: one for one in original(mail, read(mail.raw)).lines}
    assert (lines["DKIM"].mark.text, lines["DKIM"].text) == ("'FAIL'", "with domain shop.example: broken")
    assert (lines["DMARC"].mark.text, lines["DMARC"].text) == ("'FAIL'", "by _dmarc.shop.example (p=reject)")


def test_why_counts_only_what_passed_and_is_aligned(captured, judged, signature, organizational):
    verdict = judged(
        spf=SpfVerdict("pass", "bounce.shop.example", "192.0.2.1"),
        dkim=(signature("shop.example", "fail"), signature("other.example")),
        display=Display("bounce.shop.example", "other.example", None),
    )
    view = why(captured(verdict=verdict), organizational)
    assert [(party.kind, party.words, party.counts) for party in view.parties] == [
        ("DKIM", "FAIL, aligned", False),
        ("DKIM", "PASS, not aligned", False),
        ("SPF", "PASS, aligned", True),
    ]
    assert view.hidden
    assert view.cells == ()
    assert [party.y for party in view.parties] == sorted({party.y for party in view.parties})


def test_why_says_when_a_mail_differs_from_its_case(captured, judged, signature, organizational):
    """DKIM is on, yet the signature broke on its way: via is shown where the article saw none."""
    verdict = judged(
        spf=SpfVerdict("pass", "amazonses.com", "192.0.2.1"),
        dkim=(signature("shop.example", "fail"), signature("amazonses.com")),
        display=Display("amazonses.com", "amazonses.com", "amazonses.com"),
        reasons=(Reason("via", "Shown as via amazonses.com.", "do this"),),
    )
    envelope = Envelope("x@amazonses.com", ("r@here.example",), "192.0.2.1", "x")
    view = why(captured(verdict=verdict, envelope=envelope, message_id="m"), organizational)
    (here,) = [cell for cell in view.cells if cell.here]
    assert (here.dkim, here.mail_from, here.via) == (True, False, False)
    assert "usually does not show" in view.surprise
    assert view.conclusion == "Gmail shows “via amazonses.com”"


def test_why_shortens_a_name_at_the_front_and_draws_few_of_many_signatures(captured, judged, signature, organizational):
    long = "a" * 60 + ".shop.example"
    verdict = judged(dkim=(signature(long),) * 50)
    view = why(captured(verdict=verdict), organizational)
    assert len(view.parties) == 5
    assert view.parties[0].label.endswith("a.shop.example")
    assert len(view.parties[0].label) == 30


def test_journey_shows_this_copys_delivery_first_and_not_thousands(captured, now):
    states = [
        DeliveryState(f"r{number}@here.example", Outcome.DELIVERED, "250 ok", 1, now, "S: 220") for number in range(200)
    ]
    states.append(DeliveryState("r@here.example", Outcome.BOUNCED, "550 no", 3, now))
    mail = captured(message_id="m")
    steps = journey(mail, read(mail.raw), now, entry=None, outbound=None, deliveries=states)
    delivered = next(step for step in steps if step.title == "Delivered")
    assert delivered.facts[0] == ("r@here.example", "bounced after 3 attempts: 550 no")
    assert len(delivered.facts) == 50
    assert delivered.sentence.startswith("201 copies")
    assert {mark.text for mark in delivered.marks} == {"BOUNCED", "DELIVERED"}
    assert steps[0].sentence == "Sent through SES; the call is no longer known here."


def test_journey_of_a_forwarded_bounce_claims_no_call(captured, now):
    outbound = OutboundMessage(
        message_id="m",
        scope=Scope("123456789012", "us-east-1"),
        accepted_at=now,
        door=Door.V1,
        operation=BOUNCE_OPERATION,
        caller=SES,
        source="MAILER-DAEMON@amazonses.com",
        feedback_to="",
        envelope=Envelope("", ("r@here.example",), "192.0.2.1", "x"),
        data=b"",
        counted=0,
    )
    mail = captured(message_id="m")
    first = journey(mail, read(mail.raw), now, entry=None, outbound=outbound, deliveries=())[0]
    assert (first.title, first.facts[0]) == ("Written by SES", ("Kind", "BounceNotification"))
    assert "No call" in first.sentence


@pytest.mark.parametrize("outcome", Outcome)
def test_journey_has_a_word_for_every_end_of_a_copy(captured, now, outcome):
    mail = captured(message_id="m")
    states = [DeliveryState("r@here.example", outcome, "", 1, now)]
    steps = journey(mail, read(mail.raw), now, entry=None, outbound=None, deliveries=states)
    (mark,) = next(step for step in steps if step.title == "Delivered").marks
    assert mark.text == outcome.value.replace("_", " ")


def test_of_endless_text_and_fields_the_beginning_is_shown_and_the_rest_counted():
    text = plain("https://x.example/ " + "x" * 300_000)
    assert text.pieces[0] == ("https://x.example/", "https://x.example/")
    assert sum(len(words) for words, _ in text.pieces) + text.cut == 300_019
    assert len(text.pieces[-1][0]) < 262_144
    found = fields(read(b"X-A: b\r\n" * 5000 + b"\r\nhi"))
    assert (len(found.shown), found.more) == (1000, 4000)
    assert (fields(read(b"X-A: b\r\n\r\n")).more, plain("hi").cut, plain(" \n").pieces) == (0, 0, ())
