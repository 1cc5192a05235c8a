"""The way of a refusal: a mail comes in by SMTP, a topic tells of it, and whoever hears that sends it back."""

from __future__ import annotations

import json
import smtplib

import pytest

from tests.conftest import Lab

DOMAIN = "refuses.example"
ANN = f"ann@{DOMAIN}"
WRITER = "writer@sender.example"
MAIL = f"From: {WRITER}\r\nTo: {ANN}\r\nSubject: an offer\r\n\r\nBuy now.\r\n".encode()


@pytest.fixture
def place(fresh, account_numbers):
    """An account that receives for a domain, and a queue that hears of it, which would be there for the next test too
    if that had the same account: moto is one for all emulators of a process."""
    lab = Lab(fresh().emulator, str(next(account_numbers)))
    lab.verify(DOMAIN)
    mx = f"10 inbound-smtp.{lab.region}.amazonaws.com"
    lab.api("PUT", "dns/records", {"records": [{"name": DOMAIN, "type": "MX", "value": mx}]})
    topic = lab.client("sns").create_topic(Name="came")["TopicArn"]
    lab.client("sqs").create_queue(QueueName="came")
    queue = f"arn:aws:sqs:{lab.region}:{lab.account}:came"
    attributes = {"RawMessageDelivery": "true"}
    lab.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=attributes)
    lab.ses.create_receipt_rule_set(RuleSetName="s")
    actions = [{"SNSAction": {"TopicArn": topic, "Encoding": "UTF-8"}}]
    lab.ses.create_receipt_rule(RuleSetName="s", Rule={"Name": "r", "Enabled": True, "Actions": actions})
    lab.ses.set_active_receipt_rule_set(RuleSetName="s")
    return lab


def hand_in(lab, mail_from: str = WRITER) -> None:
    host, _, port = lab.addresses.sink.rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=30) as client:
        assert client.sendmail(mail_from, [ANN], MAIL) == {}


def came(lab) -> str:
    """The id of the mail that the queue hears of next."""
    sqs, heard = lab.client("sqs"), []
    url = sqs.get_queue_url(QueueName="came")["QueueUrl"]

    def listen() -> list[str]:
        for one in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
            mail = json.loads(one["Body"])["mail"]
            if mail["messageId"] != "AMAZON_SES_SETUP_NOTIFICATION":
                heard.append(mail["messageId"])
        return heard

    lab.until(listen)
    return heard[0]


def refuse(lab, message_id: str):
    return lab.ses.send_bounce(
        OriginalMessageId=message_id,
        BounceSender=f"postmaster@{DOMAIN}",
        BouncedRecipientInfoList=[{"Recipient": ANN, "BounceType": "ContentRejected"}],
    )


def test_what_a_topic_told_of_is_sent_back_to_its_writer(place):
    hand_in(place)
    bounce_id = refuse(place, came(place))["MessageId"]
    bounce = place.wait(message_id=bounce_id)
    assert (bounce["from"], bounce["envelope"]["rcpt_to"]) == (f"postmaster@{DOMAIN}", [WRITER])
    raw = place.get(f"/_ses/api/messages/{bounce['id']}/raw")
    assert b"Diagnostic-Code: smtp; 500 5.6.1 Message content rejected\r\nStatus: 5.6.1\r\n" in raw
    assert b"Subject: an offer\r\n" in raw
    assert b"Buy now." not in raw
    dmarc = place.api("GET", f"messages/{bounce['id']}")["authentication"]["dmarc"]
    assert dmarc["aligned_by"] == "dkim"


def test_a_day_later_it_is_too_late(place):
    hand_in(place)
    message_id = came(place)
    place.advance(24 * 3600 + 1)
    with pytest.raises(place.ses.exceptions.MessageRejected) as problem:
        refuse(place, message_id)
    assert f"Message {message_id} was not received in the last 24 hours." in str(problem.value)


def test_a_bounce_is_not_bounced(place):
    hand_in(place, mail_from="")
    with pytest.raises(place.ses.exceptions.MessageRejected) as problem:
        refuse(place, came(place))
    assert "has no sender that could get a bounce." in str(problem.value)
