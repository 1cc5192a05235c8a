"""Mails rendered from templates, one at a time and in bulk, as they arrive; and what becomes of those that cannot be
rendered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from emulator.runtime import Emulator
from tests.api.refusals import refused
from tests.conftest import running

SENDER = "Shop <shop@letters.example>"
TO = "ann@reader.example"
TEMPLATE = {
    "TemplateName": "order",
    "SubjectPart": "Order {{order.id}}",
    "TextPart": "Dear {{name}}, {{#each items}}{{this}};{{/each}}",
    "HtmlPart": "<b>{{name}}</b>",
}
DATA = {"name": "Ann & Bob", "order": {"id": 7}, "items": ["tea", "milk"]}
MISSING = "Attribute 'name' is not present in the rendering data."


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running(max_send_rate=-1.0) as one:
        yield one


@pytest.fixture
def ready(lab):
    lab.verify("letters.example", "reader.example")
    lab.ses.create_template(Template=TEMPLATE)
    return lab


def v1(**changes: Any) -> dict[str, Any]:
    given = {
        "Source": SENDER,
        "Destination": {"ToAddresses": [TO]},
        "Template": "order",
        "TemplateData": json.dumps(DATA),
    }
    return given | changes


def v2(template: dict[str, Any], **changes: Any) -> dict[str, Any]:
    given = {"FromEmailAddress": SENDER, "Destination": {"ToAddresses": [TO]}, "Content": {"Template": template}}
    return given | changes


def outcomes(lab, message_id):
    """What became of each copy. Mail that is never delivered is in no inbox: the store knows."""
    with lab.emulator._store.read() as reader:
        return {one.recipient: (one.outcome.value, one.reply) for one in reader.deliveries(message_id)}


def header(mail, name):
    return [value for given, value in mail["headers"] if given.lower() == name.lower()]


# --- one at a time --------------------------------------------------------------------------------


def test_a_templated_mail_arrives_rendered_and_unescaped(ready):
    sent = ready.ses.send_templated_email(
        **v1(ReplyToAddresses=["reply@x.example"], Tags=[{"Name": "a", "Value": "b"}])
    )
    mail = ready.wait(message_id=sent["MessageId"])
    assert mail["subject"] == "Order 7"
    assert mail["text"].strip() == "Dear Ann & Bob, tea;milk;"
    assert mail["html"].strip() == "<b>Ann & Bob</b>"
    assert header(mail, "From") == [SENDER]
    assert header(mail, "Reply-To") == ["reply@x.example"]


@pytest.mark.parametrize("by", ["TemplateName", "TemplateArn"])
def test_v2_sends_a_stored_template_with_headers_and_attachments(ready, by):
    arn = f"arn:aws:ses:{ready.region}:{ready.account}:template/order"
    template = {
        by: arn if by == "TemplateArn" else "order",
        "TemplateData": json.dumps(DATA),
        "Headers": [{"Name": "X-Campaign", "Value": "spring"}],
        "Attachments": [{"FileName": "a.txt", "RawContent": b"hello", "ContentType": "text/plain"}],
    }
    mail = ready.wait(message_id=ready.sesv2.send_email(**v2(template))["MessageId"])
    assert mail["subject"] == "Order 7"
    assert header(mail, "X-Campaign") == ["spring"]
    assert [one["file_name"] for one in mail["attachments"]] == ["a.txt"]


def test_v2_sends_content_given_inline(ready):
    content = {"Subject": "Hi {{name}}", "Html": "<i>{{order.id}}</i>"}
    template = {"TemplateContent": content, "TemplateData": json.dumps(DATA)}
    mail = ready.wait(message_id=ready.sesv2.send_email(**v2(template))["MessageId"])
    assert mail["subject"] == "Hi Ann & Bob"
    assert mail["html"].strip() == "<i>7</i>"


@pytest.mark.parametrize("source", ["{{#if name}}x{{/if}}", "{{> part}}", "{{#each items}}x{{/each}}"])
def test_inline_content_only_substitutes(ready, source):
    template = {"TemplateContent": {"Subject": "s", "Text": source}, "TemplateData": "{}"}
    answer = refused(ready.sesv2.send_email, **v2(template))
    assert answer == (400, "BadRequestException", "Template contains unsupported operations.")


def test_changing_a_template_changes_the_next_mail(ready):
    ready.ses.send_templated_email(**v1())
    ready.ses.update_template(Template={"TemplateName": "order", "SubjectPart": "changed", "TextPart": "t"})
    mail = ready.wait(message_id=ready.ses.send_templated_email(**v1())["MessageId"])
    assert mail["subject"] == "changed"


def test_a_mail_that_cannot_be_rendered_is_accepted_and_never_delivered(ready):
    both = {"ToAddresses": [TO, "bob@reader.example"]}
    first = ready.ses.send_templated_email(**v1(Destination=both, TemplateData='{"order": {"id": 1}}'))["MessageId"]
    failed = ("RENDERING_FAILED", MISSING)
    assert outcomes(ready, first) == {TO: failed, "bob@reader.example": failed}
    template = {"TemplateName": "order", "TemplateData": '{"order": {"id": 1}, "name": null}'}
    second = ready.sesv2.send_email(**v2(template))["MessageId"]
    assert outcomes(ready, second) == {TO: failed}
    # It counts, and those that come after it are delivered.
    assert ready.ses.get_send_quota()["SentLast24Hours"] == 3.0
    later = ready.ses.send_templated_email(**v1())["MessageId"]
    ready.wait(message_id=later)
    found = ready.api("GET", f"messages?account={ready.account}")["messages"]
    assert [one["message_id"] for one in found] == [later]


def test_the_unsubscribe_placeholder_is_no_attribute_of_the_callers(ready):
    content = {"Subject": "s", "Text": "leave: {{amazonSESUnsubscribeUrl}}"}
    sent = ready.sesv2.send_email(**v2({"TemplateContent": content}))["MessageId"]
    assert outcomes(ready, sent)[TO][0] != "RENDERING_FAILED"


REFUSED_V1 = [
    (v1(Template="ghost"), (400, "TemplateDoesNotExist", "Template ghost does not exist.")),
    (v1(TemplateData="{"), (400, "InvalidRenderingParameter", "Template rendering data is invalid")),
    (v1(TemplateData='{"a": NaN}'), (400, "InvalidRenderingParameter", "Template rendering data is invalid")),
    # Addresses are looked at first, and lengths.
    (
        v1(Template="ghost", Destination={"ToAddresses": ["x"]}),
        (400, "InvalidParameterValue", "Missing final '@domain'"),
    ),
    (
        v1(Template="ghost", Destination={"ToAddresses": [TO] * 51}),
        (400, "InvalidParameterValue", "Recipient count exceeds 50."),
    ),
    (v1(TemplateArn="x"), (400, "InvalidParameterValue", "Invalid template ARN <x>.")),
]


@pytest.mark.parametrize(("params", "answer"), REFUSED_V1)
def test_v1_refuses(ready, params, answer):
    assert refused(ready.ses.send_templated_email, **params) == answer
    assert ready.ses.get_send_quota()["SentLast24Hours"] == 0.0


NAMED = {"TemplateName": "order", "TemplateData": "{}"}
ONE = "Please specify exactly one of TemplateName, TemplateArn or TemplateContent in Content.Template."
REFUSED_V2 = [
    (v2({"TemplateName": "ghost"}), (404, "NotFoundException", "Template ghost does not exist.")),
    (v2({"TemplateData": "{}"}), (400, "BadRequestException", ONE)),
    (v2(NAMED | {"TemplateContent": {"Subject": "s"}}), (400, "BadRequestException", ONE)),
    (v2(NAMED, FromEmailAddress=None), (400, "BadRequestException", "Source cannot be empty")),
    (v2(NAMED | {"TemplateData": "[]"}), (400, "BadRequestException", "Template rendering data is invalid")),
    (
        v2({"TemplateContent": {}}),
        (400, "BadRequestException", "Template must have at least a subject, text, or html part."),
    ),
    (v2({"TemplateArn": "arn:aws:ses:x"}), (400, "BadRequestException", "Invalid template ARN <arn:aws:ses:x>.")),
]


@pytest.mark.parametrize(("params", "answer"), REFUSED_V2)
def test_v2_refuses(ready, params, answer):
    given = {name: value for name, value in params.items() if value is not None}
    assert refused(ready.sesv2.send_email, **given) == answer


def test_another_accounts_template_is_refused_by_name(ready):
    arn = f"arn:aws:ses:{ready.region}:999999999999:template/order"
    assert refused(ready.sesv2.send_email, **v2({"TemplateArn": arn}))[1] == "UnsupportedOperation"
    assert refused(ready.ses.send_templated_email, **v1(TemplateArn=arn))[1] == "UnsupportedOperation"


def test_a_template_counts_in_its_own_region_only(ready):
    ready.verify("letters.example", "reader.example", region="eu-west-1")
    answer = refused(ready.client("ses", "eu-west-1").send_templated_email, **v1())
    assert answer[1:] == ("TemplateDoesNotExist", "Template order does not exist.")


def test_templates_on_postgresql(fresh, postgresql):
    lab = fresh(database=postgresql(), production=True)
    lab.verify("letters.example")
    for number in range(3):
        content = {"Subject": "{{a\x00}}", "Text": "\x00"}
        lab.sesv2.create_email_template(TemplateName=f"t{number}\x00", TemplateContent=content)
    page = lab.sesv2.list_email_templates(PageSize=2)
    rest = lab.sesv2.list_email_templates(NextToken=page["NextToken"])["TemplatesMetadata"]
    assert [one["TemplateName"][:2] for one in (*page["TemplatesMetadata"], *rest)] == ["t2", "t1", "t0"]
    sent = lab.sesv2.send_email(**v2({"TemplateName": "t1\x00"}))["MessageId"]
    assert outcomes(lab, sent)[TO][0] == "RENDERING_FAILED"
    lab.sesv2.delete_email_template(TemplateName="t1\x00")
    assert len(lab.ses.list_templates()["TemplatesMetadata"]) == 2
