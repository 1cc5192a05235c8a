import pytest

from emulator.receiver.dmarc import assess, check
from emulator.receiver.organizational import OrganizationalDomains
from emulator.verdicts import DkimVerdict, SpfVerdict


@pytest.fixture(scope="module")
def organizational():
    return OrganizationalDomains()


def spf(domain, result="pass"):
    return SpfVerdict(result, domain, "192.0.2.1")


def dkim(*domains, result="pass"):
    return tuple(DkimVerdict(result, domain, "s", f"@{domain}", "b") for domain in domains)


NO_SPF = spf("other.example", "fail")


@pytest.mark.parametrize(
    ("tags", "from_domain", "envelope", "signer", "result", "aligned_by"),
    [
        ("", "example.com", "example.com", "example.com", "pass", "dkim,spf"),
        ("", "example.com", "mail.example.com", "other.example", "pass", "spf"),
        ("aspf=r", "example.com", "mail.example.com", "other.example", "pass", "spf"),
        ("aspf=s", "example.com", "mail.example.com", "other.example", "fail", ""),
        ("aspf=S", "example.com", "mail.example.com", "other.example", "fail", ""),
        ("aspf=s", "example.com", "example.com", "other.example", "pass", "spf"),
        ("aspf=s", "mail.example.com", "mail.example.com", "other.example", "pass", "spf"),
        ("", "example.com", "other.example", "mail.example.com", "pass", "dkim"),
        ("adkim=s", "example.com", "other.example", "mail.example.com", "fail", ""),
        ("adkim=s", "example.com", "other.example", "example.com", "pass", "dkim"),
        ("adkim=s; aspf=r", "example.com", "mail.example.com", "mail.example.com", "pass", "spf"),
        ("", "mail.example.com", "other.example", "example.com", "pass", "dkim"),
        ("adkim=s", "mail.example.com", "other.example", "example.com", "fail", ""),
        ("", "a.example.co.jp", "b.example.co.jp", "other.example", "pass", "spf"),
        ("", "a.example.co.jp", "b.other.co.jp", "other.co.jp", "fail", ""),
        ("", "example.com", "notexample.com", "com", "fail", ""),
        ("", "example.com", "ap-northeast-1.amazonses.com", "amazonses.com", "fail", ""),
    ],
)
def test_alignment(tags, from_domain, envelope, signer, result, aligned_by, make_zone, organizational):
    owner = organizational.of(from_domain)
    zone = make_zone({(f"_dmarc.{owner}", "TXT"): (f"v=DMARC1; p=reject; {tags}",)})
    verdict = check(from_domain, spf(envelope), dkim(signer), zone, organizational)
    assert (verdict.result, verdict.aligned_by) == (result, aligned_by)
    assert (verdict.policy, verdict.record_domain) == ("reject", owner)


@pytest.mark.parametrize("result", ["fail", "softfail", "neutral", "none", "permerror", "temperror", "policy"])
def test_only_a_pass_is_aligned(result, make_zone, organizational):
    zone = make_zone({("_dmarc.example.com", "TXT"): ("v=DMARC1; p=none",)})
    verdict = check("example.com", spf("example.com", result), dkim("example.com", result=result), zone, organizational)
    assert (verdict.result, verdict.aligned_by) == ("fail", "")


def test_any_one_of_several_signatures_is_enough(make_zone, organizational):
    zone = make_zone({("_dmarc.example.com", "TXT"): ("v=DMARC1; p=none",)})
    signatures = dkim("amazonses.com") + dkim("example.com", result="fail") + dkim("example.com")
    assert check("example.com", NO_SPF, signatures, zone, organizational).aligned_by == "dkim"


@pytest.mark.parametrize(
    ("record", "result", "policy", "subdomain"),
    [
        ("v=DMARC1; p=none", "fail", "none", "none"),
        ("v=DMARC1;p=QUARANTINE", "fail", "quarantine", "quarantine"),
        ("v=DMARC1; p=reject; sp=none", "fail", "reject", "none"),
        (" v = DMARC1 ; p = reject ;", "fail", "reject", "reject"),
        ("v=DMARC1; unknown=tag; p=none; junk", "fail", "none", "none"),
        ("v=DMARC1; p=maybe; rua=mailto:a@example.com", "fail", "none", "none"),
        ("v=DMARC1; p=reject; sp=maybe; rua=mailto:a@example.com", "fail", "none", "none"),
        ("v=DMARC1; rua=mailto:a@example.com", "fail", "none", "none"),
        ("v=DMARC1; p=maybe", "permerror", "", ""),
        ("v=DMARC1", "permerror", "", ""),
        ("v=DMARC2; p=reject", "none", "", ""),
        ("p=reject; v=DMARC1", "none", "", ""),
        ("v=DMARC1p=reject", "none", "", ""),
        ("v=spf1 -all", "none", "", ""),
    ],
)
def test_reading_a_record(record, result, policy, subdomain, make_zone, organizational):
    zone = make_zone({("_dmarc.example.com", "TXT"): (record,)})
    verdict = check("example.com", NO_SPF, (), zone, organizational)
    assert (verdict.result, verdict.policy, verdict.subdomain_policy) == (result, policy, subdomain)


