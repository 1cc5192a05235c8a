"""Identities through boto3: v1 and v2 on one state, the states they go through, what others see."""

from __future__ import annotations

import pytest

from tests.api.refusals import refused


def status(lab, name: str) -> str:
    return lab.ses.get_identity_verification_attributes(Identities=[name])["VerificationAttributes"][name][
        "VerificationStatus"
    ]


def test_an_address_is_pending_until_its_link_is_opened(lab):
    lab.ses.verify_email_identity(EmailAddress="new@person.example")
    assert status(lab, "new@person.example") == "Pending"
    mail = lab.wait(to="new@person.example")
    assert mail["from"] == "Amazon Web Services <no-reply-aws@amazon.com>"
    assert mail["subject"] == (
        "Amazon Web Services – Email Address Verification Request in region Asia Pacific (Tokyo)"
    )
    link = next(word for word in mail["text"].split() if "ConfirmVerification" in word)
    page = lab.get(link.removeprefix(lab.endpoint)).decode()
    assert "You have successfully verified an email address." in page
    assert status(lab, "new@person.example") == "Success"
    assert lab.sesv2.get_email_identity(EmailIdentity="new@person.example")["VerifiedForSendingStatus"] is True


def test_a_link_is_worthless_after_24_hours(fresh):
    lab = fresh()
    lab.ses.verify_email_identity(EmailAddress="late@person.example")
    mail = lab.wait(to="late@person.example")
    lab.advance(24 * 3600)
    assert status(lab, "late@person.example") == "Failed"
    link = next(word for word in mail["text"].split() if "ConfirmVerification" in word)
    with pytest.raises(OSError, match="400"):
        lab.get(link.removeprefix(lab.endpoint))
    assert status(lab, "late@person.example") == "Failed"


def test_a_forged_link_verifies_nothing(lab):
    lab.ses.verify_email_identity(EmailAddress="forged@person.example")
    mail = lab.wait(to="forged@person.example")
    link = next(word for word in mail["text"].split() if "ConfirmVerification" in word)
    forged = link[:-1] + ("1" if link.endswith("0") else "0")
    with pytest.raises(OSError, match="400"):
        lab.get(forged.removeprefix(lab.endpoint))
    assert status(lab, "forged@person.example") == "Pending"


def test_a_domain_succeeds_by_its_txt_record(lab):
    token = lab.ses.verify_domain_identity(Domain="txt.example")["VerificationToken"]
    assert lab.ses.verify_domain_identity(Domain="TXT.example")["VerificationToken"] == token
    assert status(lab, "txt.example") == "Pending"
    lab.api("PUT", "dns/records", {"name": "_amazonses.txt.example", "type": "TXT", "value": token})
    assert status(lab, "txt.example") == "Success"


def test_a_domain_succeeds_by_publishing_its_dkim_with_one_call(lab):
    created = lab.sesv2.create_email_identity(EmailIdentity="cname.example")
    assert created["IdentityType"] == "DOMAIN"
    assert created["VerifiedForSendingStatus"] is False
    assert created["DkimAttributes"]["Status"] == "NOT_STARTED"
    got = lab.sesv2.get_email_identity(EmailIdentity="cname.example")
    assert got["DkimAttributes"]["Status"] == "PENDING"
    assert len(got["DkimAttributes"]["Tokens"]) == 3
    lab.api("POST", f"identities/cname.example/publish?account={lab.account}&region={lab.region}")
    got = lab.sesv2.get_email_identity(EmailIdentity="cname.example")
    assert got["DkimAttributes"]["Status"] == "SUCCESS"
    assert got["VerificationStatus"] == "SUCCESS"
    assert status(lab, "cname.example") == "Success"


def test_lost_records_lead_to_temporary_failure_and_after_72_hours_to_failed(fresh):
    lab = fresh()
    token = lab.ses.verify_domain_identity(Domain="lost.example")["VerificationToken"]
    lab.api("PUT", "dns/records", {"name": "_amazonses.lost.example", "type": "TXT", "value": token})
    assert status(lab, "lost.example") == "Success"
    lab.api("DELETE", "dns/records?name=_amazonses.lost.example")
    assert status(lab, "lost.example") == "TemporaryFailure"
    lab.advance(72 * 3600)
    assert status(lab, "lost.example") == "Failed"


def test_a_domain_without_records_fails_after_72_hours(fresh):
    lab = fresh()
    lab.ses.verify_domain_identity(Domain="never.example")
    lab.advance(72 * 3600 - 60)
    assert status(lab, "never.example") == "Pending"
    lab.advance(61)
    assert status(lab, "never.example") == "Failed"


