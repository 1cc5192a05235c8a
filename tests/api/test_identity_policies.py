"""Policies and notification settings of identities through boto3: v1 and v2 on one state, and the words of refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.refusals import refused_with as refused

TEXTS = json.loads((Path(__file__).parents[2] / "fixtures" / "aws" / "identity_policies.json").read_text("utf-8"))
STATEMENT = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "ses:SendEmail", "Resource": "*"}
POLICY = {"Version": "2012-10-17", "Statement": [STATEMENT]}


def text(policy=POLICY) -> str:
    return json.dumps(policy, indent=2)


def short(policy=POLICY) -> str:
    return json.dumps(policy, separators=(",", ":"))


def policies(lab, identity: str = "own.example"):
    return lab.sesv2.get_email_identity_policies(EmailIdentity=identity)["Policies"]


@pytest.fixture
def own(lab):
    lab.sesv2.create_email_identity(EmailIdentity="own.example")
    return lab


@pytest.fixture(scope="module")
def furnished(emulator, account_numbers):
    """An account with what the texts' requests speak of; none of them changes anything."""
    from tests.conftest import Lab

    lab = Lab(emulator, str(next(account_numbers)))
    for name in ("own.example", "full.example"):
        lab.sesv2.create_email_identity(EmailIdentity=name)
    lab.sesv2.create_email_identity_policy(EmailIdentity="own.example", PolicyName="there", Policy=text())
    for number in range(20):
        lab.ses.put_identity_policy(Identity="full.example", PolicyName=f"p{number}", Policy=text())
    return lab


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: f"{case['service']}-{case['text'][:50]}")
def test_the_texts_of_refusals_are_ses_own(furnished, case):
    request = {name: text() if value == "{policy}" else value for name, value in case["request"].items()}
    call = getattr(furnished.client(case["service"]), case["operation"])
    assert refused(call, **request) == (case["code"], case["text"])


# --- policies -----------------------------------------------------------------------------------


def test_a_policy_is_the_same_to_both_versions_and_loses_its_blanks(own):
    own.sesv2.create_email_identity_policy(EmailIdentity="own.example", PolicyName="p", Policy=text())
    own.ses.put_identity_policy(Identity="own.example", PolicyName="b", Policy=text())
    assert policies(own) == {"b": short(), "p": short()}
    assert own.sesv2.get_email_identity(EmailIdentity="own.example")["Policies"] == policies(own)
    assert own.ses.list_identity_policies(Identity="own.example")["PolicyNames"] == ["b", "p"]
    some = own.ses.get_identity_policies(Identity="own.example", PolicyNames=["p", "gone"])["Policies"]
    assert some == {"p": short()}
    changed = {**POLICY, "Id": "changed"}
    own.sesv2.update_email_identity_policy(EmailIdentity="own.example", PolicyName="p", Policy=text(changed))
    own.ses.put_identity_policy(Identity="own.example", PolicyName="b", Policy=text(changed))
    assert policies(own) == {"b": short(changed), "p": short(changed)}
    own.sesv2.delete_email_identity_policy(EmailIdentity="own.example", PolicyName="b")
    for _ in range(2):
        own.ses.delete_identity_policy(Identity="own.example", PolicyName="p")
    assert policies(own) == {}
    assert own.sesv2.get_email_identity(EmailIdentity="own.example")["Policies"] == {}


def test_v1_names_an_identity_by_its_arn_too_and_finds_nothing_of_an_unknown_one(own):
    arn = f"arn:aws:ses:{own.region}:{own.account}:identity/own.example"
    own.ses.put_identity_policy(Identity=arn, PolicyName="p", Policy=text())
    assert own.ses.list_identity_policies(Identity=arn)["PolicyNames"] == ["p"]
    assert list(policies(own)) == ["p"]
    gone = {"Identity": "gone.example"}
    assert own.ses.list_identity_policies(**gone)["PolicyNames"] == []
    assert own.ses.get_identity_policies(**gone, PolicyNames=["p"])["Policies"] == {}
    own.ses.delete_identity_policy(**gone, PolicyName="p")
    assert refused(own.ses.put_identity_policy, **gone, PolicyName="p", Policy=text())[0] == "InvalidParameterValue"


