from dataclasses import replace

import pytest

from emulator.receiver.explain import ses_region
from emulator.receiver.message import parse
from emulator.receiver.verdict import Receiver
from emulator.smtp.credentials import REGIONS
from emulator.values import Envelope
from tests.unit.receiver.conftest import MAIL

NOW = 1616242393.0
OWN_KEY = "v6kujqg4djqddwddiwtgjhbw2xr4w4da._domainkey.abashiri.domain"
MAIL_FROM = (
    "aws sesv2 put-email-identity-mail-from-attributes --email-identity abashiri.domain "
    "--mail-from-domain mail.abashiri.domain --region ap-northeast-1\n"
    "mail.abashiri.domain MX 10 feedback-smtp.ap-northeast-1.amazonses.com\n"
    'mail.abashiri.domain TXT "v=spf1 include:amazonses.com ~all"'
)
DKIM = (
    "aws ses set-identity-dkim-enabled --identity abashiri.domain --dkim-enabled --region ap-northeast-1\n"
    "<token>._domainkey.abashiri.domain CNAME <token>.dkim.amazonses.com, for each of the three tokens that "
    "aws ses verify-domain-dkim --domain abashiri.domain --region ap-northeast-1 names"
)
DMARC = '_dmarc.abashiri.domain TXT "v=DMARC1; p=none"'


@pytest.fixture
def reasons(zone):
    def judge(mail, envelope):
        found = Receiver(lambda: zone).judge(mail, envelope, NOW).reasons
        assert [reason.about for reason in found] == ["spf", "dkim", "dmarc", "via"]
        for reason in found:
            assert reason.sentence.endswith(".")
            assert "\n" not in reason.sentence
        return {reason.about: (reason.sentence, reason.change) for reason in found}

    return judge


def test_where_all_is_well_nothing_needs_changing(reasons, sign, zone, custom):
    zone.txt("_dmarc.abashiri.domain", "v=DMARC1; p=none")
    found = reasons(sign(), custom)
    assert [change for _, change in found.values()] == ["", "", "", ""]
    assert found["spf"][0] == (
        'SPF passed: the record of mail.abashiri.domain, "v=spf1 include:amazonses.com ~all", designates 23.251.234.52.'
    )
    assert found["dmarc"][0] == "DMARC passed: From's abashiri.domain is aligned by DKIM and SPF."
    assert found["via"][0] == "No via: the signing domain abashiri.domain is aligned with From's abashiri.domain."


def test_no_custom_mail_from(reasons, sign, default):
    sentence, change = reasons(sign(), default)["spf"]
    assert sentence.endswith("but ap-northeast-1.amazonses.com is SES's own MAIL FROM domain, not abashiri.domain's.")
    assert change == MAIL_FROM


def test_us_east_1_has_no_region_in_its_names(reasons, sign, zone):
    zone.txt("amazonses.com", "v=spf1 ip4:54.240.0.0/18 -all")
    envelope = Envelope("id@amazonses.com", ("a@example.com",), "54.240.8.19", "a8-19.smtp-out.amazonses.com")
    assert "--region us-east-1\n" in reasons(sign(), envelope)["spf"][1]


@pytest.mark.parametrize("region", [region for region in REGIONS if region != "us-east-1"])
def test_every_other_region_is_told_by_its_name(region):
    envelope = Envelope(f"id@{region}.amazonses.com", ("a@example.com",), "192.0.2.1", "mx.example.com")
    assert ses_region(envelope, parse(b"\r\n"), ()) == region


def test_only_the_signature_of_ses(reasons, sign, custom):
    sentence, change = reasons(sign(own=False), custom)["dkim"]
    assert sentence == ("DKIM passed for amazonses.com only; no signature is of abashiri.domain, the domain of From.")
    assert change == DKIM


