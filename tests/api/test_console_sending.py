"""The console's test email goes the way of every mail, and the page of a MessageId says what became of each copy."""

from __future__ import annotations

import pytest

ONE = "/_ses/identity"
READER = "reader@gmail.example"
LETTER = {"to": READER, "subject": "Drift ice", "text": "line one\r\nline two", "html": "", "headers": ""}


@pytest.fixture
def ready(fresh, browser):
    """A browser at an emulator of its own, where domain and reader are verified and the rate is unlimited."""
    lab = fresh(max_send_rate=-1.0)
    lab.verify("send.example", READER)
    lab.console = browser(lab)
    return lab


def send(lab, **fields):
    letter = {**LETTER, "source": "Ice <mail@send.example>", **fields}
    return lab.console.send(ONE, {**letter, "do": "send"}, name="send.example")


def sent_id(answer):
    assert answer.status == 303, answer.words
    return answer.location.partition("sent=")[2]


def test_a_test_email_is_accepted_delivered_and_linked(ready):
    answer = send(ready, html="<p>drift</p>", headers="X-Kind: test\nList-Unsubscribe: <https://send.example/u>")
    message_id = sent_id(answer)
    mail = ready.wait(message_id=message_id)
    assert (mail["from"], mail["to"], mail["subject"]) == ("Ice <mail@send.example>", [READER], "Drift ice")
    assert mail["text"].replace("\r\n", "\n").strip() == "line one\nline two"
    assert mail["html"].strip() == "<p>drift</p>"
    assert ["X-Kind", "test"] in mail["headers"]
    assert ["List-Unsubscribe", "<https://send.example/u>"] in mail["headers"]
    page = ready.console.open(ONE, name="send.example", sent=message_id)
    assert f"Accepted. MessageId {message_id}" in page.words
    assert "Open the mail" in page.words
    follow = ready.console.open(f"/_ses/sent/{message_id}")
    assert follow.status == 302
    assert follow.location.startswith(f"/_ses/messages/{mail['id']}?")


def test_several_recipients_with_commas_in_their_names(ready):
    ready.verify("other@x.example")
    message_id = sent_id(send(ready, to=f'"Last, First" <{READER}>; other@x.example , bounce@simulator.amazonses.com'))
    for to in (READER, "other@x.example"):
        ready.wait(message_id=message_id, to=to)
    page = ready.console.open(f"/_ses/sent/{message_id}")
    while "On its way" in page.words:
        page = ready.console.open(f"/_ses/sent/{message_id}")
    assert page.words.count("Delivered") == 2
    assert "bounce@simulator.amazonses.com Bounced 550 5.1.1" in page.words
    assert page.source.count("/_ses/messages/") == 2
    assert page.words.count("Not captured") == 1


def test_a_refusal_is_shown_with_the_words_of_ses_and_the_hint_and_keeps_the_letter(ready):
    page = send(ready, to="stranger@x.example", headers="X-A: <b>")
    assert page.status == 400
    assert "Refused: MessageRejected" in page.words
    assert "failed the check in region AP-NORTHEAST-1: stranger@x.example" in page.words
    assert "What to do:" in page.words
    assert 'value="stranger@x.example"' in page.source
    assert "X-A: &lt;b&gt;</textarea>" in page.source
    assert "line one\r\nline two</textarea>" in page.source


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"headers": "no colon"}, "no colon has no colon"),
        ({"headers": "X-A: 1\nSubject: two"}, "Refused:"),
        ({"to": ""}, "Refused:"),
        ({"to": ", ;"}, "Refused:"),
        ({"to": "a@" + "b" * 2000}, "Refused:"),
        ({"source": ""}, "Refused:"),
        ({"source": "<script>x</script>"}, "Refused:"),
        ({"source": "a\r\nBcc: evil@x.example <mail@send.example>"}, "Refused:"),
        ({"text": "a\x00b"}, "without NUL"),
    ],
)
def test_letters_that_cannot_be_sent_are_refused_in_a_sentence(ready, fields, words):
    page = send(ready, **fields)
    assert (page.status, words in page.words) == (400, True), page.words
    assert "<script>x" not in page.source
    assert ready.api("GET", "messages?from=send.example")["total"] == 0


def test_a_long_letter_is_sent_whole(ready):
    message_id = sent_id(send(ready, text="drift ice\r\n" * 60_000))
    assert ready.wait(message_id=message_id)["text"].count("drift ice") == 60_000


def test_a_subject_cannot_carry_a_header(ready):
    message_id = sent_id(send(ready, subject="one\r\nX-Evil: yes"))
    names = [name for name, _ in ready.wait(message_id=message_id)["headers"]]
    assert "X-Evil" not in names


@pytest.mark.parametrize("message_id", ["none", "x" * 5000, "a%00b", "<script>", "..%2f.."])
def test_a_message_id_that_is_none_is_not_found(lab, browser, message_id):
    page = browser(lab).open(f"/_ses/sent/{message_id}")
    assert page.status == 404
    assert "<script>" not in page.source
    lab.sesv2.create_email_identity(EmailIdentity="x.example")
    assert "Accepted." not in browser(lab).open(ONE, name="x.example", sent=message_id[:900]).words
