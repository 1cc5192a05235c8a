"""The console's identities: listed, created as in the article, verified, switched, published, deleted by buttons."""

from __future__ import annotations

import pytest

LIST = "/_ses/identities"
NEW = "/_ses/identities/new"
ONE = "/_ses/identity"
DOMAIN = "abashiri.domain"
MAIL_FROM = f"mail.{DOMAIN}"
ASKED = {"kind": "domain", "domain": DOMAIN, "signing": "easy", "bits": "RSA_2048_BIT", "enabled": "on"}
KEY = "MIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ=="


def identity(lab, name=DOMAIN):
    return lab.sesv2.get_email_identity(EmailIdentity=name)


def records_of(lab, name):
    return {one["type"]: one["value"] for one in lab.api("GET", f"dns/records?name={name}")["records"]}


@pytest.fixture
def mine(lab, browser):
    """A browser in an account that has the domain, created without publishing; its domain is nobody else's."""
    lab.domain = f"d{lab.account}.example"
    lab.sesv2.create_email_identity(EmailIdentity=lab.domain)
    return browser(lab)


# --- creating -----------------------------------------------------------------------------------


def test_the_articles_domain_is_created_pending_and_verified_by_publishing(fresh, browser):
    lab = fresh()
    console = browser(lab)
    page = console.press(NEW, "create", {**ASKED, "mail_from": MAIL_FROM, "on_mx_failure": "USE_DEFAULT_VALUE"})
    assert "The identity was created." in page.words
    assert page.words.count("Missing") == 5
    assert identity(lab)["VerificationStatus"] == "PENDING"
    assert identity(lab)["MailFromAttributes"] == {
        "MailFromDomain": MAIL_FROM,
        "MailFromDomainStatus": "PENDING",
        "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
    }
    page = console.press(ONE, "publish-dkim", name=DOMAIN)
    assert (page.words.count("Found"), page.words.count("Missing")) == (3, 2)
    assert identity(lab)["VerificationStatus"] == "SUCCESS"
    assert identity(lab)["MailFromAttributes"]["MailFromDomainStatus"] == "PENDING"
    page = console.press(ONE, "publish-mail-from", name=DOMAIN)
    assert (page.words.count("Found"), page.words.count("Missing")) == (5, 0)
    assert identity(lab)["MailFromAttributes"]["MailFromDomainStatus"] == "SUCCESS"
    assert records_of(lab, MAIL_FROM) == {
        "MX": f"10 feedback-smtp.{lab.region}.amazonses.com",
        "TXT": "v=spf1 include:amazonses.com ~all",
    }


def test_publishing_while_creating_needs_no_further_click(fresh, browser):
    lab = fresh()
    fields = {**ASKED, "mail_from": MAIL_FROM, "on_mx_failure": "REJECT_MESSAGE", "publish": "on"}
    browser(lab).press(NEW, "create", fields)
    made = identity(lab)
    assert made["VerifiedForSendingStatus"] is True
    assert made["DkimAttributes"]["Status"] == "SUCCESS"
    assert made["MailFromAttributes"]["MailFromDomainStatus"] == "SUCCESS"
    assert made["MailFromAttributes"]["BehaviorOnMxFailure"] == "REJECT_MESSAGE"


def test_key_length_and_signing_are_as_chosen(lab, browser):
    chosen = {key: value for key, value in ASKED.items() if key != "enabled"} | {"bits": "RSA_1024_BIT"}
    browser(lab).press(NEW, "create", chosen)
    dkim = identity(lab)["DkimAttributes"]
    assert (dkim["SigningEnabled"], dkim["CurrentSigningKeyLength"]) == (False, "RSA_1024_BIT")


