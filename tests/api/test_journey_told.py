"""The last step of a mail's journey: who was told of it, through boto3 and the page."""

from __future__ import annotations

import html
import json
import re

import pytest

from tests.api.own_pages import assert_is_only_ours

DOMAIN = "told.example"
HOSTILE = "</pre><script>alert(1)</script>{{7*7}}"


@pytest.fixture
def place(lab):
    lab.verify(DOMAIN)
    lab.production()
    return lab


def told(lab, message_id):
    """What the log holds of the mail, as soon as there is something."""

    def entries():
        return lab.api("GET", f"events?message_id={message_id}")["events"]

    lab.until(entries)
    return entries()


def journey(browser, lab, mail):
    return browser(lab).open(f"/_ses/messages/{mail['id']}", tab="journey")


def test_nobody_asks_to_be_told(place, browser):
    message_id = place.send(f"a@{DOMAIN}", "r@here.example")
    mail = place.wait(message_id=message_id)
    place.settled(message_id)
    assert (
        "Told of it Nobody asks to be told of SEND or DELIVERY: it was sent without a configuration set, "
        f"and its identity {DOMAIN} has no topic for that."
    ) in journey(browser, place, mail).words


def test_what_a_topic_was_told_is_shown_as_text(place, browser):
    """The subject, which the notification quotes, attacks whoever looks."""
    topic = place.client("sns").create_topic(Name="told")["TopicArn"]
    place.ses.set_identity_notification_topic(Identity=DOMAIN, NotificationType="Delivery", SnsTopic=topic)
    place.ses.set_identity_headers_in_notifications_enabled(Identity=DOMAIN, NotificationType="Delivery", Enabled=True)
    message_id = place.send(f"a@{DOMAIN}", "r@here.example", subject=HOSTILE)
    (entry,) = told(place, message_id)

    page = journey(browser, place, place.wait(message_id=message_id))
    assert_is_only_ours(page.source)
    assert "Told of it 1 taken 1 event for those who asked to be told. DELIVERY taken" in page.words
    assert f"SNS topic {topic} Asked by {DOMAIN} What was handed over {{" in page.words
    shown = html.unescape(re.search(r'aria-label="What was handed over">(.*?)</pre>', page.source, re.DOTALL)[1])
    assert json.loads(shown) == json.loads(entry["body"])
    assert HOSTILE in shown


def test_what_a_topic_that_is_gone_did_not_take_is_shown_with_the_reason(place, browser):
    topic = place.client("sns").create_topic(Name="told")["TopicArn"]
    place.ses.set_identity_notification_topic(Identity=DOMAIN, NotificationType="Delivery", SnsTopic=topic)
    place.client("sns").delete_topic(TopicArn=topic)
    message_id = place.send(f"a@{DOMAIN}", "r@here.example")
    (entry,) = told(place, message_id)
    assert entry["failure"]

    words = journey(browser, place, place.wait(message_id=message_id)).words
    assert "Told of it 1 not taken" in words
    assert f"Asked by {DOMAIN} Not taken {' '.join(entry['failure'].split())} What was handed over" in words


def test_a_link_leads_to_the_mail_that_told_of_a_bounce(place, browser):
    message_id = place.ses.send_email(
        Source=f"a@{DOMAIN}",
        Destination={"ToAddresses": ["r@here.example", "bounce@simulator.amazonses.com"]},
        Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
    )["MessageId"]
    told(place, message_id)
    notice = place.wait(to=f"a@{DOMAIN}")
    page = journey(browser, place, place.wait(message_id=message_id, to="r@here.example"))
    assert "BOUNCE taken" in page.words
    (link,) = re.findall(r'Its mail</dt><dd><a href="([^"]+)"', page.source)
    assert browser(place).open(html.unescape(link).partition("?")[0]).location.partition("?")[0] == (
        f"/_ses/messages/{notice['id']}"
    )
