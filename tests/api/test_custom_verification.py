"""Custom verification mails through boto3: their templates at both versions, the mail, and where its link leads."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

from tests.api.refusals import refused

FIXTURE = Path(__file__).parents[2] / "fixtures" / "aws" / "custom_verification.json"
TEXTS = json.loads(FIXTURE.read_text("utf-8"))
TEMPLATE = {
    "TemplateName": "there",
    "FromEmailAddress": "Us <us@letters.example>",
    "TemplateSubject": "Please confirm",
    "TemplateContent": "<html><body><p>Nearly done.</p></body></html>",
    "SuccessRedirectionURL": "https://app.example/ok?a=1&b=2",
    "FailureRedirectionURL": "https://app.example/no",
}
NEW = "new@reader.example"
DAY = 24 * 3600


def with_template(lab):
    lab.verify("letters.example")
    lab.ses.create_custom_verification_email_template(**TEMPLATE)
    return lab


@pytest.fixture(scope="module")
def unchanged(another):
    """For refusals, which change nothing; in the sandbox."""
    return with_template(another())


@pytest.fixture
def ready(lab):
    with_template(lab)
    lab.production()
    return lab


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: f"{case['version']} {case['operation']} {case['text'][:40]}")
def test_the_texts_of_refusals_are_ses_own(unchanged, case):
    request = case["request"] if "request" in case else TEMPLATE | case["change"]
    answer = refused(getattr(unchanged.client(case["version"]), case["operation"]), **request)
    assert answer == (case["status"], case["code"], case["text"])


def got(answer):
    del answer["ResponseMetadata"]
    return answer


def test_both_versions_have_the_same_templates(lab):
    lab.verify("letters.example")
    lab.sesv2.create_custom_verification_email_template(**TEMPLATE, Tags=[{"Key": "a", "Value": "1"}])
    assert got(lab.ses.get_custom_verification_email_template(TemplateName="there")) == TEMPLATE
    assert got(lab.sesv2.get_custom_verification_email_template(TemplateName="there")) == TEMPLATE | {
        "Tags": [{"Key": "a", "Value": "1"}]
    }
    # v1 changes what is given, v2 everything.
    lab.ses.update_custom_verification_email_template(TemplateName="there", TemplateSubject="changed")
    assert got(lab.ses.get_custom_verification_email_template(TemplateName="there")) == TEMPLATE | {
        "TemplateSubject": "changed"
    }
    lab.sesv2.update_custom_verification_email_template(**TEMPLATE | {"TemplateContent": "<p>new</p>"})
    assert got(lab.sesv2.get_custom_verification_email_template(TemplateName="there")) == TEMPLATE | {
        "TemplateContent": "<p>new</p>",
        "Tags": [{"Key": "a", "Value": "1"}],
    }
    lab.sesv2.delete_custom_verification_email_template(TemplateName="there")
    assert refused(lab.ses.get_custom_verification_email_template, TemplateName="there")[0] == 400
    lab.ses.delete_custom_verification_email_template(TemplateName="there")


def test_v1_deletes_what_v2_sees_and_regions_are_apart(ready):
    elsewhere = ready.client("sesv2", "eu-west-1")
    assert elsewhere.list_custom_verification_email_templates()["CustomVerificationEmailTemplates"] == []
    ready.ses.delete_custom_verification_email_template(TemplateName="there")
    assert refused(ready.sesv2.get_custom_verification_email_template, TemplateName="there")[0] == 404


def names(page):
    return [one["TemplateName"] for one in page["CustomVerificationEmailTemplates"]]


def test_lists_are_by_name_and_paged_and_there_are_at_most_fifty(ready):
    every = sorted(f"t{number:02d}" for number in range(49))
    for name in reversed(every):
        ready.ses.create_custom_verification_email_template(**TEMPLATE | {"TemplateName": name})
    every.insert(0, "there")
    every.sort()
    answer = refused(ready.sesv2.create_custom_verification_email_template, **TEMPLATE | {"TemplateName": "more"})
    assert answer[:2] == (400, "LimitExceededException")
    page = ready.ses.list_custom_verification_email_templates(MaxResults=1000)
    assert names(page) == every
    assert "NextToken" not in page
    shown = {name: value for name, value in TEMPLATE.items() if name != "TemplateContent"}
    assert page["CustomVerificationEmailTemplates"][-1] == shown | {"TemplateName": every[-1]}
    first = ready.sesv2.list_custom_verification_email_templates(PageSize=30)
    second = ready.ses.list_custom_verification_email_templates(NextToken=first["NextToken"])
    assert names(first) + names(second) == every


@pytest.mark.parametrize("content", ["<p><!-- no --></p>", "<script>x</script>", "<a><iframe src='x'>", "<x:y>"])
def test_contents_that_the_guide_forbids_are_refused(unchanged, content):
    given = TEMPLATE | {"TemplateName": "bad", "TemplateContent": content}
    answer = refused(unchanged.ses.create_custom_verification_email_template, **given)
    assert answer[:2] == (400, "CustomVerificationEmailInvalidContent")
    assert refused(unchanged.sesv2.create_custom_verification_email_template, **given)[1] == "BadRequestException"


def asked(lab, client, address=NEW):
    """The mail that came, and the link in it."""
    sent = client.send_custom_verification_email(EmailAddress=address, TemplateName="there")
    mail = lab.wait(message_id=sent["MessageId"])
    link = html.unescape(re.search(r'href="([^"]*/_ses/verify\?[^"]*)"', mail["html"]).group(1))
    return mail, link.removeprefix(lab.endpoint)


def status(lab, address=NEW):
    found = lab.ses.get_identity_verification_attributes(Identities=[address])["VerificationAttributes"]
    return found[address]["VerificationStatus"] if address in found else None


@pytest.mark.parametrize("version", ["ses", "sesv2"])
def test_opening_the_link_verifies_and_leads_to_the_customers_page(ready, ask, version):
    mail, link = asked(ready, ready.client(version))
    assert (mail["subject"], mail["to"]) == ("Please confirm", [NEW])
    assert mail["from"] == "Us <us@letters.example>"
    assert mail["html"].startswith("<html><body><p>Nearly done.</p>")
    assert "If you did not request to verify this email address, please disregard this message." in mail["html"]
    assert "aws-email-domain-verification@amazon.com" in mail["html"]
    assert status(ready) == "Pending"
    answer = ask(ready, "GET", link)
    assert (answer.status, answer.headers["location"]) == (302, TEMPLATE["SuccessRedirectionURL"])
    assert status(ready) == "Success"
    ready.send(NEW, "anybody@away.example")


def test_a_link_that_fails_leads_to_the_other_page(fresh, ask):
    lab = with_template(fresh(production=True))
    _, link = asked(lab, lab.ses)
    lab.advance(DAY + 1)
    assert ask(lab, "GET", link).headers["location"] == TEMPLATE["FailureRedirectionURL"]
    assert status(lab) == "Failed"
    # What nobody was sent leads to no customer's page.
    forged = re.sub("X-Amz-Signature=.*", "X-Amz-Signature=x", link)
    assert ask(lab, "GET", forged).headers["location"].endswith("/_ses/verifyfailure")


def test_a_mail_that_is_refused_leaves_no_identity(ready):
    ready.ses.update_account_sending_enabled(Enabled=False)
    given = {"EmailAddress": NEW, "TemplateName": "there"}
    assert refused(ready.sesv2.send_custom_verification_email, **given)[1] == "SendingPausedException"
    ready.ses.update_account_sending_enabled(Enabled=True)
    answer = refused(ready.ses.send_custom_verification_email, **given, ConfigurationSetName="ghost")
    assert answer[1:] == ("ConfigurationSetDoesNotExist", "Configuration set <ghost> does not exist.")
    ready.ses.delete_identity(Identity="letters.example")
    assert refused(ready.ses.send_custom_verification_email, **given)[1] == "FromEmailAddressNotVerified"
    assert status(ready) is None
    assert ready.ses.get_send_quota()["SentLast24Hours"] == 0.0


def test_a_verified_address_stays_verified(ready, ask):
    ready.verify(NEW)
    _, link = asked(ready, ready.ses)
    assert status(ready) == "Success"
    assert ask(ready, "GET", link).headers["location"] == TEMPLATE["SuccessRedirectionURL"]


def test_images_within_the_html_travel_beside_it(ready):
    picture = "<p><img alt='x' src=\"data:image/png;base64,aGVs bG8=\"></p>"
    ready.ses.update_custom_verification_email_template(TemplateName="there", TemplateContent=picture)
    mail, _ = asked(ready, ready.ses)
    assert "<img alt='x' src=\"cid:image1\">" in mail["html"]
    (image,) = mail["attachments"]
    assert (image["content_type"], image["content_id"].strip("<>"), image["size"]) == ("image/png", "image1", 5)