def test_policies_go_with_their_identity_and_stay_in_their_region(own):
    own.ses.put_identity_policy(Identity="own.example", PolicyName="p", Policy=text())
    elsewhere = own.client("sesv2", "eu-west-1")
    elsewhere.create_email_identity(EmailIdentity="own.example")
    assert elsewhere.get_email_identity_policies(EmailIdentity="own.example")["Policies"] == {}
    own.ses.delete_identity(Identity="own.example")
    own.sesv2.create_email_identity(EmailIdentity="own.example")
    assert policies(own) == {}


@pytest.mark.parametrize(
    "policy",
    [
        "no JSON",
        "[]",
        "{}",
        '{"Statement": [], "Statement": []}',
        json.dumps({"Statement": []}),
        json.dumps({"Version": "2020-01-01", "Statement": STATEMENT}),
        json.dumps({"Statement": {**STATEMENT, "Effect": "Maybe"}}),
        json.dumps({"Statement": {**STATEMENT, "Action": "s3:GetObject"}}),
        json.dumps({"Statement": {**STATEMENT, "Resource": "own.example"}}),
        json.dumps({"Statement": {**STATEMENT, "Principal": {"AWS": "bob"}}}),
        json.dumps({"Statement": {**STATEMENT, "NotPrincipal": "*"}}),
        json.dumps({"Statement": {**STATEMENT, "Colour": "red"}}),
        json.dumps({"Statement": {**STATEMENT, "Condition": {"StringIs": {"ses:FromAddress": "x"}}}}),
        json.dumps({"Statement": {**STATEMENT, "Condition": {"IpAddress": {"aws:SourceIp": "here"}}}}),
        json.dumps({"Statement": {**STATEMENT, "Sid": "x" * 4096}}),
        json.dumps({"Statement": {name: STATEMENT[name] for name in ("Effect", "Action", "Resource")}}),
    ],
)
def test_what_is_no_policy_is_refused_and_nothing_kept(own, policy):
    assert refused(own.ses.put_identity_policy, Identity="own.example", PolicyName="p", Policy=policy)[0] == (
        "InvalidPolicy"
    )
    create = own.sesv2.create_email_identity_policy
    assert refused(create, EmailIdentity="own.example", PolicyName="p", Policy=policy)[0] == "BadRequestException"
    assert policies(own) == {}


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"StringLike": {"ses:FromAddress": "${aws:username}@own.example"}},
        {"BinaryEquals": {"ses:FromAddress": "eA=="}},
    ],
)
def test_what_cannot_be_evaluated_is_refused_by_name(own, condition):
    policy = json.dumps({"Statement": {**STATEMENT, "Condition": condition}})
    put = own.ses.put_identity_policy
    code, message = refused(put, Identity="own.example", PolicyName="p", Policy=policy)
    assert (code, message.endswith("is not emulated.")) == ("UnsupportedOperation", True)


# --- notifications ------------------------------------------------------------------------------


def attributes(lab, name: str = "own.example"):
    return lab.ses.get_identity_notification_attributes(Identities=[name, "gone.example"])["NotificationAttributes"]


def topic(lab, name: str = "t") -> str:
    return lab.client("sns").create_topic(Name=name)["TopicArn"]


