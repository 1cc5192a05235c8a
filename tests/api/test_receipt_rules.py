"""Receipt rule sets, rules and filters through boto3: what is written down, in which order, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.refusals import refused_with as refused

TEXTS = json.loads((Path(__file__).parents[2] / "fixtures" / "aws" / "receipt_rules.json").read_text("utf-8"))


def add(lab, name: str, **rule) -> None:
    lab.ses.create_receipt_rule(RuleSetName="s", Rule={"Name": name, **rule})


def order(lab, rule_set: str = "s") -> list[str]:
    return [rule["Name"] for rule in lab.ses.describe_receipt_rule_set(RuleSetName=rule_set)["Rules"]]


@pytest.fixture
def rules(lab):
    """The account with a rule set ``s`` of the rules a, b, c."""
    lab.ses.create_receipt_rule_set(RuleSetName="s")
    for name in "cba":
        add(lab, name)
    return lab


@pytest.fixture(scope="module")
def unchanged(another):
    """For refusals, which change nothing: a set ``there`` with the rule ``first``, and the set ``active``, which is."""
    lab = another()
    lab.ses.create_receipt_rule_set(RuleSetName="there")
    lab.ses.create_receipt_rule(RuleSetName="there", Rule={"Name": "first"})
    lab.ses.create_receipt_rule_set(RuleSetName="active")
    lab.ses.set_active_receipt_rule_set(RuleSetName="active")
    return lab


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: case["text"][:60])
def test_the_texts_of_refusals_are_ses_own(unchanged, case):
    assert refused(getattr(unchanged.ses, case["operation"]), **case["request"]) == (case["code"], case["text"])
    assert order(unchanged, "there") == ["first"]


def test_a_rule_set_is_created_described_listed_and_deleted(lab):
    lab.ses.create_receipt_rule_set(RuleSetName="s")
    described = lab.ses.describe_receipt_rule_set(RuleSetName="s")
    assert (described["Metadata"]["Name"], described["Rules"]) == ("s", [])
    assert lab.ses.list_receipt_rule_sets()["RuleSets"] == [described["Metadata"]]
    lab.ses.delete_receipt_rule_set(RuleSetName="s")
    lab.ses.delete_receipt_rule_set(RuleSetName="s")
    assert lab.ses.list_receipt_rule_sets()["RuleSets"] == []
    assert refused(lab.ses.describe_receipt_rule_set, RuleSetName="s")[0] == "RuleSetDoesNotExist"


def test_the_41st_rule_set_is_too_many_and_a_foreign_token_opens_no_page(lab):
    for number in range(40):
        lab.ses.create_receipt_rule_set(RuleSetName=f"s{number}")
    assert refused(lab.ses.create_receipt_rule_set, RuleSetName="more")[0] == "LimitExceeded"
    assert len(lab.ses.list_receipt_rule_sets()["RuleSets"]) == 40
    assert refused(lab.ses.list_receipt_rule_sets, NextToken="abcd") == (
        "InvalidParameterValue",
        "Invalid page token: abcd",
    )


def test_a_clone_has_the_rules_in_their_order_and_lives_by_itself(rules):
    rules.ses.clone_receipt_rule_set(RuleSetName="copy", OriginalRuleSetName="s")
    assert order(rules, "copy") == ["a", "b", "c"]
    rules.ses.delete_receipt_rule(RuleSetName="s", RuleName="b")
    assert (order(rules), order(rules, "copy")) == (["a", "c"], ["a", "b", "c"])
    assert refused(rules.ses.clone_receipt_rule_set, RuleSetName="copy", OriginalRuleSetName="s")[0] == "AlreadyExists"
    assert (
        refused(rules.ses.clone_receipt_rule_set, RuleSetName="x", OriginalRuleSetName="gone")[0]
        == "RuleSetDoesNotExist"
    )


def test_one_rule_set_is_active_or_none(rules):
    assert "Metadata" not in rules.ses.describe_active_receipt_rule_set()
    rules.ses.set_active_receipt_rule_set(RuleSetName="s")
    active = rules.ses.describe_active_receipt_rule_set()
    assert active["Metadata"]["Name"] == "s"
    assert [rule["Name"] for rule in active["Rules"]] == ["a", "b", "c"]
    assert refused(rules.ses.set_active_receipt_rule_set, RuleSetName="gone")[0] == "RuleSetDoesNotExist"
    rules.ses.set_active_receipt_rule_set()
    assert "Metadata" not in rules.ses.describe_active_receipt_rule_set()
    rules.ses.delete_receipt_rule_set(RuleSetName="s")


def test_rules_come_in_at_the_front_or_after_another_and_move(rules):
    assert order(rules) == ["a", "b", "c"]
    rules.ses.create_receipt_rule(RuleSetName="s", Rule={"Name": "b2"}, After="b")
    assert order(rules) == ["a", "b", "b2", "c"]
    rules.ses.set_receipt_rule_position(RuleSetName="s", RuleName="b2", After="c")
    assert order(rules) == ["a", "b", "c", "b2"]
    rules.ses.set_receipt_rule_position(RuleSetName="s", RuleName="c")
    assert order(rules) == ["c", "a", "b", "b2"]
    rules.ses.set_receipt_rule_position(RuleSetName="s", RuleName="a", After="a")
    assert order(rules) == ["c", "a", "b", "b2"]
    for after in ("gone", None):
        params = {"RuleName": "a" if after else "gone", **({"After": after} if after else {})}
        assert refused(rules.ses.set_receipt_rule_position, RuleSetName="s", **params)[0] == "RuleDoesNotExist"


def test_a_header_that_is_added_may_have_any_name_of_rfc_5322(rules):
    """SES takes more than the letters, digits and hyphens of its documentation (observed)."""
    action = {"AddHeaderAction": {"HeaderName": "X_Spam.Score~(1)", "HeaderValue": "v"}}
    add(rules, "named", Actions=[action])
    assert rules.ses.describe_receipt_rule(RuleSetName="s", RuleName="named")["Rule"]["Actions"] == [action]


def test_a_new_order_names_every_rule_once(rules):
    rules.ses.reorder_receipt_rule_set(RuleSetName="s", RuleNames=["c", "a", "b"])
    assert order(rules) == ["c", "a", "b"]
    reorder = rules.ses.reorder_receipt_rule_set
    assert refused(reorder, RuleSetName="s", RuleNames=["c", "a", "b", "x"])[0] == "RuleDoesNotExist"
    assert refused(reorder, RuleSetName="s", RuleNames=["c", "a"])[0] == "InvalidParameterValue"
    assert refused(reorder, RuleSetName="s", RuleNames=["c", "a", "a"])[0] == "InvalidParameterValue"
    assert refused(reorder, RuleSetName="gone", RuleNames=[])[0] == "RuleSetDoesNotExist"
    assert order(rules) == ["c", "a", "b"]


def test_a_rule_is_read_back_with_defaults_and_sorted_recipients(rules):
    describe = rules.ses.describe_receipt_rule
    assert describe(RuleSetName="s", RuleName="a")["Rule"] == {
        "Name": "a",
        "Enabled": False,
        "TlsPolicy": "Optional",
        "Actions": [],
        "ScanEnabled": False,
    }
    actions = [
        {"AddHeaderAction": {"HeaderName": "X-A", "HeaderValue": "v"}},
        {"WorkmailAction": {"OrganizationArn": "arn:aws:workmail:eu-west-1:123456789012:organization/m-1"}},
        {
            "ConnectAction": {
                "InstanceARN": "arn:aws:connect:eu-west-1:123456789012:instance/01234567-89ab-cdef-0123-456789abcdef",
                "IAMRoleARN": "arn:aws:iam::123456789012:role/connect",
            }
        },
        {"StopAction": {"Scope": "RuleSet"}},
    ]
    rule = {
        "Name": "a",
        "Enabled": True,
        "TlsPolicy": "Require",
        "Recipients": ["z@a.example", ".b.example", "a@a.example"],
        "Actions": actions,
        "ScanEnabled": True,
    }
    rules.ses.update_receipt_rule(RuleSetName="s", Rule=rule)
    told = describe(RuleSetName="s", RuleName="a")["Rule"]
    assert told == {**rule, "Recipients": [".b.example", "a@a.example", "z@a.example"]}
    assert order(rules) == ["a", "b", "c"]
    rules.ses.update_receipt_rule(RuleSetName="s", Rule={"Name": "a"})
    assert describe(RuleSetName="s", RuleName="a")["Rule"]["Actions"] == []


def test_deleting_a_rule_that_is_not_there_succeeds(rules):
    rules.ses.delete_receipt_rule(RuleSetName="s", RuleName="b")
    rules.ses.delete_receipt_rule(RuleSetName="s", RuleName="b")
    assert order(rules) == ["a", "c"]
    assert refused(rules.ses.delete_receipt_rule, RuleSetName="gone", RuleName="b")[0] == "RuleSetDoesNotExist"


def test_the_11th_action_and_the_201st_rule_are_too_many(lab):
    lab.ses.create_receipt_rule_set(RuleSetName="s")
    header = {"AddHeaderAction": {"HeaderName": "X-A", "HeaderValue": "v"}}
    assert refused(add, lab=lab, name="x", Actions=[header] * 11) == ("LimitExceeded", "Too many actions")
    add(lab, "x", Actions=[header] * 10, Recipients=[f"a{n}@b.example" for n in range(101)])
    for number in range(199):
        add(lab, f"r{number}")
    assert refused(add, lab=lab, name="more") == ("LimitExceeded", "Too many rules")


def test_bounces_are_sent_by_a_verified_identity(rules):
    bounce = {"SmtpReplyCode": "550", "StatusCode": "5.1.1", "Message": "no such box", "Sender": "mailer@own.example"}
    assert refused(add, lab=rules, name="x", Actions=[{"BounceAction": bounce}])[0] == "InvalidParameterValue"
    rules.verify("own.example")
    add(rules, "x", Actions=[{"BounceAction": bounce}])
    told = rules.ses.describe_receipt_rule(RuleSetName="s", RuleName="x")["Rule"]["Actions"]
    assert told == [{"BounceAction": bounce}]
    bounce["StatusCode"] = "2.0.0"
    assert refused(add, lab=rules, name="y", Actions=[{"BounceAction": bounce}])[0] == "InvalidParameterValue"


def test_a_bucket_gets_the_setup_notification(rules):
    s3, bucket = rules.client("s3"), f"mail-{rules.account}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": rules.region})
    add(rules, "x", Actions=[{"S3Action": {"BucketName": bucket, "ObjectKeyPrefix": "mail"}}])
    add(rules, "y", Actions=[{"S3Action": {"BucketName": bucket, "ObjectKeyPrefix": "more/"}}])
    add(rules, "z", Actions=[{"S3Action": {"BucketName": bucket}}])
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    name = "AMAZON_SES_SETUP_NOTIFICATION"
    assert keys == [name, f"mail/{name}", f"more/{name}"]


def test_a_topic_hears_of_the_setup(rules):
    sns, sqs = rules.client("sns"), rules.client("sqs")
    topic = sns.create_topic(Name="mail")["TopicArn"]
    queue = sqs.create_queue(QueueName="mail")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{rules.region}:{rules.account}:mail")
    add(
        rules,
        "x",
        Actions=[{"SNSAction": {"TopicArn": topic}}, {"StopAction": {"Scope": "RuleSet", "TopicArn": topic}}],
    )
    (message,) = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    body = json.loads(message["Body"])
    assert body["Subject"] == "Amazon SES Email Receipt Notification"
    assert json.loads(body["Message"])["mail"]["messageId"] == "AMAZON_SES_SETUP_NOTIFICATION"
    told = rules.ses.describe_receipt_rule(RuleSetName="s", RuleName="x")["Rule"]["Actions"]
    assert told[0] == {"SNSAction": {"TopicArn": topic, "Encoding": "UTF-8"}}


def test_a_topic_of_another_action_must_be_there_too(rules):
    gone = f"arn:aws:sns:{rules.region}:{rules.account}:gone"
    stop = {"StopAction": {"Scope": "RuleSet", "TopicArn": gone}}
    assert refused(add, lab=rules, name="x", Actions=[stop]) == (
        "InvalidSnsTopic",
        f"Could not publish to SNS topic: {gone}",
    )


def test_filters_are_created_listed_and_deleted(lab):
    for name, policy, cidr in (("b", "Block", "10.0.0.0/8"), ("a", "Allow", "10.1.2.3")):
        lab.ses.create_receipt_filter(Filter={"Name": name, "IpFilter": {"Policy": policy, "Cidr": cidr}})
    assert lab.ses.list_receipt_filters()["Filters"] == [
        {"Name": "a", "IpFilter": {"Policy": "Allow", "Cidr": "10.1.2.3"}},
        {"Name": "b", "IpFilter": {"Policy": "Block", "Cidr": "10.0.0.0/8"}},
    ]
    again = {"Name": "a", "IpFilter": {"Policy": "Block", "Cidr": "10.1.2.3"}}
    assert refused(lab.ses.create_receipt_filter, Filter=again)[0] == "AlreadyExists"
    mask = {"Name": "mask", "IpFilter": {"Policy": "Block", "Cidr": "10.0.0.0/255.0.0.0"}}
    assert refused(lab.ses.create_receipt_filter, Filter=mask) == ("InvalidParameterValue", "Invalid CIDR block")
    lab.ses.delete_receipt_filter(FilterName="a")
    lab.ses.delete_receipt_filter(FilterName="a")
    assert [one["Name"] for one in lab.ses.list_receipt_filters()["Filters"]] == ["b"]


def test_the_101st_filter_is_too_many(lab):
    for number in range(100):
        lab.ses.create_receipt_filter(
            Filter={"Name": f"f{number}", "IpFilter": {"Policy": "Block", "Cidr": "10.0.0.1"}}
        )
    more = {"Name": "more", "IpFilter": {"Policy": "Block", "Cidr": "10.0.0.1"}}
    assert refused(lab.ses.create_receipt_filter, Filter=more) == ("LimitExceeded", "Too many filters")


def test_regions_and_accounts_are_separate(lab, another):
    lab.ses.create_receipt_rule_set(RuleSetName="s")
    elsewhere = lab.client("ses", "eu-west-1")
    assert elsewhere.list_receipt_rule_sets()["RuleSets"] == []
    stranger = another().ses
    assert refused(stranger.describe_receipt_rule_set, RuleSetName="s")[0] == "RuleSetDoesNotExist"
    elsewhere.create_receipt_rule_set(RuleSetName="s")
    lab.ses.set_active_receipt_rule_set(RuleSetName="s")
    assert "Metadata" not in elsewhere.describe_active_receipt_rule_set()
