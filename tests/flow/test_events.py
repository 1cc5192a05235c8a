"""Events as an application gets them: boto3 on one side, a queue that hears a topic on the other."""

from __future__ import annotations

import json
import re
from email import message_from_bytes, policy
from urllib.request import urlopen

import pytest

DOMAIN = "events.example"
TYPES = ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "SUBSCRIPTION"]


class Ear:
    """A queue that gets the events of configuration set ``told``."""

    def __init__(self, lab) -> None:
        self._sqs = lab.client("sqs")
        self._url = self._sqs.create_queue(QueueName="heard")["QueueUrl"]
        self._lab = lab
        topic = lab.client("sns").create_topic(Name="told")["TopicArn"]
        queue = f"arn:aws:sqs:{lab.region}:{lab.account}:heard"
        attributes = {"RawMessageDelivery": "true"}
        lab.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=attributes)
        lab.sesv2.create_configuration_set(ConfigurationSetName="told")
        lab.sesv2.create_configuration_set_event_destination(
            ConfigurationSetName="told",
            EventDestinationName="topic",
            EventDestination={"Enabled": True, "MatchingEventTypes": TYPES, "SnsDestination": {"TopicArn": topic}},
        )
        self._heard: list = []

    def wait(self, *types: str) -> list:
        """The events that came, as soon as there is one of each of these types, by time of arrival."""
        self._lab.until(lambda: self._listen() or set(types) <= {event["eventType"] for event in self._heard})
        return list(self._heard)

    def _listen(self) -> None:
        for one in self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", []):
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=one["ReceiptHandle"])
            if one["Body"].startswith("{"):  # and not the sentence that a topic was validated
                self._heard.append(json.loads(one["Body"]))


@pytest.fixture
def place(fresh):
    """Nobody else's copies may come between those of one call: a batch of the outbox ends somewhere."""
    lab = fresh()
    lab.verify(DOMAIN)
    lab.production()
    return lab


def send(lab, *to: str, **more) -> str:
    return lab.sesv2.send_email(
        FromEmailAddress=f"me@{DOMAIN}",
        Destination={"ToAddresses": list(to)},
        Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
        ConfigurationSetName="told",
        **more,
    )["MessageId"]


def test_bounces_of_one_call_are_one_event_and_one_mail(place):
    ear = Ear(place)
    told = ("bounce@simulator.amazonses.com", "suppressionlist@simulator.amazonses.com")
    place.settled(send(place, *told))
    sent, bounce = ear.wait("Send", "Bounce")
    codes = [f"smtp; 550 5.1.1 As requested: user unknown <{told[0]}>"]
    codes.append(f"smtp; 550 5.1.1 As requested: user unknown (suppressed address: {told[1]})")
    report = {"action": "failed", "status": "5.1.1"}
    assert (sent["eventType"], bounce["eventType"]) == ("Send", "Bounce")
    assert (bounce["bounce"]["bounceType"], bounce["bounce"]["bounceSubType"]) == ("Permanent", "General")
    assert bounce["bounce"]["bouncedRecipients"] == [
        {"emailAddress": address, **report, "diagnosticCode": code} for address, code in zip(told, codes, strict=True)
    ]

    forwarded = place.wait(to=f"me@{DOMAIN}")
    mail = message_from_bytes(place.get(f"/_ses/api/messages/{forwarded['id']}/raw"), policy=policy.default)
    groups = next(part for part in mail.walk() if part.get_content_type() == "message/delivery-status").get_payload()
    assert [group["Final-Recipient"] for group in groups[1:]] == [f"rfc822; {address}" for address in told]
    assert [group["Diagnostic-Code"] for group in groups[1:]] == codes


def one_click(lab, message_id: str) -> None:
    """What a mail program sends for a reader who wants no more (RFC 8058)."""
    captured = lab.wait(message_id=message_id)
    mail = message_from_bytes(lab.get(f"/_ses/api/messages/{captured['id']}/raw"), policy=policy.default)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = re.match(r"<(http[^>]+)>", mail["List-Unsubscribe"])[1]
    with urlopen(link, data=b"List-Unsubscribe=One-Click", timeout=30) as answer:
        assert answer.status == 200


def test_who_leaves_a_list_or_a_topic_is_told_once(lab):
    lab.verify(DOMAIN)
    lab.production()
    topics = [{"TopicName": "daily", "DisplayName": "Daily", "DefaultSubscriptionStatus": "OPT_IN"}]
    lab.sesv2.create_contact_list(ContactListName="news", Topics=topics)
    ear = Ear(lab)
    daily, any_topic = (
        send(lab, "reader@inbox.example", ListManagementOptions=options)
        for options in ({"ContactListName": "news", "TopicName": "daily"}, {"ContactListName": "news"})
    )
    for message_id in (daily, daily, any_topic, any_topic):
        one_click(lab, message_id)

    def left():
        return [one for one in ear.wait() if one["eventType"] == "Subscription"]

    lab.until(lambda: len(left()) == 2)
    first, second = left()
    assert (first["mail"]["messageId"], second["mail"]["messageId"]) == (daily, any_topic)
    assert first["mail"]["destination"] == ["reader@inbox.example"]
    assert first["mail"]["tags"]["ses:configuration-set"] == ["told"]
    nothing = {"unsubscribeAll": False, "topicSubscriptionStatus": []}
    no_daily = {
        "unsubscribeAll": False,
        "topicSubscriptionStatus": [{"topicName": "daily", "subscriptionStatus": "OptOut"}],
    }
    changes = [
        (one["subscription"]["oldTopicPreferences"], one["subscription"]["newTopicPreferences"]) for one in left()
    ]
    assert changes == [(nothing, no_daily), (no_daily, no_daily | {"unsubscribeAll": True})]
    assert (first["subscription"]["contactList"], first["subscription"]["source"]) == ("news", "UnsubscribeHeader")
