"""What was told of mails, in the inspection API: to whom, by which way, in which words, and whether it was taken."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from emulator.sending_events import EventType
from emulator.values import Scope

TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:told"


def events(lab, **wanted):
    return lab.api("GET", f"events?{urlencode({'account': lab.account, **wanted})}")["events"]


def noted(lab, **changes):
    """An entry of the log, as publishing makes it."""
    given = {
        "at": 1_700_000_000.25,
        "scope": Scope(lab.account, lab.region),
        "message_id": "m",
        "type": EventType.SEND,
        "channel": "sns",
        "target": TOPIC,
        "of": "set/told",
        "body": "{}",
    }
    lab.emulator._published.note(**{**given, **changes})


def test_an_entry_says_who_was_told_what_and_when(lab):
    noted(lab, body='{"eventType":"Send"}\n')
    noted(lab, channel="firehose", target="arn:aws:firehose:x", failure="There is no such stream.")
    lost, taken = events(lab)
    assert taken == {
        "number": taken["number"],
        "at": "2023-11-14T22:13:20.250Z",
        "message_id": "m",
        "account": lab.account,
        "region": lab.region,
        "type": "SEND",
        "channel": "sns",
        "target": TOPIC,
        "of": "set/told",
        "body": '{"eventType":"Send"}\n',
        "failure": None,
    }
    assert (lost["channel"], lost["failure"]) == ("firehose", "There is no such stream.")
    assert lost["number"] > taken["number"]


def test_filters_choose_and_a_limit_keeps_the_newest(lab):
    noted(lab, message_id="first")
    noted(lab, message_id="second", type=EventType.RENDERING_FAILURE)
    noted(lab, message_id="second", type=EventType.BOUNCE, scope=Scope(lab.account, "eu-west-1"))

    def ids(**wanted):
        return [(one["message_id"], one["type"]) for one in events(lab, **wanted)]

    bounced, failed, sent = ("second", "BOUNCE"), ("second", "RENDERING_FAILURE"), ("first", "SEND")
    assert ids() == [bounced, failed, sent]
    assert ids(limit=2) == [bounced, failed]
    assert ids(message_id="second") == [bounced, failed]
    assert ids(region=lab.region) == [failed, sent]
    assert ids(type="SEND") == [sent]
    assert ids(type="rendering_failure") == [failed]
    assert ids(type="DELIVERY") == ids(message_id="third") == ids(account="999999999999") == []


def test_a_reset_forgets_what_was_told_of_its_accounts_mails(another):
    one, other = another(), another()
    noted(one)
    noted(other)
    one.api("POST", f"reset?account={one.account}")
    assert events(one) == []
    assert len(events(other)) == 1


def test_a_bounce_that_is_forwarded_stands_there_with_the_mail_that_tells_it(lab):
    lab.verify("told.example")
    lab.production()
    message_id = lab.send("me@told.example", "bounce@simulator.amazonses.com")
    lab.until(lambda: events(lab, message_id=message_id))
    (told,) = events(lab, message_id=message_id)
    assert (told["type"], told["channel"], told["target"]) == ("BOUNCE", "email", "me@told.example")
    assert (told["of"], told["failure"]) == ("told.example", None)
    forwarded = lab.wait(to="me@told.example")
    assert forwarded["message_id"] == told["body"]


def test_an_event_of_a_configuration_set_stands_there_as_its_topic_got_it(lab):
    lab.verify("told.example")
    lab.production()
    topic = lab.client("sns").create_topic(Name="told")["TopicArn"]
    lab.sesv2.create_configuration_set(ConfigurationSetName="set")
    lab.sesv2.create_configuration_set_event_destination(
        ConfigurationSetName="set",
        EventDestinationName="told",
        EventDestination={"Enabled": True, "MatchingEventTypes": ["SEND"], "SnsDestination": {"TopicArn": topic}},
    )
    message_id = lab.sesv2.send_email(
        FromEmailAddress="me@told.example",
        Destination={"ToAddresses": ["you@here.example"]},
        Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
        ConfigurationSetName="set",
    )["MessageId"]
    lab.until(lambda: events(lab, message_id=message_id))
    (told,) = events(lab, message_id=message_id)
    assert (told["type"], told["channel"], told["target"], told["of"]) == ("SEND", "sns", topic, "set/told")
    assert told["failure"] is None
    body = json.loads(told["body"])
    assert (body["eventType"], body["mail"]["messageId"]) == ("Send", message_id)