def test_a_key_of_ones_own_is_taken_as_pem_too(lab, browser):
    pem = f"-----BEGIN RSA PRIVATE KEY-----\r\n{KEY}\r\n-----END RSA PRIVATE KEY-----\r\n"
    page = browser(lab).press(NEW, "create", {**ASKED, "signing": "byo", "selector": "mine", "private_key": pem})
    assert page.status == 200
    dkim = identity(lab)["DkimAttributes"]
    assert (dkim["SigningAttributesOrigin"], dkim["Tokens"]) == ("EXTERNAL", ["mine"])
    assert KEY[:40] not in page.source


def test_an_address_gets_its_mail_and_is_verified_by_its_link_or_by_a_click(lab, browser):
    console = browser(lab)
    address = f"reader+{lab.account}@gmail.example"
    page = console.press(NEW, "create", {"kind": "address", "address": address})
    assert "A mail with a link was sent to the address." in page.words
    assert "Operation=ConfirmVerification" in lab.wait(to=address)["text"]
    assert identity(lab, address)["VerificationStatus"] == "PENDING"
    first = lab.wait(to=address)["id"]
    console.press(ONE, "resend", name=address)
    assert lab.wait(to=address, after=first)["id"] != first
    page = console.press(ONE, "verify", name=address)
    assert "Verified" in page.words
    assert identity(lab, address)["VerificationStatus"] == "SUCCESS"


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"kind": "domain", "domain": "no domain"}, 400, "Refused: BadRequestException Invalid domain name no domain."),
        ({"kind": "domain", "domain": ""}, 400, "Which domain?"),
        ({"kind": "domain", "domain": "a@b.example"}, 400, "A domain has no @"),
        ({"kind": "address", "address": "b.example"}, 400, "An email address has an @"),
        ({"kind": "address", "address": "a b@@x"}, 400, "Invalid email address<a b@@x>."),
        ({"kind": "domain", "domain": "new.example", "bits": "RSA_4096_BIT"}, 400, "1 validation error detected"),
        ({"kind": "domain", "domain": "new.example", "signing": "byo"}, 400, "validation error"),
        ({"kind": "domain", "domain": "x" * 3000}, 400, "Refused:"),
        ({"kind": "domain", "domain": "<script>alert(1)</script>.example"}, 400, "Invalid domain name <script>"),
        ({"kind": "domain", "domain": "a\x00b.example"}, 400, "without NUL"),
    ],
)
def test_a_refused_creation_says_why_keeps_the_form_and_creates_nothing(lab, browser, fields, status, words):
    page = browser(lab).press(NEW, "create", {"signing": "easy", "bits": "RSA_2048_BIT", **fields})
    assert (page.status, words in page.words) == (status, True), page.words
    assert "<script>alert" not in page.source
    assert lab.sesv2.list_email_identities()["EmailIdentities"] == []


def test_what_was_filled_in_is_still_there_after_a_refusal(lab, browser):
    fields = {
        "kind": "domain",
        "domain": 'bad "domain"',
        "mail_from": "mail.bad",
        "signing": "byo",
        "selector": "sel<1>",
    }
    page = browser(lab).press(NEW, "create", fields)
    assert 'name="domain" value="bad &#34;domain&#34;"' in page.source
    assert 'name="mail_from" value="mail.bad"' in page.source
    assert 'name="selector" value="sel&lt;1&gt;"' in page.source
    assert 'value="byo" checked' in page.source
    assert 'name="enabled" checked' not in page.source


def test_a_mail_from_that_cannot_be_is_refused_while_the_identity_is_there(lab, browser):
    wrong = {**ASKED, "mail_from": "mail.other.example", "on_mx_failure": "REJECT_MESSAGE"}
    page = browser(lab).press(NEW, "create", wrong)
    assert page.status == 400
    assert "The identity was created." in page.words
    assert "is not subdomain of the domain of the identity <abashiri.domain>" in page.words
    assert 'name="mail_from" value="mail.other.example"' in page.source
    assert "MailFromDomain" not in identity(lab)["MailFromAttributes"]


def test_an_identity_that_is_there_is_not_made_again(mine, lab):
    page = mine.press(NEW, "create", {**ASKED, "domain": lab.domain})
    assert "Refused: AlreadyExistsException" in page.words
    assert f"Email identity {lab.domain} already exist." in page.words


