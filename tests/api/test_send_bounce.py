"""SendBounce: a mail that was received is refused to whoever sent it, for a day."""

from __future__ import annotations

import email
from datetime import UTC, datetime
from email import policy

import pytest

from emulator import ids
from emulator.incoming import IncomingMail, WaitingMail
from emulator.post.bounces import BOUNCEABLE_SECONDS, remember
from emulator.values import Envelope, Scope
from emulator.verdicts import Display, DmarcVerdict, SpfVerdict, Verdict
from tests.api.refusals import refused_with as refused

DOMAIN = "receiver.example"
ANN = f"ann@{DOMAIN}"
SENDER = f"Mail Robot <robot@{DOMAIN}>"
WRITER = "writer@sender.example"
HEADER = b"From: writer@sender.example\r\nSubject: =?UTF-8?Q?H=C3=A9?=\r\nX-Own: kept\r\n"
GONE = [{"Recipient": ANN, "BounceType": "DoesNotExist"}]
VERDICT = Verdict(SpfVerdict("none", "", ""), (), DmarcVerdict("none", ""), Display(None, None, None), "")


@pytest.fixture
def place(lab):
    lab.verify(DOMAIN)
    return lab


def received(lab, mail_from: str = WRITER, age: float = 0.0, region: str | None = None) -> str:
    """A mail that SES has received for ann: its id."""
    came = lab.emulator._clock.now() - age
    message_id = ids.inbound_message_id()
    envelope = Envelope(mail_from, (ANN, "bob@elsewhere.example"), "192.0.2.9", "mx.sender.example")
    mail = IncomingMail(message_id, Scope(lab.account, region or lab.region), came, envelope, VERDICT)
    with lab.emulator._store.write() as writer:
        remember(writer, [WaitingMail(mail, (ANN,), HEADER + b"\r\nbody that is not told\r\n")])
    return message_id


def bounce(lab, message_id: str, **changes):
    given = {"OriginalMessageId": message_id, "BounceSender": SENDER, "BouncedRecipientInfoList": GONE}
    return lab.ses.send_bounce(**{**given, **changes})


def arrived(lab, message_id: str):
    """What the inbox holds of the bounce, and the mail itself."""
    captured = lab.wait(message_id=message_id)
    raw = lab.get(f"/_ses/api/messages/{captured['id']}/raw")
    return captured, email.message_from_bytes(raw, policy=policy.default)


def groups(mail) -> list:
    return next(part for part in mail.walk() if part.get_content_type() == "message/delivery-status").get_payload()


def test_the_writer_gets_a_bounce_in_the_senders_name_that_passes(place):
    captured, mail = arrived(place, bounce(place, received(place))["MessageId"])
    assert captured["envelope"]["mail_from"] == ""
    assert captured["envelope"]["rcpt_to"] == [WRITER]
    assert (mail["From"], mail["To"]) == (SENDER, WRITER)
    head, told = groups(mail)
    assert head["Reporting-MTA"] == f"dns; inbound-smtp.{place.region}.amazonaws.com"
    assert (told["Final-Recipient"], told["Action"], told["Status"]) == (f"rfc822; {ANN}", "failed", "5.1.1")
    shown = next(part for part in mail.walk() if part.get_content_type() == "text/rfc822-headers")
    assert shown.get_content().encode().splitlines() == HEADER.splitlines()
    checked = place.api("GET", f"messages/{captured['id']}")["authentication"]
    assert {(one["domain"], one["result"]) for one in checked["dkim"]} == {(DOMAIN, "pass"), ("amazonses.com", "pass")}


def test_the_caller_may_say_all_of_it(place):
    info = [
        {
            "Recipient": ANN,
            "BounceType": "ExceededQuota",
            "RecipientDsnFields": {
                "FinalRecipient": "real-ann@elsewhere.example",
                "Action": "delayed",
                "RemoteMta": "dns; mx.elsewhere.example",
                "Status": "4.2.2",
                "LastAttemptDate": datetime(2026, 3, 1, 10, 0, tzinfo=UTC),
                "ExtensionFields": [{"Name": "X-Try", "Value": "3"}],
            },
        }
    ]
    dsn = {
        "ReportingMta": "dns; mta.receiver.example",
        "ArrivalDate": datetime(2026, 3, 1, 9, 0, tzinfo=UTC),
        "ExtensionFields": [{"Name": "X-Queue", "Value": "q1"}],
    }
    answer = bounce(place, received(place), BouncedRecipientInfoList=info, MessageDsn=dsn, Explanation="Trop plein: é")
    _, mail = arrived(place, answer["MessageId"])
    head, told = groups(mail)
    assert (head["Reporting-MTA"], head["X-Queue"]) == ("dns; mta.receiver.example", "q1")
    assert head["Arrival-Date"].startswith("Sun, 1 Mar 2026 09:00:00")
    assert (told["Final-Recipient"], told["Original-Recipient"]) == (
        "rfc822; real-ann@elsewhere.example",
        f"rfc822; {ANN}",
    )
    assert (told["Action"], told["Status"], told["X-Try"]) == ("delayed", "4.2.2", "3")
    assert (told["Remote-MTA"], told["Diagnostic-Code"]) == (
        "dns; mx.elsewhere.example",
        "smtp; 552 5.2.2 Mailbox full",
    )
    assert mail.get_body(("plain",)).get_content().strip() == "Trop plein: é"


def test_it_is_no_mail_of_the_accounts_own_and_the_sandbox_does_not_ask_who_wrote(place):
    bounce(place, received(place))
    assert place.ses.get_send_quota()["SentLast24Hours"] == 0.0
    assert place.ses.get_send_statistics()["SendDataPoints"] == []


