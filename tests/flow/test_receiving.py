"""Mail that an account receives by receipt rules: from SMTP at the sink, or sent by SES itself; to S3, SNS, functions
and back to its sender. All through boto3, smtplib and the inspection API, as an application would.
"""

from __future__ import annotations

import base64
import email
import io
import json
import smtplib
import ssl
import zipfile
from collections.abc import Callable, Iterator

import pytest

from emulator.runtime import Emulator
from tests.conftest import REGION, Lab, running

RAW = b"From: Ann <ann@sender.example>\r\nTo: %s\r\nSubject: Drift ice\r\nMessage-ID: <1@x.example>\r\n\r\nIt came.\r\n"
ANN = "ann@sender.example"


@pytest.fixture(scope="module")
def receiving_emulator() -> Iterator[Emulator]:
    """Where nobody else's mail comes by: while anybody receives, the sink asks DNS for every recipient."""
    with running(max_send_rate=-1) as one:
        yield one


class Receiving:
    """An account that receives for a domain of its own, by the active rule set ``s``."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.domain = f"in-{lab.account}.example"
        self.address = f"you@{self.domain}"
        lab.verify(self.domain)
        self.mx(f"10 inbound-smtp.{lab.region}.amazonaws.com")
        lab.ses.create_receipt_rule_set(RuleSetName="s")
        lab.ses.set_active_receipt_rule_set(RuleSetName="s")
        lab.client("s3").create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": lab.region})

    @property
    def bucket(self) -> str:
        return f"mail-{self.lab.account}"

    def mx(self, *values: str) -> None:
        records = [{"name": self.domain, "type": "MX", "value": value} for value in values]
        self.lab.api("DELETE", f"dns/records?name={self.domain}&type=MX")
        self.lab.api("PUT", "dns/records", {"records": records})

    def rule(self, *actions: dict, after: str | None = None, name: str = "r", **more: object) -> None:
        self.lab.ses.create_receipt_rule(
            RuleSetName="s",
            Rule={"Name": name, "Enabled": True, "Actions": list(actions), **more},
            **({"After": after} if after is not None else {}),
        )

    def s3(self, prefix: str, **more: str) -> dict:
        return {"S3Action": {"BucketName": self.bucket, "ObjectKeyPrefix": prefix, **more}}

    def topic(self, name: str) -> tuple[str, str]:
        """The ARN of a topic, and the URL of a queue that gets what is published there."""
        sqs, sns = self.lab.client("sqs"), self.lab.client("sns")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sns.create_topic(Name=name)["TopicArn"]
        queue = f"arn:aws:sqs:{self.lab.region}:{self.lab.account}:{name}"
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)
        return arn, url

    def told(self, url: str) -> list[dict]:
        """What SNS put into the queue, without the messages of a rule's set-up."""
        found = []
        while answer := self.lab.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for one in answer:
                body = json.loads(one["Body"])
                self.lab.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
                if "AMAZON_SES_SETUP_NOTIFICATION" not in body["Message"]:
                    assert body["Subject"] == "Amazon SES Email Receipt Notification"
                    found.append(json.loads(body["Message"]))
        return found

    def objects(self, prefix: str) -> dict[str, bytes]:
        s3 = self.lab.client("s3")
        listed = s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        keys = [one["Key"] for one in listed if "AMAZON_SES_SETUP_NOTIFICATION" not in one["Key"]]
        return {key: s3.get_object(Bucket=self.bucket, Key=key)["Body"].read() for key in keys}

    def smtp(self) -> smtplib.SMTP:
        host, _, port = self.lab.addresses.sink.rpartition(":")
        return smtplib.SMTP(host, int(port), timeout=30)

    def hand_in(self, *recipients: str, data: bytes | None = None, sender: str = ANN) -> None:
        to = recipients or (self.address,)
        with self.smtp() as client:
            refused = client.sendmail(sender, to, data or RAW % to[0].encode())
        assert refused == {}

    def done(self) -> None:
        """Returns when no received mail waits any more."""

        def nothing_waits() -> bool:
            with self.lab.emulator._store.read() as reader:
                return reader.waiting_inbound() == 0

        self.lab.until(nothing_waits)

    def log(self) -> list[dict]:
        """What was done with received mail, oldest first."""
        return self.lab.api("GET", f"events?type=received&account={self.lab.account}")["events"][::-1]


