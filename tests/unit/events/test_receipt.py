"""The Received notification and the Lambda event: as recorded, and what is told of each verdict and action."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from emulator.documents.receipt import (
    AddHeaderAction,
    BounceAction,
    ConnectAction,
    LambdaAction,
    ReceiptAction,
    ReceiptRule,
    S3Action,
    SnsAction,
    StopAction,
    WorkmailAction,
)
from emulator.events.event import as_text
from emulator.events.receipt import fits_sns, lambda_event, object_key, received_notification
from emulator.incoming import IncomingMail
from emulator.values import Envelope, Scope
from emulator.verdicts import Display, DkimVerdict, DmarcVerdict, SpfVerdict, Verdict

ID = "bs82kksd5uhl2b598fhhro1scu3d05a39id0gdg1"
AT = 1556029972.371  # 2019-04-23T14:32:52.371Z
TOPIC = "arn:aws:sns:us-east-1:726337636269:SNSForwardEmails"
FUNCTION = "arn:aws:lambda:us-east-1:726337636269:function:f"
DKIM = DkimVerdict("pass", "gmail.com", "20161025", "@gmail.com", "abcdefgh")
VERDICT = Verdict(
    SpfVerdict("pass", "_spf.google.com", "209.85.166.181"),
    (DKIM,),
    DmarcVerdict("pass", "gmail.com", "none", "quarantine", "gmail.com", "dkim,spf"),
    Display(None, None, None),
    "",
)
ENVELOPE = Envelope("ann@gmail.com", ("no-reply@helpec.com.br", "other@x.org"), "209.85.166.181", "mail.google.com")
MAIL = IncomingMail(ID, Scope("726337636269", "us-east-1"), AT, ENVELOPE, VERDICT)
HEADERS = (
    ("Return-Path", "<ann@gmail.com>"),
    ("X-SES-Spam-Verdict", "PASS"),
    ("From", "=?utf-8?q?Ann_=C3=84?= <ann@gmail.com>"),
    ("Date", "Tue, 23 Apr 2019 11:32:42 -0300"),
    ("Message-ID", "<CAJzr1@mail.gmail.com>"),
    ("Subject", "Fwd: dadda"),
    ("To", "no-reply@helpec.com.br"),
)
RULE = ReceiptRule("r", enabled=True, scan_enabled=True)
S3 = ReceiptAction(s3=S3Action("receive-email-forward-sns", topic_arn=TOPIC))


def told(
    action: ReceiptAction = S3,
    mail: IncomingMail = MAIL,
    rule: ReceiptRule = RULE,
    *,
    at: float = AT + 0.477,
    content: bytes | None = None,
) -> dict[str, Any]:
    return received_notification(mail, HEADERS, rule, ["no-reply@helpec.com.br"], action, at=at, content=content)


def receipt_of(verdict: Verdict = VERDICT, *, scan: bool = True, infected: bool = False) -> dict[str, Any]:
    mail = replace(MAIL, verdict=verdict, infected=infected)
    receipt: dict[str, Any] = told(mail=mail, rule=replace(RULE, scan_enabled=scan))["receipt"]
    return receipt


def test_a_recorded_notification() -> None:
    assert as_text(told()) == (
        '{"notificationType":"Received","mail":{"timestamp":"2019-04-23T14:32:52.371Z","source":"ann@gmail.com",'
        f'"messageId":"{ID}","destination":["no-reply@helpec.com.br","other@x.org"],"headersTruncated":false,'
        '"headers":[{"name":"Return-Path","value":"<ann@gmail.com>"},{"name":"X-SES-Spam-Verdict","value":"PASS"},'
        '{"name":"From","value":"Ann Ä <ann@gmail.com>"},{"name":"Date","value":"Tue, 23 Apr 2019 11:32:42 -0300"},'
        '{"name":"Message-ID","value":"<CAJzr1@mail.gmail.com>"},{"name":"Subject","value":"Fwd: dadda"},'
        '{"name":"To","value":"no-reply@helpec.com.br"}],"commonHeaders":{"returnPath":"ann@gmail.com",'
        '"from":["\\"Ann Ä\\" <ann@gmail.com>"],"date":"Tue, 23 Apr 2019 11:32:42 -0300",'
        '"to":["no-reply@helpec.com.br"],"messageId":"<CAJzr1@mail.gmail.com>","subject":"Fwd: dadda"}},'
        '"receipt":{"timestamp":"2019-04-23T14:32:52.371Z","processingTimeMillis":477,'
        '"recipients":["no-reply@helpec.com.br"],"spamVerdict":{"status":"PASS"},"virusVerdict":{"status":"PASS"},'
        '"spfVerdict":{"status":"PASS"},"dkimVerdict":{"status":"PASS"},"dmarcVerdict":{"status":"PASS"},'
        f'"action":{{"type":"S3","topicArn":"{TOPIC}","bucketName":"receive-email-forward-sns","objectKeyPrefix":"",'
        f'"objectKey":"{ID}"}}}}}}'
    )


@pytest.mark.parametrize(
    ("action", "members"),
    [
        (
            ReceiptAction(s3=S3Action("b", object_key_prefix="mail")),
            {"type": "S3", "bucketName": "b", "objectKeyPrefix": "mail", "objectKey": f"mail/{ID}"},
        ),
        (ReceiptAction(sns=SnsAction(TOPIC)), {"type": "SNS", "topicArn": TOPIC, "encoding": "UTF8"}),
        (ReceiptAction(sns=SnsAction(TOPIC, "Base64")), {"type": "SNS", "topicArn": TOPIC, "encoding": "BASE64"}),
        (
            ReceiptAction(lambda_=LambdaAction(FUNCTION, "RequestResponse", TOPIC)),
            {"type": "Lambda", "topicArn": TOPIC, "invocationType": "RequestResponse", "functionArn": FUNCTION},
        ),
        (
            ReceiptAction(bounce=BounceAction("550", "Mailbox does not exist", "a@x.org", "5.1.1", TOPIC)),
            {
                "type": "Bounce",
                "topicArn": TOPIC,
                "smtpReplyCode": "550",
                "statusCode": "5.1.1",
                "message": "Mailbox does not exist",
                "sender": "a@x.org",
            },
        ),
        (
            ReceiptAction(bounce=BounceAction("550", "no", "a@x.org")),
            {"type": "Bounce", "smtpReplyCode": "550", "message": "no", "sender": "a@x.org"},
        ),
        (ReceiptAction(stop=StopAction(topic_arn=TOPIC)), {"type": "Stop", "topicArn": TOPIC}),
        (
            ReceiptAction(workmail=WorkmailAction("arn:o", TOPIC)),
            {"type": "WorkMail", "topicArn": TOPIC, "organizationArn": "arn:o"},
        ),
        (
            ReceiptAction(connect=ConnectAction("arn:i", "arn:r")),
            {"type": "Connect", "instanceARN": "arn:i", "iamRoleARN": "arn:r"},
        ),
        (ReceiptAction(add_header=AddHeaderAction("X-A", "b")), {"type": "AddHeader"}),
    ],
)
def test_an_action_is_told_with_its_members_in_order(action: ReceiptAction, members: dict[str, Any]) -> None:
    assert list(told(action)["receipt"]["action"].items()) == list(members.items())


@pytest.mark.parametrize(
    ("result", "status"),
    [
        ("pass", "PASS"),
        ("fail", "FAIL"),
        ("softfail", "FAIL"),
        ("neutral", "GRAY"),
        ("none", "GRAY"),
        ("temperror", "PROCESSING_FAILED"),
        ("permerror", "PROCESSING_FAILED"),
    ],
)
def test_spf_verdicts(result: str, status: str) -> None:
    verdict = replace(VERDICT, spf=replace(VERDICT.spf, result=result))
    assert receipt_of(verdict)["spfVerdict"] == {"status": status}


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ((), "GRAY"),
        (("fail", "pass"), "PASS"),
        (("fail",), "FAIL"),
        (("permerror",), "FAIL"),
        (("temperror", "fail"), "FAIL"),
        (("temperror",), "PROCESSING_FAILED"),
    ],
)
def test_dkim_verdicts(results: tuple[str, ...], status: str) -> None:
    verdict = replace(VERDICT, dkim=tuple(replace(DKIM, result=result) for result in results))
    assert receipt_of(verdict)["dkimVerdict"] == {"status": status}


@pytest.mark.parametrize(
    ("result", "status"),
    [
        ("pass", "PASS"),
        ("none", "GRAY"),
        ("temperror", "PROCESSING_FAILED"),
        ("permerror", "PROCESSING_FAILED"),
    ],
)
def test_dmarc_that_did_not_fail_has_no_policy(result: str, status: str) -> None:
    receipt = receipt_of(replace(VERDICT, dmarc=replace(VERDICT.dmarc, result=result)))
    assert receipt["dmarcVerdict"] == {"status": status}
    assert "dmarcPolicy" not in receipt


@pytest.mark.parametrize(("domain", "policy"), [("gmail.com", "none"), ("sub.gmail.com", "quarantine")])
def test_dmarc_that_failed_tells_the_policy_that_applies(domain: str, policy: str) -> None:
    receipt = receipt_of(replace(VERDICT, dmarc=replace(VERDICT.dmarc, result="fail", from_domain=domain)))
    assert receipt["dmarcVerdict"] == {"status": "FAIL"}
    assert receipt["dmarcPolicy"] == policy
    assert list(receipt)[-3:] == ["dmarcVerdict", "dmarcPolicy", "action"]


@pytest.mark.parametrize(
    ("scan", "infected", "spam", "virus"),
    [
        (True, False, "PASS", "PASS"),
        (True, True, "PASS", "FAIL"),
        (False, False, "DISABLED", "DISABLED"),
        (False, True, "DISABLED", "DISABLED"),
    ],
)
def test_scanning_verdicts(scan: bool, infected: bool, spam: str, virus: str) -> None:
    receipt = receipt_of(scan=scan, infected=infected)
    assert (receipt["spamVerdict"]["status"], receipt["virusVerdict"]["status"]) == (spam, virus)


def test_content_is_for_sns_actions_alone_and_last() -> None:
    sns = told(ReceiptAction(sns=SnsAction(TOPIC)), content="Grüße\r\n".encode())
    assert (list(sns)[-1], sns["content"]) == ("content", "Grüße\r\n")
    assert "content" not in told(S3, content=b"x")
    assert "content" not in told(ReceiptAction(sns=SnsAction(TOPIC)))


def test_content_in_base64_is_the_mail_byte_for_byte() -> None:
    data = bytes(range(256))
    content = told(ReceiptAction(sns=SnsAction(TOPIC, "Base64")), content=data)["content"]
    assert base64.b64decode(content) == data


def test_content_that_is_no_utf8_is_told_with_replacements() -> None:
    notification = told(ReceiptAction(sns=SnsAction(TOPIC)), content=b"a\xff\xe4b")
    assert json.loads(as_text(notification).encode("utf-8"))["content"] == "a��b"


def test_a_clock_turned_back_leaves_a_time_of_processing() -> None:
    assert told(at=AT - 100)["receipt"]["processingTimeMillis"] == 1


def test_the_null_sender() -> None:
    mail = replace(MAIL, envelope=replace(ENVELOPE, mail_from=""))
    headers = (("Return-Path", "<>"),)
    notification = received_notification(mail, headers, RULE, ["a@x.org"], S3, at=AT)
    assert notification["mail"]["source"] == ""
    assert notification["mail"]["commonHeaders"] == {"returnPath": ""}


def test_a_function_gets_the_same_mail_and_receipt_without_content() -> None:
    action = ReceiptAction(lambda_=LambdaAction(FUNCTION))
    notification = told(action, content=b"x")
    event = lambda_event(MAIL, HEADERS, RULE, ["no-reply@helpec.com.br"], action, at=AT + 0.477)
    assert event == {
        "Records": [
            {
                "eventSource": "aws:ses",
                "eventVersion": "1.0",
                "ses": {"mail": notification["mail"], "receipt": notification["receipt"]},
            }
        ]
    }
    assert notification["receipt"]["action"] == {
        "type": "Lambda",
        "invocationType": "Event",
        "functionArn": FUNCTION,
    }


@pytest.mark.parametrize(
    ("prefix", "key"), [("mail", "mail/m"), ("emails/", "emails/m"), (None, "m"), ("", "m"), ("a/b", "a/b/m")]
)
def test_object_keys(prefix: str | None, key: str) -> None:
    assert object_key(prefix, "m") == key


def test_a_mail_of_150_kilobytes_fits_sns_and_one_byte_more_does_not() -> None:
    assert fits_sns(b"x" * 153600)
    assert not fits_sns(b"x" * 153601)
