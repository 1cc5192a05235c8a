"""Bulk sends through boto3: each destination a mail of its own, each with its own status."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from emulator.runtime import Emulator
from tests.api.refusals import refused
from tests.conftest import running

SENDER = "shop@letters.example"
ANN, BOB = "ann@reader.example", "bob@reader.example"
NOT_VERIFIED = "Email address is not verified. The following identities failed the check in region AP-NORTHEAST-1: "


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running(max_send_rate=-1.0, max_24_hour_send=4.0) as one:
        yield one


@pytest.fixture
def ready(lab):
    lab.verify("letters.example", "reader.example")
    lab.ses.create_template(
        Template={"TemplateName": "hi", "SubjectPart": "Hi {{name}}", "TextPart": "You are {{age}}"}
    )
    return lab


def to(*addresses: str) -> dict[str, Any]:
    return {"ToAddresses": list(addresses)}


def v1(*destinations: dict[str, Any], **changes: Any) -> dict[str, Any]:
    default = json.dumps({"name": "friend", "age": 1})
    given = {"Source": SENDER, "Template": "hi", "DefaultTemplateData": default, "Destinations": list(destinations)}
    return given | changes


def v2(*entries: dict[str, Any], template: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    default = {"TemplateName": "hi", "TemplateData": json.dumps({"name": "friend", "age": 1})} | (template or {})
    given = {
        "FromEmailAddress": SENDER,
        "DefaultContent": {"Template": {name: value for name, value in default.items() if value is not None}},
        "BulkEmailEntries": list(entries),
    }
    return given | changes


def entry(address: str, data: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    given = {"Destination": to(address)} | more
    if data is not None:
        given["ReplacementEmailContent"] = {"ReplacementTemplate": {"ReplacementTemplateData": json.dumps(data)}}
    return given


def destination(address: str, data: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    given = {"Destination": to(address)} | more
    return given if data is None else given | {"ReplacementTemplateData": json.dumps(data)}


def values(mail, name):
    return [value for given, value in mail["headers"] if given == name]


def test_v1_renders_each_destination_with_its_own_data(ready):
    params = v1(destination(ANN, {"name": "Ann", "age": 30}), destination(BOB), destination("x@reader.example", {}))
    statuses = ready.ses.send_bulk_templated_email(**params)["Status"]
    assert [one["Status"] for one in statuses] == ["Success"] * 3
    mails = [ready.wait(message_id=one["MessageId"]) for one in statuses]
    assert [mail["subject"] for mail in mails] == ["Hi Ann", "Hi friend", "Hi friend"]
    assert mails[0]["text"].strip() == "You are 30"
    assert [mail["to"] for mail in mails] == [[ANN], [BOB], ["x@reader.example"]]


def test_v2_renders_each_entry_with_its_own_data(ready):
    results = ready.sesv2.send_bulk_email(**v2(entry(ANN, {"name": "Ann", "age": 30}), entry(BOB)))
    results = results["BulkEmailEntryResults"]
    assert [one["Status"] for one in results] == ["SUCCESS"] * 2
    assert [ready.wait(message_id=one["MessageId"])["subject"] for one in results] == ["Hi Ann", "Hi friend"]


def test_an_entrys_data_replaces_the_default_whole(ready):
    (status,) = ready.ses.send_bulk_templated_email(**v1(destination(ANN, {"name": "Ann"})))["Status"]
    assert status["Status"] == "Success"
    with ready.emulator._store.read() as reader:
        (state,) = reader.deliveries(status["MessageId"])
    assert state.outcome == "RENDERING_FAILED"
    assert state.reply == "Attribute 'age' is not present in the rendering data."


def test_tags_and_headers_of_an_entry_replace_those_of_the_same_name(ready):
    default = {"Headers": [{"Name": "X-A", "Value": "1"}, {"Name": "X-B", "Value": "2"}]}
    own = [{"Name": "x-b", "Value": "mine"}, {"Name": "X-C", "Value": "3"}]
    tags = [{"Name": "ses:feedback-id-a", "Value": "own"}]
    params = v2(
        entry(ANN, ReplacementHeaders=own, ReplacementTags=tags),
        entry(BOB),
        template=default,
        DefaultEmailTags=[
            {"Name": "ses:feedback-id-a", "Value": "default"},
            {"Name": "ses:feedback-id-b", "Value": "both"},
        ],
    )
    first, second = ready.sesv2.send_bulk_email(**params)["BulkEmailEntryResults"]
    mail = ready.wait(message_id=first["MessageId"])
    assert (values(mail, "X-A"), values(mail, "X-B"), values(mail, "x-b"), values(mail, "X-C")) == (
        ["1"],
        [],
        ["mine"],
        ["3"],
    )
    assert values(mail, "Feedback-ID")[0].startswith("own:both:1.")
    mail = ready.wait(message_id=second["MessageId"])
    assert (values(mail, "X-B"), values(mail, "X-C")) == (["2"], [])
    assert values(mail, "Feedback-ID")[0].startswith("default:both:1.")


def test_v2_sends_inline_content_in_bulk(ready):
    template = {"TemplateName": None, "TemplateContent": {"Subject": "Dear {{name}}", "Html": "<p>"}}
    (result,) = ready.sesv2.send_bulk_email(**v2(entry(ANN), template=template))["BulkEmailEntryResults"]
    assert ready.wait(message_id=result["MessageId"])["subject"] == "Dear friend"


def test_one_bad_destination_does_not_harm_the_others(ready):
    bad = destination(BOB) | {"ReplacementTemplateData": "{"}
    statuses = ready.ses.send_bulk_templated_email(
        **v1(destination("you@elsewhere.example"), destination("nobody"), bad, destination(ANN))
    )["Status"]
    assert statuses[:3] == [
        {"Status": "MessageRejected", "Error": NOT_VERIFIED + "you@elsewhere.example"},
        {"Status": "InvalidParameterValue", "Error": "Missing final '@domain'"},
        {"Status": "InvalidParameterValue", "Error": "Template rendering data is invalid"},
    ]
    assert statuses[3]["Status"] == "Success"
    assert ready.ses.get_send_quota()["SentLast24Hours"] == 1.0
    # The log tells what was refused.
    calls = ready.api("GET", f"requests?account={ready.account}")["requests"]
    rules = next(one for one in calls if one["operation"] == "SendBulkTemplatedEmail")["rules"]
    assert rules[-1]["verdict"] == "refused"
    assert rules[-1]["rule"] == "verification"


def test_each_entry_is_charged_against_the_quota(ready):
    entries = [entry(f"a{number}@reader.example") for number in range(6)]
    results = ready.sesv2.send_bulk_email(**v2(*entries))["BulkEmailEntryResults"]
    assert [one["Status"] for one in results] == ["SUCCESS"] * 4 + ["ACCOUNT_DAILY_QUOTA_EXCEEDED"] * 2
    assert results[4]["Error"] == "Daily message quota exceeded."
    assert ready.ses.get_send_quota()["SentLast24Hours"] == 4.0


def test_a_bad_reply_to_fails_every_entry(ready):
    results = ready.sesv2.send_bulk_email(**v2(entry(ANN), entry(BOB), ReplyToAddresses=["x"]))
    assert [one["Status"] for one in results["BulkEmailEntryResults"]] == ["INVALID_PARAMETER"] * 2


def test_statuses_say_why_nothing_was_sent(ready):
    (result,) = ready.sesv2.send_bulk_email(**v2(entry(ANN), ConfigurationSetName="ghost"))["BulkEmailEntryResults"]
    assert result["Status"] == "CONFIGURATION_SET_NOT_FOUND"
    (status,) = ready.ses.send_bulk_templated_email(**v1(destination(ANN), ConfigurationSetName="ghost"))["Status"]
    assert status["Status"] == "ConfigurationSetDoesNotExist"
    assert status["Error"] == "Configuration set <ghost> does not exist."
    ready.ses.update_account_sending_enabled(Enabled=False)
    (result,) = ready.sesv2.send_bulk_email(**v2(entry(ANN)))["BulkEmailEntryResults"]
    assert result["Status"] == "ACCOUNT_SENDING_PAUSED"
    (status,) = ready.ses.send_bulk_templated_email(**v1(destination(ANN)))["Status"]
    assert status["Status"] == "AccountSendingPaused"


WHOLE_V1 = [
    (v1(), "InvalidParameterValue", "At least one destination must be specified."),
    (v1(*[destination(ANN)] * 51), "InvalidParameterValue", "Destination count exceeds 50."),
    (v1(destination(ANN), Source="x"), "InvalidParameterValue", "Invalid email address<x>."),
    (v1(destination(ANN), Template="ghost"), "TemplateDoesNotExist", "Template ghost does not exist."),
    (v1(destination(ANN), DefaultTemplateData="7"), "InvalidRenderingParameter", "Template rendering data is invalid"),
]
WHOLE_V2 = [
    (v2(), "BadRequestException", "At least one destination must be specified."),
    (v2(*[entry(ANN)] * 51), "BadRequestException", "Destination count exceeds 50."),
    (v2(entry(ANN), FromEmailAddress="x"), "BadRequestException", "Invalid email address<x>."),
    (v2(entry(ANN), FeedbackForwardingEmailAddress="y"), "BadRequestException", "Invalid email address<y>."),
    (v2(entry(ANN), FromEmailAddress=""), "BadRequestException", "Source cannot be empty"),
    (v2(entry(ANN), template={"TemplateName": "ghost"}), "NotFoundException", "Template ghost does not exist."),
    (v2(entry(ANN), template={"TemplateData": "{"}), "BadRequestException", "Template rendering data is invalid"),
    (
        v2(entry(ANN), DefaultContent={}),
        "BadRequestException",
        "Please specify exactly one of TemplateName, TemplateArn or TemplateContent in DefaultContent.Template.",
    ),
]


@pytest.mark.parametrize(("params", "code", "text"), WHOLE_V1, ids=lambda given: str(given)[:30])
def test_v1_refuses_the_whole_call(ready, params, code, text):
    assert refused(ready.ses.send_bulk_templated_email, **params) == (400, code, text)
    assert ready.ses.get_send_quota()["SentLast24Hours"] == 0.0


@pytest.mark.parametrize(("params", "code", "text"), WHOLE_V2, ids=lambda given: str(given)[:30])
def test_v2_refuses_the_whole_call(ready, params, code, text):
    answer = refused(ready.sesv2.send_bulk_email, **params)
    assert answer == (404 if code == "NotFoundException" else 400, code, text)
    assert ready.ses.get_send_quota()["SentLast24Hours"] == 0.0