# --- the list -----------------------------------------------------------------------------------


def test_the_list_filters_by_name_kind_and_state(lab, browser):
    lab.verify("good.example", "good@other.example")
    lab.sesv2.create_email_identity(EmailIdentity="waiting.example")
    console = browser(lab)
    everything = console.open(LIST).words
    assert all(name in everything for name in ("good.example", "good@other.example", "waiting.example"))
    for query, there, gone in (
        ({"q": "GOOD"}, "good.example", "waiting.example"),
        ({"kind": "EMAIL_ADDRESS"}, "good@other.example", "waiting.example"),
        ({"status": "PENDING"}, "waiting.example", "good.example"),
        ({"q": "waiting", "status": "SUCCESS"}, "No identity matches", "waiting.example Domain"),
    ):
        words = console.open(LIST, **query).words
        assert there in words, query
        assert gone not in words, query
    assert console.open(LIST, status="GOOD").status == 400
    assert "No identities in us-west-2 yet" in console.open(LIST, region="us-west-2").words
    assert f"{lab.account} · {lab.region}" in console.open(LIST, region="us-west-2").words


def test_a_long_list_has_pages(fresh, browser):
    lab = fresh(auto_verify=True)
    for number in range(52):
        lab.ses.verify_email_identity(EmailAddress=f"a{number:02}@page.example")
    console = browser(lab)
    first = console.open(LIST)
    assert first.words.count("@page.example") == 50
    assert "after=a49%40page.example" in first.source
    second = console.open(LIST, after="a49@page.example")
    assert second.words.count("@page.example") == 2
    assert "First page" in second.words
    assert console.open(LIST, q="a51").words.count("@page.example") == 1


# --- one identity -------------------------------------------------------------------------------


def test_verify_now_does_what_the_api_does(mine, lab):
    page = mine.press(ONE, "verify", name=lab.domain)
    assert "Verified" in page.words
    assert identity(lab, lab.domain)["VerifiedForSendingStatus"] is True
    assert page.words.count("Found") == 3


def test_dkim_is_switched_off_and_on(mine, lab):
    assert "DKIM signing is disabled." in mine.press(ONE, "dkim-off", name=lab.domain).words
    assert identity(lab, lab.domain)["DkimAttributes"]["SigningEnabled"] is False
    assert "Signatures enabled" in mine.press(ONE, "dkim-on", name=lab.domain).words
    assert identity(lab, lab.domain)["DkimAttributes"]["SigningEnabled"] is True


def test_another_key_length_keeps_the_tokens_and_a_key_of_ones_own_replaces_them(mine, lab):
    before = identity(lab, lab.domain)["DkimAttributes"]
    mine.press(ONE, "signing", {"signing": "easy", "bits": "RSA_1024_BIT"}, name=lab.domain)
    after = identity(lab, lab.domain)["DkimAttributes"]
    assert (after["CurrentSigningKeyLength"], after["Tokens"]) == ("RSA_1024_BIT", before["Tokens"])
    fields = {"signing": "byo", "selector": "own", "private_key": KEY}
    assert mine.press(ONE, "signing", fields, name=lab.domain).status == 200
    assert identity(lab, lab.domain)["DkimAttributes"]["Tokens"] == ["own"]
    refused = mine.press(ONE, "signing", {"signing": "byo", "selector": "own", "private_key": ""}, name=lab.domain)
    assert refused.status == 400
    assert "Refused:" in refused.words


