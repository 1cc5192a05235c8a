"""What becomes of a mail, told by SNS to queues, to topics of identities and by mail, as an application would read it:
every simulated mailbox."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.flow.telling import SENDER, a_place_of_its_own, all_told, at_simulator, came, noted, publishes, send, topic

SIMULATED = {
    "success": ["Send", "Delivery"],
    "bounce": ["Send", "Bounce"],
    "complaint": ["Send", "Delivery", "Complaint"],
    "ooto": ["Send", "Delivery", "Bounce"],
    "suppressionlist": ["Send", "Bounce"],
    "bounce+label": ["Send", "Bounce"],
}


@pytest.fixture
def told(fresh, account_numbers):
    return a_place_of_its_own(fresh, next(account_numbers))


# --- the mailbox simulator ----------------------------------------------------------------------


def test_every_simulated_mailbox_brings_the_events_that_were_recorded_at_ses(told):
    arn, url = topic(told.client, told.account, told.region, "events", raw=False)
    publishes(told.sesv2, "set", arn)
    sent = {send(told, at_simulator(name), ConfigurationSetName="set"): name for name in SIMULATED}
    all_told(told)
    validation, *envelopes = [json.loads(body) for body in came(told.client, url)]
    assert validation["Message"] == "Successfully validated SNS topic for Amazon SES event publishing."
    assert "Subject" not in validation
    assert {one["Subject"] for one in envelopes} == {"Amazon SES Email Event Notification"}
    assert all(one["Message"].endswith("}\n") for one in envelopes)
    events = [json.loads(one["Message"]) for one in envelopes]
    by_mailbox: dict[str, list[Any]] = {name: [] for name in SIMULATED}
    for event in events:
        by_mailbox[sent[event["mail"]["messageId"]]].append(event)
    assert {name: [one["eventType"] for one in its] for name, its in by_mailbox.items()} == SIMULATED

    first = by_mailbox["success"][0]
    assert list(first) == ["eventType", "mail", "send"]
    mail = first["mail"]
    assert without(mail, "timestamp") == {
        "source": SENDER,
        "sourceArn": f"arn:aws:ses:{told.region}:{told.account}:identity/told.example",
        "sendingAccountId": told.account,
        "messageId": next(iter(sent)),
        "destination": [at_simulator("success")],
        "headersTruncated": False,
        "headers": [
            {"name": "From", "value": SENDER},
            {"name": "To", "value": at_simulator("success")},
            {"name": "Subject", "value": "s é"},
            {"name": "MIME-Version", "value": "1.0"},
            {"name": "Content-Type", "value": "text/plain; charset=UTF-8"},
            {"name": "Content-Transfer-Encoding", "value": "7bit"},
        ],
        "commonHeaders": {
            "from": ['"Jöhn" <me@told.example>'],
            "to": [at_simulator("success")],
            "messageId": next(iter(sent)),
            "subject": "s é",
        },
        "tags": {
            "ses:operation": ["SendEmail"],
            "ses:configuration-set": ["set"],
            "ses:source-ip": ["127.0.0.1"],
            "ses:from-domain": ["told.example"],
            "ses:caller-identity": ["root"],
        },
    }

    delivery = by_mailbox["success"][1]
    assert delivery["mail"]["tags"].keys() - mail["tags"].keys() == {"ses:outgoing-ip"}
    assert (delivery["delivery"]["smtpResponse"], delivery["delivery"]["recipients"]) == (
        "250 Ok",
        [at_simulator("success")],
    )
    bounce = by_mailbox["bounce"][1]
    assert list(bounce) == ["eventType", "bounce", "mail"]
    assert re.fullmatch(r"[0-9a-f]{16}(-[0-9a-f]{4,12}){5}-000000", bounce["bounce"]["feedbackId"])
    assert without(bounce["bounce"], "feedbackId", "timestamp", "reportingMTA") == {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [
            {
                "emailAddress": "bounce@simulator.amazonses.com",
                "action": "failed",
                "status": "5.1.1",
                "diagnosticCode": "smtp; 550 5.1.1 As requested: user unknown <bounce@simulator.amazonses.com>",
            }
        ],
        "remoteMtaIp": "127.0.0.1",
    }
    assert bounce["bounce"]["reportingMTA"].startswith("dns; ")
    assert without(by_mailbox["ooto"][2]["bounce"], "feedbackId", "timestamp") == {
        "bounceType": "Transient",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": "ooto@simulator.amazonses.com"}],
    }
    complaint = by_mailbox["complaint"][2]["complaint"]
    assert complaint["arrivalDate"] == complaint["timestamp"]
    assert without(complaint, "feedbackId", "timestamp", "arrivalDate") == {
        "complaintSubType": None,
        "complainedRecipients": [{"emailAddress": "complaint@simulator.amazonses.com"}],
        "userAgent": "Amazon SES Mailbox Simulator",
        "complaintFeedbackType": "abuse",
    }
    (listed,) = by_mailbox["suppressionlist"][1]["bounce"]["bouncedRecipients"]
    assert listed["diagnosticCode"] == (
        "smtp; 550 5.1.1 As requested: user unknown (suppressed address: suppressionlist@simulator.amazonses.com)"
    )


def without(given: dict[str, Any], *names: str) -> dict[str, Any]:
    """The members that a test can name, where the others were there too."""
    assert set(names) <= set(given)
    return {name: value for name, value in given.items() if name not in names}


def test_bounces_of_one_mail_share_an_event_and_a_report(told):
    arn, url = topic(told.client, told.account, told.region, "events")
    publishes(told.sesv2, "set", arn, ["BOUNCE"])
    both = [at_simulator("bounce"), at_simulator("suppressionlist")]
    message_id = send(told, *both, ConfigurationSetName="set")
    all_told(told)
    _, event = came(told.client, url)
    recipients = json.loads(event)["bounce"]["bouncedRecipients"]
    assert [one["emailAddress"] for one in recipients] == both
    assert len({one["diagnosticCode"] for one in recipients}) == 2
    assert noted(told, message_id) == [("BOUNCE", "sns", arn, None), ("BOUNCE", "email", "me@told.example", None)]


# --- identities ---------------------------------------------------------------------------------


def test_topics_of_an_identity_are_told_in_their_own_words_and_the_domains_are_not_an_address_identitys(told):
    arn, url = topic(told.client, told.account, told.region, "notified", raw=False)
    for kind in ("Bounce", "Complaint", "Delivery"):
        told.ses.set_identity_notification_topic(Identity="told.example", NotificationType=kind, SnsTopic=arn)
    told.ses.set_identity_headers_in_notifications_enabled(
        Identity="told.example", NotificationType="Bounce", Enabled=True
    )
    told.ses.set_identity_feedback_forwarding_enabled(Identity="told.example", ForwardingEnabled=False)
    assert len(came(told.client, url)) == 3
    message_id = send(told, at_simulator("bounce"), at_simulator("complaint"))
    alone = send(told, at_simulator("bounce"), source="alone@told.example")
    all_told(told)
    envelopes = [json.loads(body) for body in came(told.client, url)]
    assert not any("Subject" in one for one in envelopes)
    notices = {one["notificationType"]: one for one in [json.loads(one["Message"]) for one in envelopes]}
    assert (len(envelopes), set(notices)) == (3, {"Bounce", "Delivery", "Complaint"})
    assert {one["mail"]["messageId"] for one in notices.values()} == {message_id}
    assert ("headers" in notices["Bounce"]["mail"], "headers" in notices["Delivery"]["mail"]) == (True, False)
    assert notices["Delivery"]["mail"]["sourceIp"] == "127.0.0.1"
    assert notices["Delivery"]["mail"]["callerIdentity"] == "root"
    assert "tags" not in notices["Delivery"]["mail"]
    # The address is an identity itself: its own settings count, and they say mail.
    assert noted(told, alone) == [("BOUNCE", "email", "alone@told.example", None)]


def test_a_topic_that_is_gone_is_taken_from_the_identity_and_its_bounces_come_by_mail(told):
    arn, _ = topic(told.client, told.account, told.region, "notified")
    for kind in ("Bounce", "Complaint"):
        told.ses.set_identity_notification_topic(Identity="told.example", NotificationType=kind, SnsTopic=arn)
    told.ses.set_identity_feedback_forwarding_enabled(Identity="told.example", ForwardingEnabled=False)
    told.client("sns").delete_topic(TopicArn=arn)
    message_id = send(told, at_simulator("bounce"))
    all_told(told)
    assert noted(told, message_id) == [
        ("BOUNCE", "sns", arn, f"SNS topic {arn} does not exist"),
        ("BOUNCE", "email", "me@told.example", None),
    ]
    attributes = told.ses.get_identity_notification_attributes(Identities=["told.example"])
    left = attributes["NotificationAttributes"]["told.example"]
    assert ("BounceTopic" in left, left["ComplaintTopic"], left["ForwardingEnabled"]) == (False, arn, True)


# --- by mail ------------------------------------------------------------------------------------


def test_feedback_comes_by_mail_to_the_address_for_it_and_nothing_comes_of_that(told):
    told.verify("back@told.example")
    sent = told.sesv2.send_email(
        FromEmailAddress="me@told.example",
        FeedbackForwardingEmailAddress="back@told.example",
        Content={"Raw": {"Data": f"From: me@told.example\r\nTo: {at_simulator('bounce')}\r\n\r\nx\r\n".encode()}},
    )["MessageId"]
    send(told, at_simulator("complaint"), ReturnPath="back@told.example")
    all_told(told)
    assert noted(told, sent) == [("BOUNCE", "email", "back@told.example", None)]
    mails = told.api("GET", "messages?" + urlencode({"to": "back@told.example"}))["messages"]
    # The oldest is the one that verified the address.
    assert sorted((one["from"], one["envelope"]["mail_from"]) for one in mails[:-1]) == [
        ("MAILER-DAEMON@ap-northeast-1.amazonses.com", ""),
        ("complaints@email-abuse.amazonses.com", "no-reply@amazonses.com"),
    ]


def test_the_suppression_list_has_no_say_in_feedback(told):
    """Neither is it kept back by the account's list, nor is the sender listed where it bounces."""
    told.sesv2.put_suppressed_destination(EmailAddress="me@told.example", Reason="BOUNCE")
    send(told, at_simulator("bounce"))
    assert told.wait(to="me@told.example")["from"] == "MAILER-DAEMON@ap-northeast-1.amazonses.com"
    told.sesv2.delete_suppressed_destination(EmailAddress="me@told.example")
    told.api("PUT", "faults", {"faults": [{"kind": "5xx", "recipient": "me@told.example"}]})
    send(told, at_simulator("bounce"))
    all_told(told)
    assert told.api("GET", "faults")["faults"][0]["happened"] == 1
    assert told.sesv2.list_suppressed_destinations()["SuppressedDestinationSummaries"] == []