def test_a_day_later_elsewhere_or_without_a_mail_there_is_nothing_to_bounce(place):
    place.production()
    one = "was not received in the last 24 hours."
    for message_id in (
        received(place, age=BOUNCEABLE_SECONDS + 1),
        received(place, region="eu-west-1"),
        place.send(f"robot@{DOMAIN}", ANN),
        "1",
    ):
        assert refused(bounce, place, message_id) == ("MessageRejected", f"Message {message_id} {one}")
    arrived(place, bounce(place, received(place, age=BOUNCEABLE_SECONDS - 60))["MessageId"])


@pytest.mark.parametrize("mail_from", ["", "no address"])
def test_what_wants_no_answer_gets_none(place, mail_from):
    message_id = received(place, mail_from)
    text = f"Message {message_id} has no sender that could get a bounce."
    assert refused(bounce, place, message_id) == ("MessageRejected", text)


def test_the_sender_must_be_verified(place):
    for sender in ("robot@other.example", SENDER.replace(DOMAIN, "other.example")):
        code, text = refused(bounce, place, received(place), BounceSender=sender)
        assert code == "MessageRejected"
        assert text == (
            "Email address is not verified. The following identities failed the check in region "
            f"{place.region.upper()}: {sender}"
        )
    assert refused(bounce, place, received(place), BounceSender="robot")[1] == "Missing final '@domain'"


def test_another_accounts_sender_needs_its_permission(place, another):
    owner = another()
    owner.verify("owner.example")
    arn = f"arn:aws:ses:{owner.region}:{owner.account}:identity/owner.example"
    borrowed = {"BounceSender": "robot@owner.example", "BounceSenderArn": arn}
    code, text = refused(bounce, place, received(place), **borrowed)
    assert (code, "not authorized to perform `ses:SendBounce'" in text) == ("AccessDenied", True)
    statement = (
        f"""{{"Effect":"Allow","Principal":{{"AWS":"{place.account}"}},"Action":"ses:SendBounce","Resource":"{arn}"}}"""
    )
    owner.ses.put_identity_policy(
        Identity="owner.example", PolicyName="p", Policy=f"""{{"Version":"2012-10-17","Statement":[{statement}]}}"""
    )
    captured, mail = arrived(place, bounce(place, received(place), **borrowed)["MessageId"])
    assert mail["From"] == "robot@owner.example"
    dkim = place.api("GET", f"messages/{captured['id']}")["authentication"]["dkim"]
    assert ("owner.example", "pass") in {(one["domain"], one["result"]) for one in dkim}


FIELDS = {"Action": "failed", "Status": "5.1.1"}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"BouncedRecipientInfoList": []}, "At least one BouncedRecipientInfo must be specified."),
        (
            {"BouncedRecipientInfoList": [{"Recipient": ANN}]},
            "Either BounceType or RecipientDsnFields must be specified for each BouncedRecipientInfo.",
        ),
        (
            {"BouncedRecipientInfoList": [{"Recipient": "bob@elsewhere.example", "BounceType": "Undefined"}]},
            "Recipient <bob@elsewhere.example> is not a recipient of the original message.",
        ),
        (
            {"BouncedRecipientInfoList": [{"Recipient": ANN, "RecipientDsnFields": FIELDS | {"Status": "5.1"}}]},
            "Invalid status code: 5.1",
        ),
        (
            {"BouncedRecipientInfoList": [{"Recipient": ANN, "RecipientDsnFields": FIELDS | {"RemoteMta": "mx"}}]},
            "Invalid RemoteMta: mx",
        ),
        (
            {"BouncedRecipientInfoList": [{**GONE[0], "RecipientArn": "arn:x"}]},
            "Invalid RecipientArn <arn:x>.",
        ),
        ({"BounceSenderArn": "arn:x"}, "Invalid BounceSenderArn <arn:x>."),
        ({"MessageDsn": {"ReportingMta": "mta.receiver.example"}}, "Invalid ReportingMta: mta.receiver.example"),
        (
            {"MessageDsn": {"ReportingMta": "dns; m", "ExtensionFields": [{"Name": "X Y", "Value": "v"}]}},
            "Invalid header name: X Y",
        ),
        (
            {"MessageDsn": {"ReportingMta": "dns; m", "ExtensionFields": [{"Name": "X", "Value": "v\nTo: x"}]}},
            "Invalid header value: v\nTo: x",
        ),
    ],
)
def test_parameters_that_cannot_be(place, changes, text):
    assert refused(bounce, place, received(place), **changes) == ("InvalidParameterValue", text)


def test_case_of_the_domain_and_the_final_recipient_count_as_the_recipient(place):
    message_id = received(place)
    for info in (
        {"Recipient": f"ann@{DOMAIN.upper()}", "BounceType": "TemporaryFailure"},
        {"Recipient": "list@elsewhere.example", "RecipientDsnFields": FIELDS | {"FinalRecipient": ANN}},
    ):
        assert bounce(place, message_id, BouncedRecipientInfoList=[info])["MessageId"]


def test_a_report_names_a_recipient_without_its_display_name(place):
    info = [{"Recipient": f"Ann <{ANN}>", "BounceType": "Undefined"}]
    _, mail = arrived(place, bounce(place, received(place), BouncedRecipientInfoList=info)["MessageId"])
    _, told = groups(mail)
    assert (told["Final-Recipient"], told["Original-Recipient"]) == (f"rfc822; {ANN}", f"rfc822; {ANN}")
