"""Email templates through boto3: v1 and v2 on the same state, paging, trying out, refusals."""

from __future__ import annotations

import json
from email import message_from_string, policy
from pathlib import Path

import pytest

from tests.api.refusals import refused

TEXTS = json.loads((Path(__file__).parents[2] / "fixtures" / "aws" / "templates.json").read_text("utf-8"))
WELCOME = {"TemplateName": "welcome", "SubjectPart": "Hello {{name}}", "TextPart": "Dear {{name}}", "HtmlPart": "<b>"}


@pytest.fixture(scope="module")
def unchanged(another):
    """For refusals, which change nothing."""
    lab = another()
    lab.ses.create_template(Template=WELCOME)
    return lab


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: f"{case['operation']} {case['text'][:40]}")
def test_the_texts_of_refusals_are_ses_own(unchanged, case):
    answer = refused(getattr(unchanged.client(case["version"]), case["operation"]), **case["request"])
    assert answer == (case["status"], case["code"], case["text"])


def test_what_v1_creates_v2_reads_changes_and_deletes(lab):
    lab.ses.create_template(Template=WELCOME)
    got = lab.sesv2.get_email_template(TemplateName="welcome")
    assert got["TemplateContent"] == {"Subject": "Hello {{name}}", "Text": "Dear {{name}}", "Html": "<b>"}
    assert got["Tags"] == []
    lab.sesv2.update_email_template(TemplateName="welcome", TemplateContent={"Subject": "new", "Html": "<i>"})
    assert lab.ses.get_template(TemplateName="welcome")["Template"] == {
        "TemplateName": "welcome",
        "SubjectPart": "new",
        "HtmlPart": "<i>",
    }
    lab.sesv2.delete_email_template(TemplateName="welcome")
    assert refused(lab.ses.get_template, TemplateName="welcome")[1] == "TemplateDoesNotExist"


def test_what_v2_creates_v1_reads_changes_and_deletes(lab):
    lab.sesv2.create_email_template(
        TemplateName="t", TemplateContent={"Text": "x"}, Tags=[{"Key": "team", "Value": "mail"}]
    )
    assert lab.ses.get_template(TemplateName="t")["Template"] == {"TemplateName": "t", "TextPart": "x"}
    lab.ses.update_template(Template={"TemplateName": "t", "HtmlPart": "<p>"})
    got = lab.sesv2.get_email_template(TemplateName="t")
    assert got["TemplateContent"] == {"Html": "<p>"}
    assert got["Tags"] == [{"Key": "team", "Value": "mail"}]
    lab.ses.delete_template(TemplateName="t")
    assert refused(lab.sesv2.get_email_template, TemplateName="t")[0] == 404
    lab.ses.delete_template(TemplateName="t")
    # Tags went with the template.
    lab.sesv2.create_email_template(TemplateName="t", TemplateContent={"Text": "x"})
    assert lab.sesv2.get_email_template(TemplateName="t")["Tags"] == []


def test_templates_are_tagged_by_their_arn(lab):
    lab.ses.create_template(Template=WELCOME)
    arn = f"arn:aws:ses:{lab.region}:{lab.account}:template/welcome"
    lab.sesv2.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}])
    assert lab.sesv2.get_email_template(TemplateName="welcome")["Tags"] == [{"Key": "a", "Value": "1"}]


def test_a_template_of_a_tenant_is_kept(lab):
    lab.ses.create_template(Template=WELCOME)
    lab.sesv2.create_tenant(TenantName="acme")
    arn = f"arn:aws:ses:{lab.region}:{lab.account}:template/welcome"
    lab.sesv2.create_tenant_resource_association(TenantName="acme", ResourceArn=arn)
    assert "tenant associations" in refused(lab.sesv2.delete_email_template, TemplateName="welcome")[2]
    assert "tenant associations" in refused(lab.ses.delete_template, TemplateName="welcome")[2]
    lab.ses.get_template(TemplateName="welcome")


def test_templates_belong_to_one_region_and_account(lab, another):
    lab.ses.create_template(Template=WELCOME)
    assert lab.client("ses", "eu-west-1").list_templates()["TemplatesMetadata"] == []
    assert another().ses.list_templates()["TemplatesMetadata"] == []
    assert refused(another().ses.get_template, TemplateName="welcome")[1] == "TemplateDoesNotExist"


def pages(call, member, **params):
    names, token = [], {}
    while True:
        page = call(**params, **token)
        names.append([one[member] for one in page["TemplatesMetadata"]])
        if "NextToken" not in page:
            return names
        token = {"NextToken": page["NextToken"]}