def test_topics_headers_and_forwarding_are_set_told_and_cleared(own):
    assert attributes(own) == {
        "own.example": {
            "ForwardingEnabled": True,
            "HeadersInBounceNotificationsEnabled": False,
            "HeadersInComplaintNotificationsEnabled": False,
            "HeadersInDeliveryNotificationsEnabled": False,
        }
    }
    arn = topic(own)
    for kind in ("Bounce", "Complaint", "Delivery"):
        of = {"Identity": "own.example", "NotificationType": kind}
        own.ses.set_identity_notification_topic(**of, SnsTopic=arn)
        own.ses.set_identity_headers_in_notifications_enabled(**of, Enabled=True)
        told = attributes(own)["own.example"]
        assert (told[f"{kind}Topic"], told[f"Headers{'In'}{kind}NotificationsEnabled"]) == (arn, True)
    own.ses.set_identity_headers_in_notifications_enabled(**of, Enabled=False)
    own.ses.set_identity_notification_topic(**of)
    told = attributes(own)["own.example"]
    assert ("DeliveryTopic" in told, told["HeadersInDeliveryNotificationsEnabled"]) == (False, False)
    assert told["BounceTopic"] == told["ComplaintTopic"] == arn
    assert attributes(own, f"arn:aws:ses:{own.region}:{own.account}:identity/own.example").popitem()[1] == told


def test_a_new_topic_is_told_of_its_subscription(own):
    arn = topic(own, "told")
    queue = own.client("sqs").create_queue(QueueName="told")["QueueUrl"]
    of = own.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    own.client("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=of)
    own.ses.set_identity_notification_topic(Identity="own.example", NotificationType="Bounce", SnsTopic=arn)
    (message,) = own.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    body = json.loads(message["Body"])["Message"]
    assert body == (
        '{"notificationType":"AmazonSnsSubscriptionSucceeded","message":"You have successfully subscribed your Amazon '
        f"SNS topic '{arn}' to receive 'Bounce' notifications from Amazon SES for identity 'own.example'.\"}}\n"
    )


def test_a_topic_that_is_not_there_is_refused(own):
    of = {"Identity": "own.example", "NotificationType": "Bounce"}
    for arn in ("t", f"arn:aws:sns:{own.region}:{own.account}:gone", topic(own).replace(own.region, "eu-west-1")):
        assert refused(own.ses.set_identity_notification_topic, **of, SnsTopic=arn)[0] == "InvalidParameterValue"
    assert refused(own.ses.set_identity_notification_topic, Identity="gone.example", NotificationType="Bounce")[0] == (
        "InvalidParameterValue"
    )
    assert "BounceTopic" not in attributes(own)["own.example"]


def test_v1_switches_forwarding_off_only_with_both_topics(own):
    forwarding = own.ses.set_identity_feedback_forwarding_enabled
    arn = topic(own)
    own.ses.set_identity_notification_topic(Identity="own.example", NotificationType="Bounce", SnsTopic=arn)
    assert refused(forwarding, Identity="own.example", ForwardingEnabled=False)[0] == "InvalidParameterValue"
    own.ses.set_identity_notification_topic(Identity="own.example", NotificationType="Complaint", SnsTopic=arn)
    forwarding(Identity="own.example", ForwardingEnabled=False)
    assert own.sesv2.get_email_identity(EmailIdentity="own.example")["FeedbackForwardingStatus"] is False
    own.sesv2.put_email_identity_feedback_attributes(EmailIdentity="own.example", EmailForwardingEnabled=True)
    assert attributes(own)["own.example"]["ForwardingEnabled"] is True
    own.sesv2.put_email_identity_feedback_attributes(EmailIdentity="own.example")
    assert attributes(own)["own.example"]["ForwardingEnabled"] is False


def test_regions_and_accounts_have_settings_of_their_own(own, account_numbers):
    own.sesv2.put_email_identity_feedback_attributes(EmailIdentity="own.example")
    other = type(own)(own.emulator, str(next(account_numbers)))
    for client in (own.client("sesv2", "eu-west-1"), other.sesv2):
        client.create_email_identity(EmailIdentity="own.example")
        assert client.get_email_identity(EmailIdentity="own.example")["FeedbackForwardingStatus"] is True
