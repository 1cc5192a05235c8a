"""Ordered faults as clients meet them: boto3, SES's SMTP door, and the recipient's MX."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from emulator.clock import monotonic
from emulator.smtp.credentials import password

SENDER = "sender@faults.example"


@pytest.fixture
def order(lab) -> Iterator:
    """``order({...}, …)`` orders faults for this test's account, or for its recipients."""
    lab.verify("faults.example")

    def put(*faults, seed=0):
        ours = [one if one["kind"] in ("4xx", "5xx", "greylist") else {**one, "account": lab.account} for one in faults]
        return lab.api("PUT", "faults", {"faults": ours, "seed": seed})

    yield put
    lab.api("DELETE", "faults")


def refusal(call, **params) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as refused:
        call(**params)
    answer = refused.value.response
    return (
        answer["ResponseMetadata"]["HTTPStatusCode"],
        answer["Error"]["Code"],
        answer["ResponseMetadata"]["HTTPHeaders"]["x-ses-emulator-hint"],
    )


@pytest.mark.parametrize(
    ("kind", "service", "status", "code"),
    [
        ("throttle", "ses", 400, "Throttling"),
        ("throttle", "sesv2", 429, "TooManyRequestsException"),
        ("500", "ses", 500, "InternalFailure"),
        ("500", "sesv2", 500, "InternalServiceErrorException"),
        ("503", "ses", 503, "ServiceUnavailable"),
        ("503", "sesv2", 503, "ServiceUnavailableException"),
    ],
)
def test_a_call_is_refused_as_ordered_and_the_next_is_not(lab, order, kind, service, status, code):
    order({"kind": kind, "operation": "List*Identities", "times": 1})
    client = lab.client(service)
    call = client.list_identities if service == "ses" else client.list_email_identities
    got = refusal(call)
    assert got[1] == code
    assert "ordered" in got[2]
    assert got[0] == status or (status == 429 and got[0] == 400)
    call()
    entry = next(one for one in lab.api("GET", f"requests?account={lab.account}")["requests"] if not one["accepted"])
    assert (entry["code"], entry["status"]) == (code, got[0])


def test_a_client_that_retries_gets_through(lab, order):
    order({"kind": "503", "operation": "SendEmail", "times": 2})
    client = boto3.client(
        "sesv2",
        endpoint_url=lab.addresses.endpoint,
        region_name=lab.region,
        aws_access_key_id=lab.account,
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 4, "mode": "standard"}),
    )
    content = {"Simple": {"Subject": {"Data": "at last"}, "Body": {"Text": {"Data": "x"}}}}
    sent = client.send_email(FromEmailAddress=SENDER, Destination={"ToAddresses": [SENDER]}, Content=content)
    assert lab.wait(message_id=sent["MessageId"])["subject"] == "at last"
    assert sent["ResponseMetadata"]["RetryAttempts"] == 2
    assert lab.api("GET", "faults")["faults"][0]["happened"] == 2


def test_a_dropped_call_has_no_answer_and_stands_in_the_request_log(lab, order):
    order({"kind": "drop", "operation": "GetAccount", "times": 1})
    client = lab.client("sesv2")
    with pytest.raises(ConnectionClosedError):
        client.get_account()
    assert client.get_account()["SendingEnabled"]
    entry = lab.api("GET", f"requests?account={lab.account}&accepted=false")["requests"][0]
    assert (entry["operation"], entry["code"]) == ("GetAccount", "ConnectionDropped")


def test_a_slow_call_is_answered_late(lab, order):
    order({"kind": "slow", "seconds": 0.3, "operation": "GetSendQuota"})
    before = monotonic()
    lab.ses.get_send_quota()
    assert monotonic() - before >= 0.3