@pytest.fixture
def here(receiving_emulator, account_numbers) -> Iterator[Receiving]:
    one = Receiving(Lab(receiving_emulator, str(next(account_numbers))))
    yield one
    one.lab.ses.set_active_receipt_rule_set()


def test_a_mail_is_an_object_with_ses_own_fields_above_the_bytes_that_came(here):
    here.rule(here.s3("mail"), ScanEnabled=True)
    data = RAW % here.address.encode() + b"\xff bare\nline\r\n"
    here.hand_in(data=data)
    here.done()
    ((key, stored),) = here.objects("mail/").items()
    assert stored.endswith(b"\r\n" + data)
    head = email.message_from_bytes(stored.removesuffix(data) + b"\r\n")
    assert head["Return-Path"] == f"<{ANN}>"
    assert f"by inbound-smtp.{REGION}.amazonaws.com with SMTP id {key.removeprefix('mail/')}" in " ".join(
        head["Received"].split()
    )
    assert (head["X-SES-Spam-Verdict"], head["X-SES-Virus-Verdict"]) == ("PASS", "PASS")
    (entry,) = here.log()
    assert (entry["channel"], entry["target"], entry["of"]) == ("s3", f"{here.bucket}/{key}", "s/r")
    assert entry["failure"] is None


def test_the_inbox_keeps_the_mail_as_its_own_receiver_judged_it(here):
    here.rule(here.s3("mail"))
    here.hand_in()
    mail = here.lab.api("GET", f"messages?to={here.address}")["messages"][0]
    raw = here.lab.get(f"/_ses/api/messages/{mail['id']}/raw")
    assert b"mx.google.com" in raw
    assert b"inbound-smtp" not in raw


def test_sns_has_the_content_and_a_topic_of_s3_only_where_it_is(here):
    plain, plain_url = here.topic("plain")
    whole, whole_url = here.topic("whole")
    here.rule(here.s3("", TopicArn=plain), {"SNSAction": {"TopicArn": whole, "Encoding": "Base64"}})
    here.hand_in(here.address, "else@elsewhere.example")
    here.done()
    (told,) = here.told(plain_url)
    assert "content" not in told
    assert told["notificationType"] == "Received"
    assert told["mail"]["source"] == ANN
    assert told["mail"]["destination"] == [here.address, "else@elsewhere.example"]
    assert told["mail"]["commonHeaders"]["subject"] == "Drift ice"
    assert told["receipt"]["recipients"] == [here.address]
    assert told["receipt"]["spamVerdict"] == {"status": "DISABLED"}
    (key,) = here.objects("")
    assert told["receipt"]["action"] == {
        "type": "S3",
        "topicArn": plain,
        "bucketName": here.bucket,
        "objectKeyPrefix": "",
        "objectKey": key,
    }
    assert told["mail"]["messageId"] == key
    (told,) = here.told(whole_url)
    assert base64.b64decode(told["content"]) == here.objects("")[key]


def test_headers_are_added_for_what_comes_after_and_stop_ends_all(here):
    topic, url = here.topic("stopped")
    add = {"AddHeaderAction": {"HeaderName": "X-Way", "HeaderValue": "by rule a"}}
    here.rule(here.s3("before"), add, here.s3("after"), name="a")
    here.rule(here.s3("second"), {"StopAction": {"Scope": "RuleSet", "TopicArn": topic}}, name="b", after="a")
    here.rule(here.s3("third"), name="c", after="b")
    here.hand_in()
    here.done()
    (before,), (after,), (second,) = (here.objects(prefix).values() for prefix in ("before", "after", "second"))
    assert after == second == b"X-Way: by rule a\r\n" + before
    assert here.objects("third") == {}
    (told,) = here.told(url)
    assert told["receipt"]["action"] == {"type": "Stop", "topicArn": topic}


def test_a_bounce_comes_back_to_the_sender_from_the_verified_address(here):
    here.lab.verify(ANN)
    bounce = {"SmtpReplyCode": "550", "StatusCode": "5.1.1", "Message": "Mailbox does not exist"}
    here.rule({"BounceAction": {**bounce, "Sender": f"postmaster@{here.domain}"}})
    here.hand_in()
    mail = here.lab.wait(to=ANN, subject="Delivery Status Notification (Failure)")
    assert mail["from"] == f"postmaster@{here.domain}"
    assert mail["envelope"]["mail_from"] == ""
    raw = here.lab.get(f"/_ses/api/messages/{mail['id']}/raw")
    assert f"Final-Recipient: rfc822; {here.address}".encode() in raw
    assert b"Diagnostic-Code: smtp; 550 5.1.1 Mailbox does not exist" in raw
    here.done()
    (entry,) = here.log()
    assert (entry["channel"], entry["target"], entry["failure"]) == ("email", ANN, None)