def test_via_names_both_domains_and_either_remedy(reasons, sign, default):
    sentence, change = reasons(sign(own=False), default)["via"]
    assert sentence == (
        "Shown as via amazonses.com: neither the signing domain amazonses.com nor the MAIL FROM domain "
        "ap-northeast-1.amazonses.com is aligned with From's abashiri.domain."
    )
    assert change == f"{DKIM}\nor\n{MAIL_FROM}"


def test_the_remedy_named_is_a_remedy(reasons, sign, zone, default, custom):
    assert reasons(sign(own=False), default)["via"][0].startswith("Shown")
    for mail, envelope in ((sign(), default), (sign(own=False), custom)):
        assert reasons(mail, envelope)["via"][0].startswith("No via")


def test_no_spf_record_at_the_custom_mail_from(reasons, sign, zone, custom):
    zone.remove("mail.abashiri.domain")
    sentence, change = reasons(sign(), custom)["spf"]
    assert sentence == "SPF found nothing to check: mail.abashiri.domain publishes no SPF record."
    assert change == 'mail.abashiri.domain TXT "v=spf1 include:amazonses.com ~all"'


def test_a_bounce_of_ses_asks_for_no_record_at_the_host_of_ses(reasons, sign, default):
    sentence, change = reasons(sign(), replace(default, mail_from=""))["spf"]
    assert sentence == (
        "SPF found nothing to check: a bounce has no sender, and SES's host "
        "e234-52.smtp-out.ap-northeast-1.amazonses.com publishes no SPF record."
    )
    assert change == ""


@pytest.mark.parametrize(
    ("record", "fitting"),
    [
        ("v=spf1 -all", "v=spf1 include:amazonses.com -all"),
        ("v=spf1 ip4:192.0.2.1 ~all", "v=spf1 ip4:192.0.2.1 include:amazonses.com ~all"),
        ("v=spf1 mx ?all", "v=spf1 mx include:amazonses.com ?all"),
        ("v=spf1", "v=spf1 include:amazonses.com"),
        ("v=spf1 include:moo", "v=spf1 include:amazonses.com ~all"),
    ],
)
def test_an_spf_record_without_ses_and_the_one_that_would_do(record, fitting, reasons, sign, zone, custom):
    zone.txt("mail.abashiri.domain", record)
    zone.records[("mail.abashiri.domain", "MX")] = ("10 mail.abashiri.domain",)
    zone.records[("mail.abashiri.domain", "A")] = ("192.0.2.9",)
    _, change = reasons(sign(), custom)["spf"]
    assert change == f'mail.abashiri.domain TXT "{fitting}"'
    zone.txt("mail.abashiri.domain", fitting)
    assert reasons(sign(), custom)["spf"][0].startswith("SPF passed")


def test_a_stranger_is_told_to_permit_his_own_address(reasons, zone):
    zone.txt("example.com", "v=spf1 ip4:192.0.2.1 -all")
    envelope = Envelope("a@example.com", ("b@example.org",), "2001:db8::1", "mx.example.com")
    found = reasons(b"From: a@example.com\r\n\r\n", envelope)
    assert found["spf"][1] == 'example.com TXT "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all"'
    assert found["dkim"] == (
        "The mail bears no DKIM signature.",
        "Sign as d=example.com and publish the key: "
        '<selector>._domainkey.example.com TXT "v=DKIM1; k=rsa; p=<public key>"',
    )
    assert "amazonses" not in str(found)


def test_a_key_that_is_gone_names_its_record(reasons, sign, zone, custom):
    zone.remove(OWN_KEY)
    sentence, change = reasons(sign(), custom)["dkim"]
    assert sentence == (
        "DKIM permerror: the signature of abashiri.domain (selector v6kujqg4djqddwddiwtgjhbw2xr4w4da) does not "
        f"count, because no key for signature at {OWN_KEY}."
    )
    assert change == f"{OWN_KEY} CNAME v6kujqg4djqddwddiwtgjhbw2xr4w4da.dkim.amazonses.com"


