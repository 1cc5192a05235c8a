"""The fixture ``inbox`` and the mails in it."""

from __future__ import annotations

import email
import threading
from email.message import EmailMessage

import pytest

from emulator.testing.inbox import NoMail, UnwantedMail


@pytest.fixture
def send(ses):
    """Sends from a verified domain, without limits that this test is not about."""
    ses.verify("inbox.example")
    ses.production()
    client = ses.client("sesv2")

    def one(to="anna@there.example", subject="test-subject", text="test-body", **body):
        parts = {"Text": {"Data": text}} | {name.title(): {"Data": value} for name, value in body.items()}
        return client.send_email(
            FromEmailAddress="Shop <x@inbox.example>",
            Destination={"ToAddresses": [to]},
            Content={"Simple": {"Subject": {"Data": subject}, "Body": parts}},
        )["MessageId"]

    return one


def test_wait_for_takes_what_is_there_and_what_comes(send, inbox):
    first = send(subject="first")
    assert inbox.wait_for(subject="FIRST").message_id == first
    found = []
    waiting = threading.Thread(target=lambda: found.append(inbox.wait_for(to="later@", timeout=20)))
    waiting.start()
    later = send(to="later@there.example")
    waiting.join(20)
    assert [mail.message_id for mail in found] == [later]


def test_every_filter_counts(send, inbox):
    send(to="anna@there.example", subject="Drift ice", text="100% of the sea")
    wanted = {"to": "anna@there", "subject": "drift", "from_": "shop", "text": "of the sea", "q": "ice"}
    assert inbox.wait_for(**wanted).subject == "Drift ice"
    for name in wanted:
        with pytest.raises(NoMail):
            inbox.wait_for(**wanted | {name: "zzz"}, timeout=0)


def test_after_passes_over_what_was_there(send, inbox):
    send(subject="code 1")
    first = inbox.wait_for(subject="code")
    with pytest.raises(NoMail, match="after <Mail"):
        inbox.wait_for(subject="code", after=first, timeout=0)
    send(subject="code 2")
    assert inbox.wait_for(subject="code", after=first).subject == "code 2"


def test_expect_none_returns_when_nothing_came_and_tells_what_did(send, inbox):
    inbox.expect_none(within=0.1)
    send(subject="surprise")
    inbox.wait_for()
    inbox.expect_none(within=0.1, subject="other")
    inbox.expect_none(within=0, after=inbox.wait_for())
    with pytest.raises(UnwantedMail, match=r"did:\n  <Mail .*'surprise'>"):
        inbox.expect_none()


@pytest.mark.parametrize("seconds", [-1, 301, float("nan"), float("inf")])
def test_a_time_that_cannot_be_waited_is_no_answer(inbox, seconds):
    with pytest.raises(ValueError, match="from 0 to 300 seconds"):
        inbox.wait_for(timeout=seconds)
    with pytest.raises(ValueError, match="from 0 to 300 seconds"):
        inbox.expect_none(within=seconds)


def test_expect_none_does_not_wait_out_its_time_when_something_comes(send, inbox):
    told = []

    def expect():
        with pytest.raises(UnwantedMail) as problem:
            inbox.expect_none(within=60)
        told.append(problem.value)

    waiting = threading.Thread(target=expect)
    waiting.start()
    send()
    waiting.join(30)
    assert len(told) == 1


def test_all_is_every_mail_the_oldest_first_beyond_a_page(send, inbox, ses, monkeypatch):
    monkeypatch.setattr("emulator.testing.inbox._PAGE", 2)
    for number in range(5):
        send(subject=f"mail {number}")
        inbox.wait_for(subject=f"mail {number}")
    assert [mail.subject for mail in inbox.all()] == [f"mail {number}" for number in range(5)]
    assert inbox.all()[0] == inbox.wait_for(subject="mail 0") != inbox.all()[1]
    assert len({*inbox.all(), *inbox.all()}) == 5


def test_others_mail_is_not_in_it(send, inbox, ses_emulator):
    other = ses_emulator.new_account()
    other.verify("inbox.example", "anna@there.example")
    send()
    inbox.wait_for()
    other.inbox.expect_none(within=0.1)
    assert other.inbox.all() == []


def test_no_mail_says_what_arrived_what_was_refused_and_what_to_do(send, inbox, ses):
    send(to="else@there.example", subject="Something else")
    inbox.wait_for()
    with pytest.raises(Exception, match="not verified"):
        ses.client("ses").send_email(
            Source="x@strange.example",
            Destination={"ToAddresses": ["anna@there.example"]},
            Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
        )
    with pytest.raises(NoMail) as problem:
        inbox.wait_for(to="anna@there.example", timeout=0)
    told = str(problem.value)
    assert "No mail with to 'anna@there.example' came within 0 s." in told
    assert "to else@there.example: 'Something else'" in told
    assert "1 of 3 calls were refused:" in told
    assert "400 MessageRejected" in told
    assert "hint: " in told