def test_nobody_answers_the_null_sender(here):
    bounce = {"SmtpReplyCode": "550", "Message": "No", "Sender": f"postmaster@{here.domain}"}
    here.rule({"BounceAction": bounce}, here.s3("after"))
    here.hand_in(sender="")
    here.done()
    assert "null sender" in here.log()[0]["failure"]
    assert len(here.objects("after")) == 1


@pytest.mark.parametrize("body", [b"x" * 153_600, b"\0" * 50_000], ids=["as a mail", "as a notification"])
def test_what_is_too_large_for_sns_is_bounced(here, body):
    topic, url = here.topic("small")
    here.rule({"SNSAction": {"TopicArn": topic}})
    here.hand_in(data=RAW % b"you" + body + b"\r\n")
    mail = here.lab.wait(to=ANN, subject="Delivery Status Notification (Failure)")
    assert b"552 5.3.4" in here.lab.get(f"/_ses/api/messages/{mail['id']}/raw")
    assert here.told(url) == []


def refusal(here: Receiving, *recipients: str) -> dict[str, tuple[int, bytes]]:
    with here.smtp() as client:
        client.ehlo("sender.example")
        client.mail(ANN)
        return {to: client.rcpt(to) for to in recipients}


def test_an_address_that_no_rule_matches_is_refused_and_others_are_not(here):
    here.rule(here.s3("mail"), Recipients=[here.address])
    other = f"nobody@{here.domain}"
    assert refusal(here, here.address, other, "any@elsewhere.example") == {
        here.address: (250, b"Ok"),
        other: (550, b"5.1.1 Requested action not taken: mailbox unavailable"),
        "any@elsewhere.example": (250, b"Ok"),
    }


def test_mail_of_our_own_goes_the_same_way_and_bounces_where_no_rule_matches(here):
    here.rule(here.s3("mail"), Recipients=[here.address], TlsPolicy="Require")
    me = f"me@{here.domain}"
    assert [one.outcome for one in here.lab.settled(here.lab.send(me, here.address))] == ["DELIVERED"]
    (lost,) = here.lab.settled(here.lab.send(me, f"nobody@{here.domain}"))
    assert (lost.outcome, lost.reply) == (
        "BOUNCED",
        "550 5.1.1 Requested action not taken: mailbox unavailable",
    )
    here.done()
    (stored,) = here.objects("mail").values()
    assert email.message_from_bytes(stored)["Subject"] == "test-subject"


def test_filters_refuse_clients_and_the_allowed_come_in(here):
    here.rule(here.s3("mail"))
    filter = {"Name": "local", "IpFilter": {"Policy": "Block", "Cidr": "127.0.0.0/8"}}
    here.lab.ses.create_receipt_filter(Filter=filter)
    assert refusal(here, here.address)[here.address][0] == 550
    allow = {"Name": "me", "IpFilter": {"Policy": "Allow", "Cidr": "127.0.0.1"}}
    here.lab.ses.create_receipt_filter(Filter=allow)
    assert refusal(here, here.address)[here.address][0] == 250


def test_a_rule_that_requires_tls_refuses_what_comes_in_the_clear(here):
    here.rule(here.s3("mail"), TlsPolicy="Require")
    assert refusal(here, here.address)[here.address] == (530, b"5.7.0 Must issue a STARTTLS command first")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with here.smtp() as client:
        client.starttls(context=context)
        client.sendmail(ANN, here.address, RAW % here.address.encode())
    here.done()
    assert len(here.objects("mail")) == 1


UNHEARD: dict[str, Callable[[Receiving], object]] = {
    "another MX": lambda here: here.mx("10 mx.elsewhere.example"),
    "another MX first": lambda here: here.mx("5 mx.elsewhere.example", f"10 inbound-smtp.{REGION}.amazonaws.com"),
    "another region's": lambda here: here.mx("10 inbound-smtp.eu-west-1.amazonaws.com"),
    "no active set": lambda here: here.lab.ses.set_active_receipt_rule_set(),
    "no identity": lambda here: here.lab.ses.delete_identity(Identity=here.domain),
}