def test_what_ends_via_is_the_key_that_is_gone_where_a_signature_is_there(reasons, sign, zone, default):
    zone.remove(OWN_KEY)
    sentence, change = reasons(sign(), default)["via"]
    assert sentence.startswith("Shown as via amazonses.com")
    assert change == f"{OWN_KEY} CNAME v6kujqg4djqddwddiwtgjhbw2xr4w4da.dkim.amazonses.com\nor\n{MAIL_FROM}"


def test_a_region_with_a_dkim_zone_of_its_own_is_told_of_that(reasons, sign, zone):
    envelope = Envelope("id@af-south-1.amazonses.com", ("b@example.org",), "192.0.2.1", "mx.example.org")
    assert "<token>.dkim.af-south-1.amazonses.com," in reasons(sign(own=False), envelope)["dkim"][1]
    zone.remove(OWN_KEY)
    assert reasons(sign(), envelope)["dkim"][1].endswith("bw2xr4w4da.dkim.af-south-1.amazonses.com")


def test_the_identity_is_the_domain_above_a_custom_mail_from(reasons, sign, custom, default):
    mail = sign(MAIL.replace(b"mail@", b"mail@news.dept."), own=False)
    sentence, change = reasons(mail, replace(custom, mail_from="id@bounce.dept.abashiri.domain"))["dkim"]
    assert sentence == (
        "DKIM passed for amazonses.com only; no signature is of dept.abashiri.domain, "
        "which From's news.dept.abashiri.domain is in."
    )
    assert change.startswith("aws ses set-identity-dkim-enabled --identity dept.abashiri.domain ")
    # MAIL FROM says nothing of a From that is not below the same domain.
    for envelope in (default, replace(custom, mail_from="id@bounce.other.abashiri.domain")):
        assert "--identity abashiri.domain " in reasons(mail, envelope)["dkim"][1]


def test_a_changed_body_is_no_matter_of_records(reasons, sign, custom):
    sentence, change = reasons(sign().replace(b"test-body", b"tess-body"), custom)["dkim"]
    assert "because body hash did not verify." in sentence
    assert change == "Deliver the body as it was signed; no record can change this."


def test_a_changed_field_or_another_key_names_the_record_too(reasons, sign, custom):
    _, change = reasons(sign().replace(b"test-subject", b"tess-subject"), custom)["dkim"]
    assert change.endswith(f"{OWN_KEY} CNAME v6kujqg4djqddwddiwtgjhbw2xr4w4da.dkim.amazonses.com")


def test_no_dmarc_record_tells_what_one_would_say(reasons, sign, default):
    assert reasons(sign(), default)["dmarc"] == (
        "No DMARC: there is no record at _dmarc.abashiri.domain; with one it would pass by DKIM.",
        DMARC,
    )
    assert "it would fail" in reasons(sign(own=False), default)["dmarc"][0]


def test_several_dmarc_records_count_as_none_and_one_more_would_not_help(reasons, sign, zone, custom):
    zone.txt("_dmarc.abashiri.domain", "v=DMARC1; p=none", "v=DMARC1; p=reject", "another text")
    assert reasons(sign(), custom)["dmarc"] == (
        "No DMARC: there are several records at _dmarc.abashiri.domain, which count as none; "
        "with one it would pass by DKIM and SPF.",
        "Leave one of the records at _dmarc.abashiri.domain.",
    )


@pytest.mark.parametrize("crowded", ["mail.abashiri.domain", "amazonses.com"])
def test_several_spf_records_are_an_error_and_one_more_would_not_help(crowded, reasons, sign, zone, custom):
    """At the domain itself, as at one that its record includes."""
    zone.txt(crowded, *zone.records[(crowded, "TXT")], "v=spf1 -all", "another text")
    assert reasons(sign(), custom)["spf"] == (
        f"SPF cannot be evaluated for mail.abashiri.domain: {crowded} has several SPF records.",
        f"Leave one SPF record at {crowded}.",
    )