def test_mail_from_is_set_shown_against_dns_and_removed(mine, lab):
    custom = f"bounce.{lab.domain}"
    fields = {"mail_from": custom, "on_mx_failure": "REJECT_MESSAGE"}
    page = mine.press(ONE, "mail-from", fields, name=lab.domain)
    assert "Reject message" in page.words
    assert identity(lab, lab.domain)["MailFromAttributes"]["MailFromDomain"] == custom
    lab.api("PUT", "dns/records", {"name": custom, "type": "MX", "value": "10 mx.wrong.example"})
    lab.api("PUT", "dns/records", {"name": custom, "type": "TXT", "value": "v=spf1 -all"})
    page = mine.open(ONE, name=lab.domain)
    assert "Another value DNS says: 10 mx.wrong.example" in page.words
    assert "v=spf1 include:amazonses.com ~all Copy Missing" in page.words
    page = mine.press(ONE, "publish-mail-from", name=lab.domain)
    assert "Several DNS says:" in page.words
    lab.api("DELETE", f"dns/records?name={custom}&type=MX&value=10+mx.wrong.example")
    assert "Several DNS says" not in mine.open(ONE, name=lab.domain).words
    assert identity(lab, lab.domain)["MailFromAttributes"]["MailFromDomainStatus"] == "SUCCESS"
    page = mine.press(ONE, "remove-mail-from", name=lab.domain)
    assert "was removed" in page.words
    assert "MailFromDomain" not in identity(lab, lab.domain)["MailFromAttributes"]
    outside = mine.press(ONE, "mail-from", {**fields, "mail_from": "mail.else.example"}, name=lab.domain)
    assert (outside.status, "is not subdomain" in outside.words) == (400, True)


def test_the_record_of_v1s_way_is_shown_and_published(lab, browser):
    domain = f"v1{lab.account}.example"
    token = lab.ses.verify_domain_identity(Domain=domain)["VerificationToken"]
    console = browser(lab)
    page = console.open(ONE, name=domain)
    assert f"_amazonses.{domain} Copy {token} Copy Missing" in page.words
    assert "This domain has no DKIM yet" in page.words
    page = console.press(ONE, "publish-verification", name=domain)
    assert identity(lab, domain)["VerificationStatus"] == "SUCCESS"


def test_an_address_has_the_dkim_of_its_domain(mine, lab):
    address = f"someone@{lab.domain}"
    lab.ses.verify_email_identity(EmailAddress=address)
    page = mine.open(ONE, name=address)
    assert f"An address has the DKIM of its domain: {lab.domain}" in page.words
    assert "Disable DKIM signatures" not in page.words
    lab.ses.verify_email_identity(EmailAddress="someone@unknown.example")
    assert "that domain is not registered here" in mine.open(ONE, name="someone@unknown.example").words


def test_deleting_deletes(mine, lab):
    page = mine.press(ONE, "delete", name=lab.domain)
    assert "The identity was deleted." in page.words
    assert lab.sesv2.list_email_identities()["EmailIdentities"] == []


def test_identities_belong_to_their_region_and_account(mine, lab):
    assert mine.open(ONE, name=lab.domain, region="eu-west-1").status == 404
    assert mine.press(ONE, "delete", name=lab.domain, account="999999999999").status == 404
    assert identity(lab, lab.domain)


@pytest.mark.parametrize(
    "name", ["", "nobody.example", "<img src=x onerror=alert(1)>", "../../etc", "é" * 900, "a\x00b"]
)
def test_an_identity_that_is_none_is_not_found(mine, name):
    for page in (mine.open(ONE, name=name), mine.press(ONE, "verify", name=name)):
        assert page.status in (400, 404)
        assert "<img src=x" not in page.source


@pytest.mark.parametrize(
    "name", ["a/b@slash.example", "o'hara&sons@x.example", "q?x=1#y@z.example", "%2e%2e@pct.example"]
)
def test_names_with_signs_of_addresses_have_pages_and_buttons(lab, browser, name):
    lab.ses.verify_email_identity(EmailAddress=name)
    console = browser(lab)
    assert console.open(ONE, name=name).status == 200
    console.press(ONE, "verify", name=name)
    assert identity(lab, name)["VerificationStatus"] == "SUCCESS"
    console.press(ONE, "delete", name=name)
    assert lab.sesv2.list_email_identities()["EmailIdentities"] == []