def test_what_the_receiver_found_can_be_asserted_in_a_word(send, inbox):
    send(to="anna@there.example", html="<p>hello</p>")
    mail = inbox.wait_for()
    assert (mail.spf, mail.dkim, mail.dmarc) == ("pass", "pass", "none")
    assert (mail.signed_by, mail.mailed_by, mail.via) == ("inbox.example", "amazonses.com", None)
    assert (mail.spf.domain, mail.dmarc.policy, mail.dmarc.aligned_by) == ("amazonses.com", "", "dkim")
    assert [one.domain for one in mail.dkim.signatures] == ["inbox.example", "amazonses.com"]
    assert {reason.about for reason in mail.explanation} >= {"spf", "dkim", "dmarc"}
    assert mail.mail_from.endswith("@amazonses.com")
    assert (mail.to, mail.cc, mail.reply_to, mail.rcpt_to) == (("anna@there.example",), (), (), ("anna@there.example",))
    assert mail.from_ == "Shop <x@inbox.example>"
    assert (mail.text.strip(), mail.html.strip()) == ("test-body", "<p>hello</p>")
    assert email.message_from_bytes(mail.raw)["Subject"] == mail.headers["subject"] == "test-subject"
    assert "x-nothing" not in mail.headers
    assert len(mail.headers.get_all("DKIM-Signature")) == 2
    assert dict(mail.headers)["Subject"] == "test-subject"


def test_a_body_that_is_not_there_is_empty(ses, send, inbox):
    send(text="only text")
    text = inbox.wait_for(text="only text")
    assert (text.text.strip(), text.html) == ("only text", "")
    page = {"Subject": {"Data": "a page"}, "Body": {"Html": {"Data": "<p>only HTML</p>"}}}
    to = {"ToAddresses": ["anna@there.example"]}
    ses.client("sesv2").send_email(FromEmailAddress="x@inbox.example", Destination=to, Content={"Simple": page})
    html = inbox.wait_for(subject="a page")
    assert (html.text, html.html.strip()) == ("", "<p>only HTML</p>")
    assert html.code("only .*") == "only HTML"


def test_links_and_codes_are_found_in_html_and_text(send, inbox):
    send(
        text="Your code is 482913. See https://shop.example/a?b=1&c=2, or (https://shop.example/d).",
        html="""<style>.x{color:#123456}</style><a href="https://shop.example/a?b=1&amp;c=2">one</a>
        <p>code <b>48</b>2914</p><a name="x">no link</a><a href=" mailto:y@shop.example ">mail</a>""",
    )
    mail = inbox.wait_for()
    assert mail.links == ("https://shop.example/a?b=1&c=2", "mailto:y@shop.example", "https://shop.example/d")
    assert mail.code(r"\d{6}") == "482913"
    assert mail.code(r"code is (\d)") == "4"
    assert mail.code("one") == "one"
    with pytest.raises(AssertionError, match="Your code is 482913"):
        mail.code(r"\d{7}")


def test_attachments_come_with_their_bytes(send, inbox, ses):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "x@inbox.example", "anna@there.example", "with a file"
    message.set_content("see the file")
    message.add_attachment(b"\x00\x01bytes", maintype="application", subtype="pdf", filename="terms.pdf")
    ses.client("sesv2").send_email(Content={"Raw": {"Data": message.as_bytes()}})
    [part] = inbox.wait_for(subject="with a file").attachments
    assert (part.file_name, part.content_type, part.content) == ("terms.pdf", "application/pdf", b"\x00\x01bytes")
    assert (part.disposition, part.size) == ("attachment", 7)


@pytest.mark.parametrize(
    "html", ["<a href>x", "<a href=''>x", "<!--", "<a <b <c", "<a href='x'", "<![CDATA[", "<?", "&#xffffff;"]
)
def test_broken_html_is_read_as_far_as_it_goes(send, inbox, html):
    send(html=html)
    mail = inbox.wait_for()
    assert isinstance(mail.links, tuple)
    assert mail.code("test-body") == "test-body"


def test_more_can_wait_than_the_emulator_has_room_for(send, inbox):
    found = []
    waiting = [threading.Thread(target=lambda: found.append(inbox.wait_for(timeout=30))) for _ in range(24)]
    for one in waiting:
        one.start()
    message_id = send()
    for one in waiting:
        one.join(60)
    assert [mail.message_id for mail in found] == [message_id] * 24