def test_the_mail_from_domain_follows_its_mx(lab):
    lab.verify("mx.example")
    lab.ses.set_identity_mail_from_domain(Identity="mx.example", MailFromDomain="bounce.mx.example")

    def state(lab, name):
        got = lab.ses.get_identity_mail_from_domain_attributes(Identities=[name])["MailFromDomainAttributes"][name]
        return got["MailFromDomainStatus"]

    assert state(lab, "mx.example") == "Pending"
    record = {"name": "bounce.mx.example", "type": "MX", "value": f"10 feedback-smtp.{lab.region}.amazonses.com"}
    lab.api("PUT", "dns/records", record)
    assert state(lab, "mx.example") == "Success"
    v2 = lab.sesv2.get_email_identity(EmailIdentity="mx.example")["MailFromAttributes"]
    assert v2 == {
        "MailFromDomain": "bounce.mx.example",
        "MailFromDomainStatus": "SUCCESS",
        "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
    }


def test_a_missing_mx_rejects_where_that_was_asked_for(lab):
    lab.verify("reject.example", "to@person.example")
    lab.sesv2.put_email_identity_mail_from_attributes(
        EmailIdentity="reject.example", MailFromDomain="b.reject.example", BehaviorOnMxFailure="REJECT_MESSAGE"
    )
    with pytest.raises(lab.ses.exceptions.MailFromDomainNotVerifiedException):
        lab.send("x@reject.example", "to@person.example")
    lab.sesv2.put_email_identity_mail_from_attributes(
        EmailIdentity="reject.example", MailFromDomain="b.reject.example", BehaviorOnMxFailure="USE_DEFAULT_VALUE"
    )
    mail = lab.wait(message_id=lab.send("x@reject.example", "to@person.example"))
    assert mail["envelope"]["mail_from"].endswith("@ap-northeast-1.amazonses.com")


def test_a_mail_from_outside_the_identity_is_refused(lab):
    lab.verify("inside.example")
    assert refused(lab.ses.set_identity_mail_from_domain, Identity="inside.example", MailFromDomain="other.test") == (
        400,
        "InvalidParameterValue",
        "Provided MAIL-FROM domain <other.test> is not subdomain of the domain of the identity <inside.example>.",
    )


def test_what_v2_creates_v1_lists_and_deletes(lab):
    lab.sesv2.create_email_identity(EmailIdentity="both.example")
    lab.ses.verify_email_identity(EmailAddress="me@both.example")
    assert lab.ses.list_identities()["Identities"] == ["both.example", "me@both.example"]
    assert lab.ses.list_identities(IdentityType="Domain")["Identities"] == ["both.example"]
    assert refused(lab.sesv2.create_email_identity, EmailIdentity="both.example") == (
        400,
        "AlreadyExistsException",
        "Email identity both.example already exist.",
    )
    lab.ses.delete_identity(Identity="both.example")
    lab.ses.delete_identity(Identity="both.example")
    assert refused(lab.sesv2.get_email_identity, EmailIdentity="both.example") == (
        404,
        "NotFoundException",
        "Email identity both.example does not exist.",
    )
    assert refused(lab.sesv2.delete_email_identity, EmailIdentity="both.example")[:2] == (404, "NotFoundException")
    listed = lab.sesv2.list_email_identities()["EmailIdentities"]
    assert [(one["IdentityName"], one["VerificationStatus"]) for one in listed] == [("me@both.example", "PENDING")]


def test_lists_page_and_tokens_belong_to_their_region(lab):
    for number in range(5):
        lab.ses.verify_domain_identity(Domain=f"page{number}.example")
    first = lab.ses.list_identities(MaxItems=2)
    assert first["Identities"] == ["page0.example", "page1.example"]
    second = lab.ses.list_identities(MaxItems=2, NextToken=first["NextToken"])
    assert second["Identities"] == ["page2.example", "page3.example"]
    third = lab.sesv2.list_email_identities(PageSize=2, NextToken=second["NextToken"])
    assert [one["IdentityName"] for one in third["EmailIdentities"]] == ["page4.example"]
    assert "NextToken" not in third
    elsewhere = lab.client("ses", "eu-west-1")
    assert refused(elsewhere.list_identities, NextToken=first["NextToken"]) == (
        400,
        "InvalidParameterValue",
        f"Invalid NextToken <{first['NextToken']}>.",
    )
    assert refused(lab.ses.list_identities, MaxItems=1001)[2] == (
        "Value 1001 for parameter MaxItems is invalid. MaxItems must be between 1 and 1000."
    )


def test_regions_and_accounts_do_not_see_each_other(lab, account_numbers):
    lab.verify("here.example")
    assert lab.client("ses", "eu-west-1").list_identities()["Identities"] == []
    other = type(lab)(lab.emulator, str(next(account_numbers)))
    assert other.ses.list_identities()["Identities"] == []


