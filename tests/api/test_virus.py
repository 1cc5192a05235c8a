"""A mail with a virus is accepted at every door, charged, counted as a reject, and delivered to nobody."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage

import pytest

from emulator.policy.virus import TEST_FILE
from emulator.smtp.credentials import password
from tests.conftest import running

SENDER, READER = "sender@virus.example", "reader@virus.example"
SIMULATED = "success@simulator.amazonses.com"


@pytest.fixture(scope="module")
def emulator():
    with running(max_send_rate=-1.0) as one:
        yield one


@pytest.fixture
def ready(lab):
    lab.verify("virus.example")
    return lab


def message(*to, content=TEST_FILE):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = SENDER, ", ".join(to), "s"
    mail.set_content("see attached")
    mail.add_attachment(content, maintype="application", subtype="octet-stream", filename="sample.txt")
    return mail.as_bytes()


def by_v1(lab, *to):
    return lab.ses.send_raw_email(RawMessage={"Data": message(*to)})["MessageId"]


def by_v2(lab, *to, encoding="BASE64", content=TEST_FILE, **options):
    attachment = {"FileName": "sample.txt", "RawContent": content, "ContentTransferEncoding": encoding}
    simple = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "see attached"}}, "Attachments": [attachment]}
    return lab.sesv2.send_email(
        FromEmailAddress=SENDER, Destination={"ToAddresses": list(to)}, Content={"Simple": simple}, **options
    )["MessageId"]


def by_smtp(lab, *to):
    host, _, port = lab.addresses.smtp.rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=30) as client:
        client.starttls(context=ssl._create_unverified_context())
        client.login(lab.account, password("test", lab.region))
        client.mail(SENDER)
        for one in to:
            client.rcpt(one)
        code, line = client.data(message(*to))
    assert code == 250
    return line.decode().removeprefix("Ok ")


def fates(lab, message_id):
    return {state.recipient: (state.outcome.value, state.reply) for state in lab.settled(message_id)}


def rejects(lab):
    points = lab.ses.get_send_statistics()["SendDataPoints"]
    return {name: sum(one[name] for one in points) for name in ("DeliveryAttempts", "Bounces", "Complaints", "Rejects")}


@pytest.mark.parametrize("send", [by_v1, by_v2, by_smtp], ids=["v1", "v2", "SMTP"])
def test_it_is_accepted_charged_and_reaches_nobody(ready, send):
    message_id = send(ready, READER, SIMULATED)
    assert fates(ready, message_id) == dict.fromkeys((READER, SIMULATED), ("REJECTED", "Bad content"))
    assert ready.ses.get_send_quota()["SentLast24Hours"] == 1.0
    assert rejects(ready) == {"DeliveryAttempts": 2, "Bounces": 0, "Complaints": 0, "Rejects": 2}
    # What was sent after it has come, and it has not.
    ready.wait(message_id=ready.send(SENDER, READER))
    assert ready.api("GET", f"messages?message_id={message_id}")["total"] == 0
    assert rejects(ready)["Rejects"] == 2


@pytest.mark.parametrize("encoding", ["SEVEN_BIT", "QUOTED_PRINTABLE", "BASE64"])
def test_it_is_found_in_every_transfer_encoding(ready, encoding):
    message_id = by_v2(ready, READER, encoding=encoding, content=b"in the middle\r\n" + TEST_FILE + b"\r\nof it")
    assert fates(ready, message_id) == {READER: ("REJECTED", "Bad content")}
    harmless = by_v2(ready, READER, encoding=encoding, content=TEST_FILE.replace(b"EICAR", b"OTHER"))
    assert fates(ready, harmless)[READER][0] == "DELIVERED"


def test_a_senders_later_mails_are_looked_at_too(ready):
    """The first mail of a sender is made within the transaction, the later ones before it."""
    assert fates(ready, ready.send(SENDER, READER))[READER][0] == "DELIVERED"
    assert fates(ready, by_v1(ready, READER))[READER][0] == "REJECTED"
    assert fates(ready, ready.send(SENDER, READER))[READER][0] == "DELIVERED"


def test_all_copies_are_rejected_those_that_were_opted_out_of_too(ready):
    ready.sesv2.create_contact_list(ContactListName="news")
    ready.sesv2.create_contact(ContactListName="news", EmailAddress=READER, UnsubscribeAll=True)
    message_id = by_v2(ready, READER, ListManagementOptions={"ContactListName": "news"})
    assert fates(ready, message_id) == {READER: ("REJECTED", "Bad content")}


def test_request_log_and_page_say_so(ready, browser):
    message_id = by_v2(ready, READER)
    call = next(one for one in ready.api("GET", "requests?limit=50")["requests"] if one["message_id"] == message_id)
    assert call["rules"][-1] == {
        "rule": "virus",
        "verdict": "refused",
        "fact": "accepted, but never delivered: Bad content",
    }
    assert "Rejected (virus) Bad content" in browser(ready).open(f"/_ses/sent/{message_id}").words


def test_insights_end_with_a_reject_of_the_simulators_addresses_too(ready):
    ready.sesv2.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})
    found = ready.sesv2.get_message_insights(MessageId=by_v2(ready, READER, SIMULATED))["Insights"]
    told = {one["Destination"]: [event["Type"] for event in one["Events"]] for one in found}
    assert told == {to: ["SEND", "REJECT"] for to in (READER, SIMULATED)}