def test_several_records_count_as_none(make_zone, organizational):
    zone = make_zone({("_dmarc.example.com", "TXT"): ("v=DMARC1; p=none", "v=DMARC1; p=reject")})
    assert check("example.com", NO_SPF, (), zone, organizational).result == "none"


def test_other_text_beside_the_record_does_not_matter(make_zone, organizational):
    zone = make_zone({("_dmarc.example.com", "TXT"): ("hello", "v=DMARC1; p=reject")})
    assert check("example.com", NO_SPF, (), zone, organizational).policy == "reject"


def test_a_subdomain_is_asked_first_then_its_organization(make_zone, organizational):
    zone = make_zone({("_dmarc.example.com", "TXT"): ("v=DMARC1; p=reject; sp=quarantine",)})
    found = assess("a.b.example.com", NO_SPF, (), zone, organizational)
    assert zone.asked == [("_dmarc.a.b.example.com", "TXT"), ("_dmarc.example.com", "TXT")]
    assert (found.verdict.record_domain, found.disposition) == ("example.com", "quarantine")
    zone.txt("_dmarc.a.b.example.com", "v=DMARC1; p=none")
    found = assess("a.b.example.com", NO_SPF, (), zone, organizational)
    assert (found.verdict.record_domain, found.disposition) == ("a.b.example.com", "none")


@pytest.mark.parametrize(
    ("tags", "disposition"),
    [
        ("p=none", "none"),
        ("p=quarantine", "quarantine"),
        ("p=reject", "reject"),
        ("p=reject; pct=0", "quarantine"),
        ("p=quarantine; pct=0", "none"),
        ("p=reject; pct=1", "reject"),
        ("p=reject; pct=-5", "reject"),
        ("p=reject; pct=99999999999", "reject"),
    ],
)
def test_what_is_done_with_a_mail_that_fails(tags, disposition, make_zone, organizational):
    zone = make_zone({("_dmarc.example.com", "TXT"): (f"v=DMARC1; {tags}",)})
    assert assess("example.com", NO_SPF, (), zone, organizational).disposition == disposition
    assert assess("example.com", spf("example.com"), (), zone, organizational).disposition == "none"


def test_without_a_record_alignment_is_still_told(make_zone, organizational):
    verdict = check("example.com", spf("mail.example.com"), dkim("example.com"), make_zone({}), organizational)
    assert (verdict.result, verdict.aligned_by, verdict.policy) == ("none", "dkim,spf", "")


@pytest.mark.parametrize("status", ["SERVFAIL", "TIMEOUT"])
def test_dns_without_an_answer_is_a_temporary_error(status, make_zone, organizational):
    zone = make_zone({})
    zone.failing["_dmarc.example.com"] = status
    verdict = check("example.com", spf("example.com"), (), zone, organizational)
    assert (verdict.result, verdict.aligned_by) == ("temperror", "spf")


def test_without_a_from_domain_nothing_is_looked_up(make_zone, organizational):
    zone = make_zone({})
    verdict = check("", spf("example.com"), dkim("example.com"), zone, organizational)
    assert (verdict.result, verdict.aligned_by, zone.asked) == ("permerror", "", [])


@pytest.mark.parametrize(
    ("domain", "owner"),
    [
        ("example.com", "example.com"),
        ("a.b.example.com", "example.com"),
        ("mail.abashiri.domain", "abashiri.domain"),
        ("a.example.co.uk", "example.co.uk"),
        ("mail.shop.abashiri.hokkaido.jp", "shop.abashiri.hokkaido.jp"),
        ("co.uk", "co.uk"),
        ("localhost", "localhost"),
        ("ap-northeast-1.amazonses.com", "amazonses.com"),
    ],
)
def test_organizational_domains(domain, owner, organizational):
    assert organizational.of(domain) == owner
