"""What becomes of a mail, told by SNS to queues, to topics of identities and by mail, as an application would read it:
every simulated mailbox, and what must hold when something is away, slow or killed."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from botocore.exceptions import BotoCoreError

from tests.flow.test_crash import Child, start  # noqa: F401

SENDER = "Jöhn <me@told.example>"
TYPES = ["SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "RENDERING_FAILURE", "DELIVERY_DELAY"]
SIMULATED = {
    "success": ["Send", "Delivery"],
    "bounce": ["Send", "Bounce"],
    "complaint": ["Send", "Delivery", "Complaint"],
    "ooto": ["Send", "Delivery", "Bounce"],
    "suppressionlist": ["Send", "Bounce"],
    "bounce+label": ["Send", "Bounce"],
}


def at_simulator(name: str) -> str:
    return f"{name}@simulator.amazonses.com"


def topic(client, account: str, region: str, name: str, raw: bool = True) -> tuple[str, str]:
    """ARN of a new topic, and the URL of the queue behind it."""
    url = client("sqs").create_queue(QueueName=name)["QueueUrl"]
    arn = client("sns").create_topic(Name=name)["TopicArn"]
    queue = f"arn:aws:sqs:{region}:{account}:{name}"
    attributes = {"RawMessageDelivery": "true"} if raw else {}
    client("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue, Attributes=attributes)
    return arn, url


def came(client, url: str) -> list[str]:
    """What is in the queue, in the order in which it came; the queue is empty then."""
    bodies = []
    while found := client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for one in found:
            bodies.append(one["Body"])
            client("sqs").delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return bodies


def publishes(sesv2, name: str, topic_arn: str, types: list[str] = TYPES) -> None:
    """A configuration set with a topic behind it."""
    sesv2.create_configuration_set(ConfigurationSetName=name)
    sesv2.create_configuration_set_event_destination(
        ConfigurationSetName=name,
        EventDestinationName="told",
        EventDestination={"Enabled": True, "MatchingEventTypes": types, "SnsDestination": {"TopicArn": topic_arn}},
    )


def all_told(lab) -> None:
    """Returns once every mail has its outcome and everybody was told."""

    def nothing_waits() -> bool:
        with lab.emulator._store.read() as reader:
            return bool(reader.undelivered() == reader.unpublished() == 0)

    lab.until(nothing_waits, 60)


@pytest.fixture
def told(fresh):
    """An emulator of the test's own, where everybody sends from told.example: others' mail would make it wait."""
    lab = fresh(max_send_rate=-1)
    lab.verify("told.example", "alone@told.example")
    lab.production()
    return lab


def send(lab, *to: str, source: str = SENDER, **more: Any) -> str:
    return lab.ses.send_email(
        Source=source,
        Destination={"ToAddresses": list(to)},
        Message={"Subject": {"Data": "s é"}, "Body": {"Text": {"Data": "t"}}},
        **more,
    )["MessageId"]


def noted(lab, message_id: str) -> list[tuple[str, str, str, str | None]]:
    """Type, channel, target and failure of what was told of a mail, oldest first."""
    found = lab.api("GET", "events?" + urlencode({"message_id": message_id, "limit": 100}))["events"]
    return [(one["type"], one["channel"], one["target"], one["failure"]) for one in reversed(found)]


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


# --- what is away, slow, or killed --------------------------------------------------------------


def test_an_event_whose_topic_is_gone_is_lost_and_said_to_be(told):
    arn, _ = topic(told.client, told.account, told.region, "events")
    publishes(told.sesv2, "set", arn, ["SEND"])
    told.client("sns").delete_topic(TopicArn=arn)
    message_id = send(told, "you@here.example", ConfigurationSetName="set")
    all_told(told)
    assert noted(told, message_id) == [("SEND", "sns", arn, f"SNS topic {arn} does not exist")]


def test_a_subscriber_that_does_not_answer_keeps_no_event_back(told):
    arn, url = topic(told.client, told.account, told.region, "events")
    publishes(told.sesv2, "set", arn, ["SEND"])
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = told.client("sns").create_topic(Name="slow")["TopicArn"]
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        told.client("sns").subscribe(TopicArn=slow, Protocol="http", Endpoint=endpoint)
        publishes(told.sesv2, "slow", slow, ["SEND"])
        kept = [send(told, "you@here.example", ConfigurationSetName="slow") for _ in range(30)]
        last = send(told, "you@here.example", ConfigurationSetName="set")
        # One that waited for all of these would take longer than the subscriber has, even once.
        told.until(lambda: noted(told, last), 14)
    assert json.loads(came(told.client, url)[-1])["mail"]["messageId"] == last
    assert {tuple(noted(told, one)) for one in kept} == {(("SEND", "sns", slow, None),)}


@contextmanager
def subscriber(at_tenth: Callable[[], object]) -> Iterator[tuple[str, set[str]]]:
    """An HTTP server of the test's, which outlives an emulator: its URL, and the MessageIds that it was told of.
    ``at_tenth`` is called before the tenth of them is answered."""
    told: set[str] = set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if of_mail := re.search(r'"messageId":"([^"]+)"', body["Message"]):
                told.add(of_mail[1])
                if len(told) == 10:
                    at_tenth()
                    return
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", told
        finally:
            server.shutdown()
            thread.join()


def numbers_of_bounces(child: Child) -> Counter[str]:
    """The subjects of the mails that are reported as bounced, from the reports."""
    found: Counter[str] = Counter()
    cursor = ""
    while True:
        page = child.api(f"messages?limit=500&to=me@told.example{cursor}")
        for one in page["messages"]:
            with urlopen(f"{child.endpoint}/_ses/api/messages/{one['id']}/raw", timeout=30) as answer:
                found.update(re.findall(r"^Subject: (number \d+)", answer.read().decode(), re.MULTILINE))
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


@pytest.mark.timeout(180)
def test_kill_9_loses_no_event_and_forwards_every_bounce_once(tmp_path, start, monkeypatch):  # noqa: F811
    """It comes while the tenth event is handed over. That one is told again: nobody knows whether it was taken."""
    # However slow this machine is, publishing waits for the subscriber: what SNS has in hand dies with it.
    (tmp_path / "sitecustomize.py").write_text("from emulator.http import subscribers as s; s._PATIENCE = 60.0")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    child: Child = start(tmp_path, "--auto-verify", "--production")
    returned: dict[str, str] = {}
    with subscriber(lambda: os.kill(child.process.pid, signal.SIGKILL)) as (url, heard):
        sns = child.client("sns")
        arn = sns.create_topic(Name="events")["TopicArn"]
        sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=url)
        publishes(child.client("sesv2"), "set", arn, ["BOUNCE"])
        ses = child.client("ses")
        while len(returned) < 10_000:
            subject = f"number {len(returned)}"
            try:
                sent = ses.send_email(
                    Source="me@told.example",
                    Destination={"ToAddresses": [at_simulator("bounce")]},
                    Message={"Subject": {"Data": subject}, "Body": {"Text": {"Data": "t"}}},
                    ConfigurationSetName="set",
                )
            except BotoCoreError:
                break
            returned[sent["MessageId"]] = subject
    assert child.end(signal.SIGKILL) == -signal.SIGKILL
    assert len(heard) == 10

    again: Child = start(tmp_path)
    pause = threading.Event()
    for _ in range(400):
        if set(returned.values()) <= set(numbers_of_bounces(again)):
            break
        pause.wait(0.2)
    forwarded = numbers_of_bounces(again)
    assert set(returned.values()) <= set(forwarded)
    assert set(forwarded.values()) == {1}
    # Topics are moto's, which forgets them: who was to be told then is in the log, as lost.
    lost = {one["message_id"] for one in again.api("events?limit=2000&type=BOUNCE")["events"] if one["failure"]}
    assert set(returned) <= heard | lost
    assert heard & lost
    assert again.end(signal.SIGTERM) == 0