def test_dkim_can_be_switched_off_and_on_for_a_verified_domain_only(lab):
    assert refused(lab.ses.set_identity_dkim_enabled, Identity="no.example", DkimEnabled=True) == (
        400,
        "InvalidParameterValue",
        "Domain no.example is not verified for DKIM signing.",
    )
    lab.verify("yes.example")
    lab.ses.set_identity_dkim_enabled(Identity="yes.example", DkimEnabled=False)
    got = lab.ses.get_identity_dkim_attributes(Identities=["yes.example", "unknown.example"])["DkimAttributes"]
    assert got.keys() == {"yes.example"}
    assert got["yes.example"]["DkimEnabled"] is False
    assert got["yes.example"]["DkimVerificationStatus"] == "Success"
    lab.sesv2.put_email_identity_dkim_attributes(EmailIdentity="yes.example", SigningEnabled=True)
    assert lab.sesv2.get_email_identity(EmailIdentity="yes.example")["DkimAttributes"]["SigningEnabled"] is True


def test_byodkim_signs_with_the_key_that_was_brought(lab):
    from emulator.mail.sign import make_key

    pem = make_key(1024)
    key = "".join(pem.splitlines()[1:-1])
    lab.sesv2.create_email_identity(
        EmailIdentity="byo.example",
        DkimSigningAttributes={"DomainSigningSelector": "mine", "DomainSigningPrivateKey": key},
    )
    got = lab.sesv2.get_email_identity(EmailIdentity="byo.example")["DkimAttributes"]
    assert (got["SigningAttributesOrigin"], got["Tokens"], got["Status"]) == ("EXTERNAL", ["mine"], "PENDING")
    lab.api("POST", f"identities/byo.example/publish?account={lab.account}&region={lab.region}")
    assert lab.sesv2.get_email_identity(EmailIdentity="byo.example")["DkimAttributes"]["Status"] == "SUCCESS"
    lab.verify("to@person.example")
    mail = lab.wait(message_id=lab.send("x@byo.example", "to@person.example"))
    own = mail["authentication"]["dkim"][0]
    assert (own["domain"], own["selector"], own["result"]) == ("byo.example", "mine", "pass")


@pytest.mark.parametrize("bits", [None, 3072])
def test_a_brought_key_that_is_none_or_too_long_is_taken_and_never_verifies(lab, bits):
    from emulator.mail.sign import load_key, make_key, public_key_of

    key, record = "bm9uc2Vuc2U=", "p=bm9uc2Vuc2U="
    if bits is not None:
        pem = make_key(bits)
        key, record = "".join(pem.splitlines()[1:-1]), f"p={public_key_of(load_key(pem))}"
    name = f"key{bits}.example"
    lab.sesv2.create_email_identity(
        EmailIdentity=name, DkimSigningAttributes={"DomainSigningSelector": "mine", "DomainSigningPrivateKey": key}
    )
    lab.api("PUT", "dns/records", {"name": f"mine._domainkey.{name}", "type": "TXT", "value": record})
    assert lab.sesv2.get_email_identity(EmailIdentity=name)["DkimAttributes"]["Status"] == "PENDING"


def test_the_key_length_can_be_changed_behind_the_same_cnames(lab):
    lab.verify("length.example", "to@person.example")
    before = lab.sesv2.get_email_identity(EmailIdentity="length.example")["DkimAttributes"]
    assert before["CurrentSigningKeyLength"] == "RSA_2048_BIT"
    lab.sesv2.put_email_identity_dkim_signing_attributes(
        EmailIdentity="length.example",
        SigningAttributesOrigin="AWS_SES",
        SigningAttributes={"NextSigningKeyLength": "RSA_1024_BIT"},
    )
    after = lab.sesv2.get_email_identity(EmailIdentity="length.example")["DkimAttributes"]
    assert (after["CurrentSigningKeyLength"], after["Status"]) == ("RSA_1024_BIT", "SUCCESS")
    assert after["Tokens"] == before["Tokens"]
    mail = lab.wait(message_id=lab.send("x@length.example", "to@person.example"))
    assert [one["result"] for one in mail["authentication"]["dkim"]] == ["pass", "pass"]


def test_an_identity_that_waits_to_be_verified_takes_nothing_from_the_domain_above_it(lab):
    lab.verify("above.example", "to@person.example")
    lab.ses.verify_domain_identity(Domain="sub.above.example")
    lab.ses.verify_email_identity(EmailAddress="x@sub.above.example")
    mail = lab.wait(message_id=lab.send("x@sub.above.example", "to@person.example"))
    assert mail["authentication"]["dkim"][0]["domain"] == "above.example"