def test_a_dmarc_failure_names_either_remedy(reasons, sign, zone, default):
    zone.txt("_dmarc.abashiri.domain", "v=DMARC1; p=reject")
    sentence, change = reasons(sign(own=False), default)["dmarc"]
    assert sentence == (
        "DMARC failed: neither SPF nor DKIM passed for a domain that is aligned with From's abashiri.domain."
    )
    assert change == f"{DKIM}\nor\n{MAIL_FROM}"


def test_strict_spf_alignment_can_never_hold_with_a_custom_mail_from(reasons, sign, zone, custom):
    zone.txt("_dmarc.abashiri.domain", "v=DMARC1; p=reject; aspf=s")
    sentence, change = reasons(sign(own=False), custom)["dmarc"]
    assert sentence == (
        "DMARC failed: SPF passed for mail.abashiri.domain, which is not exactly abashiri.domain, and the record of "
        "_dmarc.abashiri.domain asks for strict alignment (aspf=s)."
    )
    assert change == '_dmarc.abashiri.domain TXT "v=DMARC1; p=reject; aspf=r"'
    zone.txt("_dmarc.abashiri.domain", "v=DMARC1; p=reject; aspf=r")
    assert reasons(sign(own=False), custom)["dmarc"][0].startswith("DMARC passed")


def test_strict_dkim_alignment_of_a_subdomain(reasons, sign, zone, default):
    zone.txt("_dmarc.abashiri.domain", "v=DMARC1; p=reject; adkim = s")
    mail = b"From: a@news.abashiri.domain\r\nTo: b@example.com\r\n\r\nbody\r\n"
    sentence, change = reasons(sign(mail), default)["dmarc"]
    assert "the signature of abashiri.domain verifies but is not exactly news.abashiri.domain's" in sentence
    assert change == '_dmarc.abashiri.domain TXT "v=DMARC1; p=reject; adkim=r"'


def test_a_dmarc_record_of_no_use(reasons, sign, zone, custom):
    zone.txt("_dmarc.abashiri.domain", "v=DMARC1; p=maybe")
    assert reasons(sign(), custom)["dmarc"] == (
        "DMARC cannot be evaluated: the record of _dmarc.abashiri.domain has no valid p= or sp=.",
        DMARC,
    )


def test_dns_that_does_not_answer_is_no_fault_of_a_record(reasons, sign, zone, custom):
    zone.failing.update({"mail.abashiri.domain": "TIMEOUT", OWN_KEY: "SERVFAIL", "_dmarc.abashiri.domain": "TIMEOUT"})
    found = reasons(sign(), custom)
    assert found["spf"] == (
        "SPF could not be checked for mail.abashiri.domain: DNS TIMEOUT for mail.abashiri.domain TXT.",
        "",
    )
    assert f"because DNS SERVFAIL for key at {OWN_KEY}." in found["dkim"][0]
    assert found["dkim"][1] == ""
    assert found["dmarc"] == ("DMARC could not be checked: DNS did not answer for _dmarc.abashiri.domain.", "")


def test_from_of_nobody(reasons, sign, custom):
    found = reasons(sign(b"To: b@example.com\r\nFrom: a@one.example, b@two.example\r\n\r\nbody\r\n"), custom)
    assert found["dmarc"][0] == "DMARC cannot be checked: From does not name exactly one domain."
    assert "From, which names no single domain" in found["via"][0]


def test_nothing_authenticated_shows_a_question_mark(reasons, zone, default):
    zone.txt("ap-northeast-1.amazonses.com", "v=spf1 -all")
    sentence, change = reasons(b"From: a@abashiri.domain\r\n\r\n", default)["via"]
    assert sentence.startswith("No via, but a question mark:")
    assert change == f"{DKIM}\nor\n{MAIL_FROM}"
