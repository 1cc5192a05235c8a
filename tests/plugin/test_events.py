"""``ses.events`` and ``ses.wait_for_event``: what SES told of a test's mails, without a queue to read it from."""

from __future__ import annotations

import re

PRELUDE = """
import pytest, threading

def send(ses, to="bounce@simulator.amazonses.com"):
    return ses.client("sesv2").send_email(
        FromEmailAddress="x@test.example", Destination={"ToAddresses": [to]},
        Content={"Simple": {"Subject": {"Data": "test-subject"}, "Body": {"Text": {"Data": "test-body"}}}})["MessageId"]

@pytest.fixture
def topic(ses):
    ses.verify("test.example")
    topic = ses.client("sns").create_topic(Name="told")["TopicArn"]
    for type in ("Bounce", "Delivery"):
        ses.client("ses").set_identity_notification_topic(
            Identity="test.example", NotificationType=type, SnsTopic=topic)
    return topic
"""


def test_an_event_is_waited_for_by_type_mail_and_channel(suite):
    suite.passes(
        f"""{PRELUDE}
def test_it(ses, topic):
    ses.production()
    first, second = send(ses), send(ses)
    for id in (first, second):
        event = ses.wait_for_event("bounce", message_id=id)
        assert (event.type, event.message_id, event.channel, event.target) == ("BOUNCE", id, "sns", topic)
        assert (event.of, event.region, event.failure) == ("test.example", ses.region, "")
        assert event.data["mail"]["messageId"] == id
        assert event.data["bounce"]["bouncedRecipients"][0]["emailAddress"] == "bounce@simulator.amazonses.com"
        mailed = ses.wait_for_event("BOUNCE", message_id=id, channel="email")
        assert mailed.target == "x@test.example"
    told = ses.events()
    assert [one.message_id for one in told] == [first, first, second, second]
    assert told == sorted(told, key=lambda one: one.at)

def test_another_test_sees_none_of_it(ses, topic):
    assert ses.events() == []
"""
    )


def test_what_comes_only_after_a_while_is_waited_for(suite):
    suite.passes(
        f"""{PRELUDE}
def test_it(ses, topic):
    later = threading.Timer(0.3, send, (ses,))
    later.start()
    assert ses.wait_for_event("BOUNCE", timeout=20).data["notificationType"] == "Bounce"
    later.join()
"""
    )


def test_when_none_comes_the_error_says_what_did_and_what_was_lost(suite):
    printed = suite.fails(
        f"""{PRELUDE}
def test_nobody_asks(ses):
    ses.verify("test.example")
    send(ses, "success@simulator.amazonses.com")
    ses.wait_for_event("DELIVERY", timeout=0)

def test_another_came(ses, topic):
    send(ses)
    ses.wait_for_event("BOUNCE")
    ses.wait_for_event("DELIVERY", timeout=0.1)

def test_it_was_lost(ses, topic):
    ses.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{{ses.account}}:gone")
    id = send(ses)
    ses.wait_for_event("BOUNCE", channel="email")
    ses.wait_for_event("BOUNCE", message_id=id, timeout=0)

def test_of_no_such_type(ses, topic):
    ses.wait_for_event("Bounces")

def test_for_no_such_time(ses, topic):
    ses.wait_for_event("BOUNCE", timeout=-1)
"""
    )
    assert "5 failed" in printed
    assert re.search(r"NoEvent: No DELIVERY was told by sns within 0 s\.\nE +Nothing was told of any mail", printed)
    assert re.search(r"NoEvent: No DELIVERY was told by sns within 0\.1 s\.\nE +Told of this test's mails:", printed)
    assert ": lost, SNS topic arn:aws:sns:us-east-1:" in printed
    assert "Refused: type must be one of SEND, REJECT, BOUNCE" in printed
    assert "An event can be waited for from 0 to 300 seconds, not -1." in printed
    assert "emulator/testing/" not in printed
