"""What the Checks tab objects to, and what it lets pass."""

from __future__ import annotations

import pytest

from emulator.http.tabs.checks import checks
from emulator.http.tabs.links import found_in
from emulator.http.tabs.signatures import signatures
from emulator.receiver.reading import read

FROM = b"From: a@shop.example\r\nDate: x\r\nMessage-ID: <1@x>\r\nTo: b@x\r\n"
ONE_CLICK = (
    b"List-Unsubscribe: <mailto:u@shop.example>, <https://shop.example/u>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
)


def signed(covered):
    return (
        b"DKIM-Signature: v=1; a=rsa-sha256; d=Shop.example; s=sel;\r\n h="
        + covered
        + b"; bh=x; b=AbCd\r\n EfGh"
        + b"A" * 334
        + b"==\r\n"
    )


@pytest.fixture
def check(captured):
    """``check(raw, **changes)``: mark and sentence of each check, by what it is about."""

    def run(raw, **changes):
        mail = captured(raw, subject="fine", **changes)
        reading = read(raw)
        made = checks(mail, reading, found_in(reading.html))
        return {one.about: (one.mark.text, one.sentence) for one in made.checks}

    return run


@pytest.mark.parametrize(
    ("fields", "about", "mark", "words"),
    [
        (b"", "List-Unsubscribe", "NOTE", "No List-Unsubscribe"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", "List-Unsubscribe", "WRONG", "without"),
        (b"List-Unsubscribe: https://x.example\r\n", "List-Unsubscribe", "WRONG", "between < and >"),
        (b"List-Unsubscribe: <mailto:u@x.example>\r\n", "List-Unsubscribe", "LOOK", "needs an https"),
        (b"List-Unsubscribe: <http://x.example/>\r\n", "List-Unsubscribe", "LOOK", "needs an https"),
        (b"List-Unsubscribe: <https://x.example/>\r\n", "One-click", "LOOK", "is missing"),
        (ONE_CLICK.replace(b"One-Click", b"one-click"), "One-click", "WRONG", "exactly"),
        (ONE_CLICK + b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", "One-click", "WRONG", "exactly"),
        (ONE_CLICK, "One-click", "WRONG", "No valid DKIM signature"),
    ],
)
def test_unsubscribe_is_held_to_its_rfcs(check, fields, about, mark, words):
    found = check(FROM + fields + b"\r\nhi\r\n")
    assert found[about][0] == mark
    assert words in found[about][1]


def test_one_click_needs_a_valid_signature_over_both_fields(check, judged, signature):
    valid = {"verdict": judged(dkim=(signature("shop.example"),))}
    both = signed(b"From:List-Unsubscribe:\r\n list-unsubscribe-POST") + FROM + ONE_CLICK + b"\r\nhi\r\n"
    assert check(both, **valid)["One-click"][0] == "OK"
    half = signed(b"From:List-Unsubscribe") + FROM + ONE_CLICK + b"\r\nhi\r\n"
    assert check(half, **valid)["One-click"][0] == "WRONG"
    assert "list-unsubscribe-post" in check(half, **valid)["One-click"][1]
    broken = {"verdict": judged(dkim=(signature("shop.example", "fail"),))}
    assert "No valid DKIM signature" in check(both, **broken)["One-click"][1]


def test_a_signature_is_read_from_its_bytes():
    (one,) = signatures(signed(b"From : To\r\n\t:Subject") + b"\r\n")
    assert (one.domain, one.selector, one.algorithm, one.covered) == (
        "shop.example",
        "sel",
        "rsa-sha256",
        ("from", "to", "subject"),
    )
    assert (one.tag_b, one.signature_bits, one.key_name) == ("AbCdEfGh", 2048, "sel._domainkey.shop.example")
    assert len(signatures(b"DKIM-Signature: ;;;==\r\n" * 500)) == 20


@pytest.mark.parametrize(
    ("html", "about", "mark"),
    [
        ("<p>only html</p>", "Text part", "LOOK"),
        ("<p>" + "x" * (102 * 1024), "HTML size", "WRONG"),
        ("<p>small", "HTML size", "OK"),
        ("<img src=cid:x>", "Images", "LOOK"),
        ("<img src=cid:x alt>", "Images", "OK"),
        ("<script>x</script>", "Active content", "WRONG"),
        ("<p onclick=x>", "Active content", "WRONG"),
        ("<form>", "Active content", "WRONG"),
        ("<img src=https://t.example/ alt=''>", "Remote content", "NOTE"),
        ("<a href=https://x.example/>x</a>", "Links", "OK"),
        ("<a href=http://x.example/>x</a>", "Links", "LOOK"),
        ("<a href=javascript:alert(1)>x</a>", "Links", "WRONG"),
        ("<a href='https://['>x</a>", "Links", "WRONG"),
        ("<a href=https://evil.example/>https://bank.example/login</a>", "Links", "WRONG"),
        ("<a href=https://www.bank.example/login>bank.example</a>", "Links", "OK"),
        ("<a href=#>x</a>", "Links", "LOOK"),
        ("<a href=mailto:x@y>x@y.example</a>", "Links", "OK"),
    ],
)
def test_html_is_looked_through(check, html, about, mark):
    assert check(FROM + b"Content-Type: text/html\r\n\r\n" + html.encode() + b"\r\n")[about][0] == mark


def test_what_is_not_there_is_not_spoken_of(check):
    found = check(FROM + b"\r\nhi\r\n")
    assert not {"HTML size", "Images", "Links", "Active content", "From", "Date", "Message-ID", "To"} & found.keys()


def test_missing_and_doubled_fields_are_named(check):
    found = check(b"From: a@x\r\nFrom: b@x\r\n\r\nhi\r\n")
    assert found["From"] == ("WRONG", "There are 2 From fields; one is allowed.")
    assert found["Date"] == ("WRONG", "There is no Date field.")
    assert found["To"][0] == "LOOK"


def test_the_subjects_length_is_looked_at(captured):
    def subject(text):
        mail = captured(subject=text)
        return next(
            one.mark.text for one in checks(mail, read(mail.raw), found_in(None)).checks if one.about == "Subject"
        )

    assert [subject(text) for text in ("", "  ", "fine", "x" * 70, "x" * 71)] == ["LOOK", "LOOK", "OK", "OK", "LOOK"]


@pytest.mark.parametrize(
    ("body", "mark", "words"),
    [
        (b"\r\nhi\r\n", "OK", "A plain text is there."),
        (b"", "LOOK", "The text is empty"),
        (b"\r\n \r\n", "LOOK", "The text is empty"),
        (b"Content-Type: text/html\r\n\r\n<p>x", "LOOK", "There is HTML but no text"),
        (b"Content-Type: application/pdf\r\n\r\nx", "LOOK", "neither text nor HTML"),
    ],
)
def test_a_mail_has_a_text_when_something_stands_in_it(check, body, mark, words):
    found = check(FROM + body)["Text part"]
    assert found[0] == mark
    assert words in found[1]