def test_forwarding_feedback_loads_no_other_service():
    """moto and boto3 would cost a second and 60 MB wherever somebody only tries a bounce."""
    script = """
import sys, json, urllib.request
from tests.conftest import running
from emulator.runtime import Emulator
with running(auto_verify=True, production=True) as emulator:
    body = {
        "FromEmailAddress": "me@told.example",
        "Destination": {"ToAddresses": ["bounce@simulator.amazonses.com"]},
        "Content": {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
    }
    before = "moto" in sys.modules
    signed = (
        "AWS4-HMAC-SHA256 Credential=123456789012/20261124/us-east-1/ses/aws4_request, SignedHeaders=host, Signature="
        + "0" * 64
    )
    request = urllib.request.Request(
        f"{emulator.addresses.endpoint}/v2/email/outbound-emails",
        json.dumps(body).encode(),
        {"Authorization": signed, "Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=30).close()
    wait = f"{emulator.addresses.endpoint}/_ses/api/messages/wait?timeout=30&to=me@told.example"
    with urllib.request.urlopen(wait, timeout=60) as answer:
        print(json.load(answer)["from"])
    print(before, "moto" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=100,
        cwd=Path(__file__).resolve().parents[2],
        check=False,
    )
    assert done.stdout == "MAILER-DAEMON@amazonses.com\nFalse False\n", done.stderr


def test_the_suppression_list_names_the_bounce_that_was_told(told):
    arn, url = topic(told.client, told.account, told.region, "events")
    publishes(told.sesv2, "set", arn, ["BOUNCE"])
    told.api("PUT", "faults", {"faults": [{"kind": "5xx", "recipient": "*@away.example"}]})
    message_id = send(told, "one@away.example", "other@away.example", ConfigurationSetName="set")
    all_told(told)
    _, event = came(told.client, url)
    for address in ("one@away.example", "other@away.example"):
        listed = told.sesv2.get_suppressed_destination(EmailAddress=address)["SuppressedDestination"]
        assert listed["Attributes"] == {
            "MessageId": message_id,
            "FeedbackId": json.loads(event)["bounce"]["feedbackId"],
        }
