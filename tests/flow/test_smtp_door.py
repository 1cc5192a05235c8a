"""SES's SMTP door end to end, with smtplib as anyone would use it."""

from __future__ import annotations

import json
import re
import smtplib
import ssl
from email.message import EmailMessage

import pytest

from emulator.smtp.credentials import password

SENDER = "sender@smtp.example"


@pytest.fixture
def ready(lab):
    lab.verify(SENDER)
    return lab


def connect(lab, wrapped: bool) -> smtplib.SMTP:
    context = ssl._create_unverified_context()
    host, _, port = (lab.addresses.smtps if wrapped else lab.addresses.smtp).rpartition(":")
    if wrapped:
        client = smtplib.SMTP_SSL(host, int(port), timeout=30, context=context)
    else:
        client = smtplib.SMTP(host, int(port), timeout=30)
        client.starttls(context=context)
    client.login(lab.account, password("test", lab.region))
    return client


def mail(**fields: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content("Grüße\n.leading dot\n")
    return message


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_mail_handed_in_by_smtp_is_signed_and_delivered(ready, wrapped):
    with connect(ready, wrapped) as client:
        message = mail(From=f"Sender <{SENDER}>", To=SENDER, Subject="by smtp", X_SES_MESSAGE_TAGS="a=b")
        client.mail(SENDER)
        client.rcpt(SENDER)
        code, line = client.data(message.as_bytes())
    assert code == 250
    message_id = line.decode().removeprefix("Ok ")
    got = ready.wait(message_id=message_id)
    assert got["subject"] == "by smtp"
    assert ".leading dot" in got["text"]
    assert "Grüße" in got["text"]
    assert [one["result"] for one in got["authentication"]["dkim"]] == ["pass"]
    assert "x-ses-message-tags" not in {name.lower() for name, _ in got["headers"]}


@pytest.mark.parametrize("several", [False, True])
def test_events_of_its_mail_begin_with_the_doors_trace_and_the_mail_has_none(ready, several):
    """Observed: the first of ``mail.headers``, and in no delivered mail."""
    sqs, sns = ready.client("sqs"), ready.client("sns")
    url = sqs.create_queue(QueueName="traced")["QueueUrl"]
    topic = sns.create_topic(Name="traced")["TopicArn"]
    queue = f"arn:aws:sqs:{ready.region}:{ready.account}:traced"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    ready.sesv2.create_configuration_set(ConfigurationSetName="traced")
    ready.sesv2.create_configuration_set_event_destination(
        ConfigurationSetName="traced",
        EventDestinationName="d",
        EventDestination={"Enabled": True, "MatchingEventTypes": ["SEND"], "SnsDestination": {"TopicArn": topic}},
    )
    sqs.purge_queue(QueueUrl=url)
    recipients = [SENDER, "success@simulator.amazonses.com"] if several else [SENDER]
    with connect(ready, False) as client:
        client.sendmail(
            SENDER, recipients, mail(From=SENDER, To=SENDER, X_SES_CONFIGURATION_SET="traced", Subject="t").as_bytes()
        )
    found = []
    ready.until(lambda: found.extend(sqs.receive_message(QueueUrl=url).get("Messages", [])) or found)
    headers = json.loads(found[0]["Body"])["mail"]["headers"]
    assert [one["name"] for one in headers][:3] == ["Received", "From", "To"]
    assert re.fullmatch(
        r"from \S+ \(\[127\.0\.0\.1\]\) by email-smtp\.amazonaws\.com with SMTP "
        r"\(SimpleEmailService-d-[0-9A-Z]{9}\) id [0-9A-Za-z]{20}"
        + ("" if several else f" for {re.escape(SENDER)}")
        + r"; \w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d \+0000 \(UTC\)",
        headers[0]["value"],
    )
    got = ready.wait(to=SENDER, subject="t")
    assert not any("SimpleEmailService" in value for _, value in got["headers"])


def test_an_unverified_sender_is_refused_after_data_naming_header_and_envelope(ready):
    with connect(ready, False) as client, pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail("yoyo@domain.com", [SENDER], mail(From="yoyo <yoyo@domain.com>", To=SENDER).as_bytes())
    assert refused.value.smtp_code == 554
    assert refused.value.smtp_error.decode() == (
        "Message rejected: Email address is not verified. The following identities failed the check in region "
        "AP-NORTHEAST-1: yoyo <yoyo@domain.com>, yoyo@domain.com"
    )


def test_a_wrong_password_is_refused(ready):
    host, _, port = ready.addresses.smtp.rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=30) as client:
        client.starttls(context=ssl._create_unverified_context())
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            client.login(ready.account, "wrong")
    assert refused.value.smtp_code == 535


def test_the_password_tells_the_region(ready):
    """The same account in another region has no such identity."""
    host, _, port = ready.addresses.smtp.rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=30) as client:
        client.starttls(context=ssl._create_unverified_context())
        client.login(ready.account, password("test", "eu-west-1"))
        with pytest.raises(smtplib.SMTPDataError, match="in region EU-WEST-1"):
            client.sendmail(SENDER, [SENDER], mail(From=SENDER, To=SENDER).as_bytes())


def test_the_call_stands_in_the_request_log(ready):
    with connect(ready, False) as client:
        client.sendmail(SENDER, [SENDER], mail(From=SENDER, To=SENDER, Subject="logged").as_bytes())
    entries = ready.api("GET", f"requests?account={ready.account}")["requests"]
    entry = next(one for one in entries if one["door"] == "smtp")
    assert entry["accepted"] is True
    assert {rule["verdict"] for rule in entry["rules"]} == {"passed"}
    assert "verification" in {rule["rule"] for rule in entry["rules"]}


def test_the_sink_takes_anybodys_mail_and_judges_it(lab):
    host, _, port = lab.addresses.sink.rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=30) as client:
        client.sendmail(
            "ceo@paypal.example", ["victim@x.example"], mail(From="ceo@paypal.example", Subject="catch me").as_bytes()
        )
    got = lab.api("GET", "messages/wait?to=victim@x.example&timeout=20")
    assert got["message_id"] is None
    assert got["envelope"]["client_ip"] == "127.0.0.1"
    assert got["authentication"]["spf"]["result"] == "none"
    assert got["authentication"]["dkim"] == []
    assert got["display"] == {"mailed_by": None, "signed_by": None, "via": None}