@pytest.mark.parametrize("how", UNHEARD)
def test_where_ses_is_not_the_mx_of_an_account_that_receives_nothing_is_noticed(here, how):
    here.rule(here.s3("mail"), Recipients=[f"other@{here.domain}"])
    assert refusal(here, here.address)[here.address][0] == 550
    UNHEARD[how](here)
    here.hand_in(f"other@{here.domain}", here.address)
    here.done()
    assert here.objects("mail") == {}


def test_what_is_not_emulated_is_said(here):
    here.rule(
        {"WorkmailAction": {"OrganizationArn": f"arn:aws:workmail:{REGION}:{here.lab.account}:organization/m-1"}},
        here.s3("after"),
    )
    here.hand_in()
    here.done()
    assert [(one["channel"], one["failure"]) for one in here.log()] == [
        ("workmail", "WorkMail is not emulated: nothing was done"),
        ("s3", None),
    ]


def test_a_bucket_that_is_gone_is_said_and_the_next_action_follows(here):
    topic, url = here.topic("still")
    here.rule(here.s3("mail"), {"SNSAction": {"TopicArn": topic}})
    s3 = here.lab.client("s3")
    s3.delete_object(Bucket=here.bucket, Key="mail/AMAZON_SES_SETUP_NOTIFICATION")
    s3.delete_bucket(Bucket=here.bucket)
    here.hand_in()
    here.done()
    assert [one["failure"] for one in here.log()] == [f"S3 bucket {here.bucket} does not exist", None]
    assert len(here.told(url)) == 1


def test_a_reset_of_the_account_takes_its_rules_and_what_waits(here):
    here.rule(here.s3("mail"))
    here.lab.api("POST", f"reset?account={here.lab.account}")
    here.hand_in()
    here.done()
    assert here.objects("mail") == {}


@pytest.fixture
def function(here) -> str:
    """The ARN of a function of the account."""
    trusting = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    role = here.lab.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trusting))
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as packed:
        packed.writestr("f.py", "def handler(event, context):\n    return None\n")
    made = here.lab.client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.11",
        Role=role["Role"]["Arn"],
        Handler="f.handler",
        Code={"ZipFile": code.getvalue()},
    )
    return str(made["FunctionArn"])


@pytest.fixture
def answers(monkeypatch, here) -> list[str]:
    """moto runs functions in Docker, which no test may need. Here they answer with what is in this list, in turn, and
    then with what they were invoked with."""
    from moto.awslambda_simple.models import lambda_simple_backends
    from moto.core.config import default_user_config

    monkeypatch.setitem(default_user_config, "lambda", {"use_docker": False})
    return lambda_simple_backends[here.lab.account][here.lab.region].lambda_simple_results_queue


@pytest.mark.parametrize(
    ("disposition", "done"),
    [("STOP_RULE", ["same", "next"]), ("STOP_RULE_SET", ["same"]), ("CONTINUE", ["same", "after", "next"])],
)
def test_what_a_function_answers_decides_how_the_rules_go_on(here, answers, function, disposition, done):
    topic, url = here.topic("called")
    call = {"FunctionArn": function, "InvocationType": "RequestResponse", "TopicArn": topic}
    here.rule(here.s3("same"), {"LambdaAction": call}, here.s3("after"), name="a")
    here.rule(here.s3("next"), name="b", after="a")
    answers.append(json.dumps({"disposition": disposition}))
    here.hand_in()
    here.done()
    assert [prefix for prefix in ("same", "after", "next") if here.objects(prefix)] == done
    (entry,) = [one for one in here.log() if one["channel"] == "lambda"]
    assert (entry["target"], entry["failure"]) == (function, None)
    record = json.loads(entry["body"])["Records"][0]
    assert record["eventSource"] == "aws:ses"
    assert record["ses"]["receipt"]["action"] == {
        "type": "Lambda",
        "topicArn": topic,
        "invocationType": "RequestResponse",
        "functionArn": function,
    }
    assert len(here.told(url)) == 1


def test_a_function_invoked_as_an_event_is_not_waited_for(here, answers, function):
    here.rule({"LambdaAction": {"FunctionArn": function}}, here.s3("after"))
    answers.append(json.dumps({"disposition": "STOP_RULE_SET"}))
    here.hand_in()
    here.done()
    assert len(here.objects("after")) == 1