def test_lists_are_newest_first_and_paged_alike_at_both_versions(lab):
    for number in range(12):
        lab.ses.create_template(Template={"TemplateName": f"t{number}", "TextPart": "x"})
    newest = [f"t{number}" for number in reversed(range(12))]
    assert pages(lab.ses.list_templates, "Name") == [newest[:10], newest[10:]]
    assert pages(lab.sesv2.list_email_templates, "TemplateName") == [newest[:10], newest[10:]]
    assert pages(lab.sesv2.list_email_templates, "TemplateName", PageSize=5) == [newest[:5], newest[5:10], newest[10:]]
    assert pages(lab.ses.list_templates, "Name", MaxItems=12) == [newest]
    assert pages(lab.ses.list_templates, "Name", MaxItems=0) == [newest]
    assert pages(lab.ses.list_templates, "Name", MaxItems=1000) == [newest]
    # Both versions share tokens; another region does not.
    token = lab.ses.list_templates(MaxItems=3)["NextToken"]
    page = lab.sesv2.list_email_templates(NextToken=token, PageSize=2)["TemplatesMetadata"]
    assert [one["TemplateName"] for one in page] == newest[3:5]
    assert page[0]["CreatedTimestamp"].year > 2000
    elsewhere = lab.client("sesv2", "eu-west-1").list_email_templates
    assert refused(elsewhere, NextToken=token) == (400, "BadRequestException", f"Invalid PageToken <{token}>.")


def test_trying_out_gives_the_mail_as_mime(lab):
    lab.ses.create_template(
        Template={
            "TemplateName": "animals",
            "SubjectPart": "Greetings, {{name}}!",
            "TextPart": "Dear {{name}}",
            "HtmlPart": "{{#each items}} {{name}} is {{#if best}}the best{{else}}a {{type}}{{/if}}, {{/each}}",
        }
    )
    items = [{"type": "dog", "name": "bobby", "best": True}, {"type": "cat", "name": "pedro & co", "best": False}]
    data = json.dumps({"name": "Zoë", "items": items})
    for rendered in (
        lab.ses.test_render_template(TemplateName="animals", TemplateData=data)["RenderedTemplate"],
        lab.sesv2.test_render_email_template(TemplateName="animals", TemplateData=data)["RenderedTemplate"],
    ):
        mail = message_from_string(rendered, policy=policy.default)
        assert mail["Subject"] == "Greetings, Zoë!"
        assert mail["Date"]
        assert mail["Message-ID"]
        assert mail["From"] is None
        assert mail.get_content_type() == "multipart/alternative"
        assert mail.get_body(("plain",)).get_content().strip() == "Dear Zoë"
        # Nothing is escaped for HTML.
        assert mail.get_body(("html",)).get_content().strip() == "bobby is the best,  pedro & co is a cat,"


@pytest.mark.parametrize("source", ["{{#if a}}", "{{/if}}", "{{a", "{{#each x}}{{/if}}"])
def test_what_is_no_handlebars_is_refused_when_it_is_stored(lab, source):
    for part in ("SubjectPart", "TextPart", "HtmlPart"):
        status, code, text = refused(lab.ses.create_template, Template={"TemplateName": "bad", part: source})
        assert (status, code) == (400, "InvalidTemplate")
        assert "line 1" in text
    content = {"Html": source}
    answer = refused(lab.sesv2.create_email_template, TemplateName="bad", TemplateContent=content)
    assert answer[:2] == (400, "BadRequestException")
    lab.ses.create_template(Template=WELCOME)
    answer = refused(lab.sesv2.update_email_template, TemplateName="welcome", TemplateContent=content)
    assert answer[:2] == (400, "BadRequestException")
    assert lab.ses.get_template(TemplateName="welcome")["Template"] == WELCOME
    assert refused(lab.ses.get_template, TemplateName="bad")[1] == "TemplateDoesNotExist"


def test_a_template_has_a_name_and_at_most_500_kb(lab):
    for name in ("", " ", "x" * 65):
        answer = refused(lab.ses.create_template, Template={"TemplateName": name, "TextPart": "t"})
        assert answer[:2] == (400, "InvalidTemplate")
    half = "é" * (250 * 1024 // 2)
    lab.ses.create_template(Template={"TemplateName": "x" * 64, "TextPart": half, "HtmlPart": half})
    answer = refused(
        lab.sesv2.create_email_template, TemplateName="large", TemplateContent={"Text": half, "Html": half + "x"}
    )
    assert answer[:2] == (400, "BadRequestException")
    assert lab.ses.list_templates()["TemplatesMetadata"][0]["Name"] == "x" * 64


def test_the_model_says_how_much_data_may_be_given(unchanged):
    data = json.dumps({"name": "x" * 262144})
    assert refused(unchanged.ses.test_render_template, TemplateName="welcome", TemplateData=data)[0] == 400
