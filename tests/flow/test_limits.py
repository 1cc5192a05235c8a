"""Quota and rate at each door, on the emulator's clock, and under 32 clients at once."""

from __future__ import annotations

import smtplib
import ssl
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from emulator.smtp.credentials import password

SENDER = "sender@limits.example"


def smtp(lab) -> smtplib.SMTP:
    host, _, port = lab.addresses.smtp.rpartition(":")
    client = smtplib.SMTP(host, int(port), timeout=30)
    client.starttls(context=ssl._create_unverified_context())
    client.login(lab.account, password("test", lab.region))
    return client


def refused(call, *args):
    with pytest.raises(ClientError) as problem:
        call(*args)
    answer = problem.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def send_v2(lab, *to):
    return lab.sesv2.send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": list(to)},
        Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
    )["MessageId"]


def send_smtp(lab, *to):
    with smtp(lab) as client, pytest.raises(smtplib.SMTPDataError) as problem:
        client.sendmail(SENDER, list(to), f"From: {SENDER}\r\nSubject: s\r\n\r\nt\r\n")
    return problem.value.smtp_code, problem.value.smtp_error.decode()


def test_two_sends_in_a_second_are_throttled_at_every_door(fresh):
    lab = fresh()
    lab.verify(SENDER)
    lab.stand_still()
    lab.send(SENDER, SENDER)
    assert refused(lab.send, SENDER, SENDER) == (400, "Throttling", "Maximum sending rate exceeded.")
    assert refused(send_v2, lab, SENDER) == (429, "TooManyRequestsException", "Maximum sending rate exceeded.")
    assert send_smtp(lab, SENDER) == (454, "Throttling failure: Maximum sending rate exceeded.")
    lab.advance(1)
    lab.send(SENDER, SENDER)


def test_the_201st_recipient_is_refused_until_the_clock_is_a_day_on(fresh):
    lab = fresh(max_send_rate=-1.0)
    lab.verify(SENDER)
    copies = [f"sender+{number}@limits.example" for number in range(50)]
    for _ in range(4):
        lab.send(SENDER, *copies)
    assert lab.ses.get_send_quota()["SentLast24Hours"] == 200.0
    assert refused(lab.send, SENDER, SENDER) == (400, "Throttling", "Daily message quota exceeded.")
    assert refused(send_v2, lab, SENDER) == (400, "LimitExceededException", "Daily message quota exceeded.")
    assert send_smtp(lab, SENDER) == (454, "Throttling failure: Daily message quota exceeded.")
    lab.advance(24 * 3600)
    assert lab.ses.get_send_quota()["SentLast24Hours"] == 0.0
    mail = lab.wait(message_id=lab.send(SENDER, SENDER))
    assert {one["result"] for one in mail["authentication"]["dkim"]} == {"pass"}


def test_simulator_mail_does_not_count_for_the_day(fresh):
    lab = fresh(max_send_rate=-1.0)
    lab.verify(SENDER)
    lab.send(SENDER, "success@simulator.amazonses.com", "bounce+x@simulator.amazonses.com")
    assert lab.ses.get_send_quota()["SentLast24Hours"] == 0.0


def test_32_clients_at_once_never_pass_the_200th_recipient(fresh):
    lab = fresh(max_send_rate=-1.0)
    lab.verify(SENDER)
    clients = [lab.client("ses", user_agent_extra=str(number)) for number in range(32)]

    def push(client) -> list[str]:
        outcomes = []
        for _ in range(10):
            try:
                client.send_email(
                    Source=SENDER,
                    Destination={"ToAddresses": [SENDER]},
                    Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
                )
            except ClientError as problem:
                outcomes.append(problem.response["Error"]["Message"])
            else:
                outcomes.append("sent")
        return outcomes

    with ThreadPoolExecutor(32) as pool:
        outcomes = Counter(outcome for some in pool.map(push, clients) for outcome in some)
    assert outcomes == {"sent": 200, "Daily message quota exceeded.": 120}
    assert lab.ses.get_send_quota()["SentLast24Hours"] == 200.0


def test_a_paused_account_refuses_at_every_door_and_resumes(fresh):
    lab = fresh(max_send_rate=-1.0)
    lab.verify(SENDER)
    lab.sesv2.put_account_sending_attributes(SendingEnabled=False)
    assert lab.ses.get_account_sending_enabled()["Enabled"] is False
    assert refused(lab.send, SENDER, SENDER)[:2] == (400, "AccountSendingPausedException")
    assert refused(send_v2, lab, SENDER)[:2] == (400, "SendingPausedException")
    assert send_smtp(lab, SENDER)[0] == 554
    lab.ses.update_account_sending_enabled(Enabled=True)
    assert lab.sesv2.get_account()["SendingEnabled"] is True
    lab.send(SENDER, SENDER)