def test_a_send_is_hit_because_of_its_recipient_at_any_door_and_changes_nothing(lab, order):
    order({"kind": "500", "recipient": "*+ill@faults.example"})
    message = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}
    to = {"ToAddresses": ["Ill <reader+ill@faults.example>"]}
    client = lab.client("ses")
    assert refusal(client.send_email, Source=SENDER, Destination=to, Message=message)[:2] == (500, "InternalFailure")
    mail = EmailMessage()
    mail["From"], mail["To"] = SENDER, "reader+ill@faults.example"
    host, _, port = lab.addresses.smtp.rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=30) as smtp:
        smtp.starttls()
        smtp.login(lab.account, password("test", lab.region))
        with pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.send_message(mail)
    assert refused.value.smtp_code == 451
    assert lab.ses.get_send_quota()["SentLast24Hours"] == 0
    lab.send(SENDER, SENDER)


def test_the_smtp_door_hangs_up_when_a_drop_was_ordered(lab, order):
    order({"kind": "drop", "operation": "SendRawEmail"})
    mail = EmailMessage()
    mail["From"] = mail["To"] = SENDER
    host, _, port = lab.addresses.smtp.rpartition(":")
    smtp = smtplib.SMTP(host, int(port), timeout=30)
    smtp.starttls()
    smtp.login(lab.account, password("test", lab.region))
    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.send_message(mail)


def test_a_refusing_mx_bounces_the_mail(lab, order):
    order({"kind": "5xx", "recipient": "gone@faults.example", "reply": "552 5.2.2 mailbox full"})
    message_id = lab.send(SENDER, SENDER, "gone@faults.example")
    lab.settled(message_id)
    fate = {one["recipient"]: one for one in lab.wait(message_id=message_id)["deliveries"]}
    assert fate["gone@faults.example"]["outcome"] == "BOUNCED"
    assert fate["gone@faults.example"]["reply"] == "552 5.2.2 mailbox full"
    assert "S: 552 5.2.2 mailbox full" in fate["gone@faults.example"]["dialogue"].splitlines()
    assert fate[SENDER]["outcome"] == "DELIVERED"


@pytest.mark.parametrize("fault", [{"kind": "4xx", "times": 1}, {"kind": "greylist", "seconds": 0.5}])
def test_a_hesitating_mx_gets_the_mail_at_a_later_try(lab, order, fault):
    address = f"slow-{fault['kind']}@faults.example"
    order({**fault, "recipient": address})
    message_id = lab.send(SENDER, address)
    assert lab.wait(message_id=message_id, timeout=20)["envelope"]["rcpt_to"] == [address]
    (state,) = lab.settled(message_id)
    assert (state.outcome, state.attempts) == ("DELIVERED", 2)


@pytest.mark.parametrize(
    "body",
    [
        {"faults": 1},
        {"faults": [1]},
        {"faults": [{}]},
        {"faults": [{"kind": "500", "times": True}]},
        {"faults": [], "seed": -1},
        {"faults": [], "seed": True},
        {"faults": [], "more": 1},
        {"faults": [{"kind": "slow"}] * 101},
    ],
)
def test_an_order_that_cannot_be_meant_is_400_and_changes_nothing(lab, order, body):
    order({"kind": "slow", "seconds": 0, "operation": "GetAccount"})
    before = lab.api("GET", "faults")
    with pytest.raises(Exception, match="400"):
        lab.api("PUT", "faults", body)
    assert lab.api("GET", "faults") == before


def test_the_command_line_orders_faults_and_a_reset_brings_them_back(fresh):
    lab = fresh(faults=("500:operation=GetAccount,times=1",), fault_seed=3)
    client = lab.client("sesv2")
    assert refusal(client.get_account)[0] == 500
    lab.api("DELETE", "faults")
    assert lab.api("GET", "faults") == {"seed": 0, "faults": []}
    lab.api("POST", "reset")
    assert lab.api("GET", "faults")["seed"] == 3
    assert refusal(client.get_account)[0] == 500


def test_a_fault_that_cannot_be_meant_stops_the_start(fresh):
    with pytest.raises(ValueError, match="--fault 'boom': kind must be one of"):
        fresh(faults=("boom",))