def test_a_key_keeps_its_length_for_a_day_after_a_change_unless_it_goes_back_to_the_shorter(fresh):
    lab = fresh()
    name = "length.example"
    short = {"NextSigningKeyLength": "RSA_1024_BIT"}
    lab.sesv2.create_email_identity(EmailIdentity=name, DkimSigningAttributes=short)

    def asked(bits: int) -> dict[str, object]:
        length = {"NextSigningKeyLength": f"RSA_{bits}_BIT"}
        return {"EmailIdentity": name, "SigningAttributesOrigin": "AWS_SES", "SigningAttributes": length}

    change = lab.sesv2.put_email_identity_dkim_signing_attributes
    assert refused(change, **asked(1024))[1:] == (
        "BadRequestException",
        "The signing key length is already RSA_1024_BIT.",
    )
    change(**asked(2048))
    change(**asked(1024))
    assert refused(change, **asked(2048))[1:] == (
        "BadRequestException",
        "The signing key length can be changed once in 24 hours.",
    )
    attributes = lab.sesv2.get_email_identity(EmailIdentity=name)["DkimAttributes"]
    assert attributes["CurrentSigningKeyLength"] == "RSA_1024_BIT"
    lab.advance(86400)
    change(**asked(2048))


def test_an_address_without_a_domain_has_no_key_but_the_length_of_the_next(lab):
    """As the acceptance tests of Terraform found it at SES (TestAccSESV2EmailIdentity_basic_emailAddress)."""
    lab.sesv2.create_email_identity(EmailIdentity="alone@person.example")
    assert lab.sesv2.get_email_identity(EmailIdentity="alone@person.example")["DkimAttributes"] == {
        "SigningEnabled": False,
        "Status": "NOT_STARTED",
        "Tokens": [],
        "SigningAttributesOrigin": "AWS_SES",
        "NextSigningKeyLength": "RSA_1024_BIT",
    }
    lab.verify("person.example")
    joined = lab.sesv2.get_email_identity(EmailIdentity="alone@person.example")["DkimAttributes"]
    assert (joined["CurrentSigningKeyLength"], joined["NextSigningKeyLength"]) == ("RSA_2048_BIT",) * 2


def test_deprecated_address_operations_still_answer(lab):
    lab.ses.verify_email_address(EmailAddress="old@person.example")
    asked = lab.ses.get_identity_verification_attributes(Identities=["old@person.example"])["VerificationAttributes"]
    assert asked == {"old@person.example": {"VerificationStatus": "Pending"}}
    assert lab.wait(to="old@person.example")["subject"].startswith("Amazon Web Services")
    assert lab.ses.list_verified_email_addresses()["VerifiedEmailAddresses"] == []
    lab.verify("old@person.example")
    assert lab.ses.list_verified_email_addresses()["VerifiedEmailAddresses"] == ["old@person.example"]
    lab.ses.delete_verified_email_address(EmailAddress="old@person.example")
    assert lab.ses.list_identities()["Identities"] == []


def test_an_address_shows_and_keeps_its_domains_dkim(lab):
    lab.verify("parent.example", "me@parent.example")
    got = lab.ses.get_identity_dkim_attributes(Identities=["me@parent.example"])["DkimAttributes"]
    assert got["me@parent.example"]["DkimVerificationStatus"] == "Success"
    lab.ses.set_identity_dkim_enabled(Identity="me@parent.example", DkimEnabled=False)
    got = lab.ses.get_identity_dkim_attributes(Identities=["me@parent.example"])["DkimAttributes"]
    assert got["me@parent.example"]["DkimEnabled"] is True


def test_a_list_holds_what_all_filters_ask_for(lab):
    lab.verify("one.example", "b@two.example")
    for domain in ("Three.example", "four.example"):
        lab.ses.verify_domain_identity(Domain=domain)

    def names(**filters):
        found, page = [], {"NextToken": None}
        while "NextToken" in page:
            given = {"NextToken": page["NextToken"]} if page["NextToken"] else {}
            page = lab.sesv2.list_email_identities(Filter=filters, PageSize=1, **given)
            found += [one["IdentityName"] for one in page["EmailIdentities"]]
        return found

    assert names() == ["b@two.example", "four.example", "one.example", "three.example"]
    assert names(IDENTITY_NAME_CONTAINS="O") == ["b@two.example", "four.example", "one.example"]
    assert names(IDENTITY_TYPE="EMAIL_ADDRESS") == ["b@two.example"]
    assert names(VERIFICATION_STATUS="SUCCESS") == ["b@two.example", "one.example"]
    assert names(IDENTITY_NAME_CONTAINS="o", IDENTITY_TYPE="DOMAIN", VERIFICATION_STATUS="PENDING") == ["four.example"]
    assert names(IDENTITY_TYPE="MANAGED_DOMAIN") == []
    assert refused(lab.sesv2.list_email_identities, Filter={"VERIFICATION_STATUS": "LOST"})[:2] == (
        400,
        "BadRequestException",
    )
