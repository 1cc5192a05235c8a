"""What SES itself says by mail, by page, by SNS and in a bounce, word for word, from data with its source."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

FIXTURE = Path(__file__).parents[2] / "fixtures" / "aws" / "messages.json"
SAID = {one["what"]: one["text"] for one in json.loads(FIXTURE.read_text("utf-8"))}
TOKYO = "Asia Pacific (Tokyo)"


def listening(lab, name: str):
    """A topic, and a function that gives the message that came to it."""
    arn = lab.client("sns").create_topic(Name=name)["TopicArn"]
    sqs = lab.client("sqs")
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    of = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    lab.client("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=of)

    def came():
        (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return json.loads(message["Body"])

    return arn, came


def test_the_mail_that_asks_to_confirm_an_address_and_the_page_behind_its_link(lab):
    lab.sesv2.create_email_identity(EmailIdentity="new@person.example")
    mail = lab.wait(to="new@person.example")
    link = next(word for word in mail["text"].split() if "ConfirmVerification" in word)
    assert mail["from"] == SAID["from of a verification mail"]
    assert mail["subject"] == SAID["subject of a verification mail"].replace("{region name}", TOKYO)
    wanted = SAID["text of a verification mail"].replace("{region name}", TOKYO).replace("{link}", link)
    assert mail["text"].split("\r\n") == wanted.split("\n")
    page = lab.get(link.removeprefix(lab.endpoint)).decode()
    assert f"<h1>{SAID['page behind the link: title']}</h1>" in page
    assert f"<p>{SAID['page behind the link: text']}</p>" in page


def test_a_custom_verification_mail_ends_with_a_footer_of_ses(lab):
    lab.production()
    lab.verify("own.example")
    lab.sesv2.create_custom_verification_email_template(
        TemplateName="t",
        FromEmailAddress="us@own.example",
        TemplateSubject="s",
        TemplateContent="<p>Nearly done.</p>",
        SuccessRedirectionURL="https://own.example/",
        FailureRedirectionURL="https://own.example/",
    )
    lab.sesv2.send_custom_verification_email(EmailAddress="new@reader.example", TemplateName="t")
    content, _, footer = lab.wait(to="new@reader.example")["html"].partition("ConfirmVerification")
    assert "Nearly done." in content
    assert SAID["footer of a custom verification mail"] in footer


def test_the_topic_of_an_event_destination_is_told_of_its_validation(lab):
    arn, came = listening(lab, "events")
    lab.sesv2.create_configuration_set(ConfigurationSetName="s")
    lab.sesv2.create_configuration_set_event_destination(
        ConfigurationSetName="s",
        EventDestinationName="d",
        EventDestination={"MatchingEventTypes": ["SEND"], "SnsDestination": {"TopicArn": arn}},
    )
    message = came()
    assert (message["Message"], "Subject" in message) == (SAID["validation of an event destination's topic"], False)


@pytest.mark.parametrize("kind", ["Bounce", "Complaint", "Delivery"])
def test_the_topic_of_an_identity_is_told_of_its_subscription(lab, kind):
    arn, came = listening(lab, f"identity-{kind}")
    lab.verify("own.example")
    lab.ses.set_identity_notification_topic(Identity="own.example", NotificationType=kind, SnsTopic=arn)
    wanted = SAID["subscription of an identity's topic"].replace("{topic}", arn).replace("{type}", kind)
    assert came()["Message"] == wanted


def test_the_bounce_of_a_suppressed_address_says_where_it_stands(lab):
    lab.production()
    lab.verify("own.example")
    lab.sesv2.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})
    lab.sesv2.put_suppressed_destination(EmailAddress="listed@reader.example", Reason="BOUNCE")
    message_id = lab.send("a@own.example", "listed@reader.example")
    lab.settled(message_id)
    (insight,) = lab.sesv2.get_message_insights(MessageId=message_id)["Insights"]
    bounce = insight["Events"][-1]["Details"]["Bounce"]
    assert bounce == {
        "BounceType": "PERMANENT",
        "BounceSubType": "OnAccountSuppressionList",
        "DiagnosticCode": SAID["diagnostic code of a suppressed address"],
    }
