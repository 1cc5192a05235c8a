"""The records for the real world, read back by those who would read them there."""

from __future__ import annotations

import json
import re

import dns.rdatatype
import dns.zone
import pytest
from click.testing import CliRunner

from emulator.cli import main
from emulator.cli.zones import RecordSet, route53, terraform, wanted, zone_file

DOMAIN = "zones.example"
NASTY = 'quote " back \\ dollar ${x} percent %{y} é ' + "x" * 300
SETS = [
    RecordSet("a.zones.example", "CNAME", 300, ("b.dkim.amazonses.com",)),
    RecordSet("mail.zones.example", "MX", 300, ("10 feedback-smtp.us-east-1.amazonses.com",)),
    RecordSet("txt.zones.example", "TXT", 300, (NASTY, "second")),
]


@pytest.fixture
def printed(lab):
    """``printed("zone")``: what ``dns zone`` says of a domain with everything: token, DKIM, MAIL FROM."""
    lab.ses.verify_domain_identity(Domain=DOMAIN)
    lab.ses.verify_domain_dkim(Domain=DOMAIN)
    lab.ses.set_identity_mail_from_domain(Identity=DOMAIN, MailFromDomain=f"mail.{DOMAIN}")

    def show(form: str) -> str:
        where = ["--url", lab.endpoint, "--account", lab.account, "--region", lab.region]
        done = CliRunner().invoke(main, ["dns", "zone", DOMAIN.upper(), "--format", form, *where])
        assert done.exit_code == 0, done.output
        return done.output

    return show


def needed(lab) -> set[tuple[str, str]]:
    found = lab.api("GET", f"identities/{DOMAIN}?account={lab.account}&region={lab.region}")["records"]
    return {(one["name"], one["type"]) for one in found} | {(f"_dmarc.{DOMAIN}", "TXT")}


def test_the_zone_file_is_one(printed, lab):
    zone = dns.zone.from_text(printed("zone"), origin=DOMAIN, relativize=False, check_origin=False)
    found = {
        (name.to_text().rstrip("."), dns.rdatatype.to_text(rdataset.rdtype))
        for name, rdataset in zone.iterate_rdatasets()
    }
    assert found == needed(lab)
    assert len([kind for _, kind in found if kind == "CNAME"]) == 3
    token = lab.ses.verify_domain_identity(Domain=DOMAIN)["VerificationToken"]
    assert zone.get_rdataset(f"_amazonses.{DOMAIN}.", "TXT")[0].strings == (token.encode(),)


def test_route_53_takes_the_change_batch_and_the_domain_is_verified_by_it(printed, lab):
    client = lab.client("route53")
    zone = client.create_hosted_zone(Name=DOMAIN, CallerReference=DOMAIN + lab.account)["HostedZone"]["Id"]
    client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=json.loads(printed("route53")))
    found = lab.sesv2.get_email_identity(EmailIdentity=DOMAIN)
    assert found["VerifiedForSendingStatus"] is True
    assert found["DkimAttributes"]["Status"] == "SUCCESS"
    assert found["MailFromAttributes"]["MailFromDomainStatus"] == "SUCCESS"


RESOURCE = re.compile(
    r'^resource "aws_route53_record" "([a-z][a-z0-9_]*)" \{\n'
    r"  zone_id = var\.zone_id\n"
    r'  name    = "([^"]+)"\n'
    r'  type    = "([A-Z]+)"\n'
    r"  ttl     = 300\n"
    r"  records = \[(.+)\]\n"
    r"\}$",
    re.MULTILINE,
)


def test_terraform_has_a_resource_for_each_record_set(printed, lab):
    text = printed("terraform")
    found = RESOURCE.findall(text)
    assert {(name, kind) for _, name, kind, _ in found} == needed(lab)
    labels = [label for label, *_ in found]
    assert len(set(labels)) == len(labels)
    # Nothing but comments, the variable and those.
    rest = re.sub(r'^#.*$|^variable "zone_id" \{\n(?:  .*\n)+\}$', "", RESOURCE.sub("", text), flags=re.MULTILINE)
    assert rest.strip() == ""


def hcl(text: str) -> str:
    """The value of a quoted template of HCL that holds no template (HCL native syntax, "Template literals")."""
    assert text[0] == text[-1] == '"'
    assert not re.search(r"(?<!\$)\$\{|(?<!%)%\{", text)
    plain = text[1:-1].replace("$${", "${").replace("%%{", "%{")
    return re.sub(r"\\(.)", r"\1", plain)


def strings(text: str, radix: int) -> bytes:
    """What quoted strings of DNS hold, joined; none longer than 255 octets."""
    parts = []
    for quoted in re.findall(r'"((?:[^"\\]|\\.)*)"', text):
        part = re.sub(
            rb"\\(\d{3})|\\(.)",
            lambda found: bytes([int(found[1], radix)]) if found[1] else found[2],
            quoted.encode("ascii"),
        )
        assert len(part) <= 255
        parts.append(part)
    return b"".join(parts)


def test_awkward_text_survives_in_every_form():
    zone = dns.zone.from_text(zone_file(DOMAIN, "us-east-1", SETS), origin=DOMAIN, relativize=False, check_origin=False)
    in_zone = {b"".join(rdata.strings).decode() for rdata in zone.get_rdataset("txt.zones.example.", "TXT")}
    assert in_zone == {NASTY, "second"}

    changes = json.loads(route53(DOMAIN, "us-east-1", SETS))["Changes"]
    values = [one["Value"] for one in changes[2]["ResourceRecordSet"]["ResourceRecords"]]
    assert [strings(value, 8).decode() for value in values] == [NASTY, "second"]

    records = RESOURCE.findall(terraform(DOMAIN, "us-east-1", SETS))[2][3]
    quoted = re.findall(r'"(?:[^"\\]|\\.)*"', records)
    # The provider adds the outermost quotation marks.
    assert [strings(f'"{hcl(one)}"', 8).decode() for one in quoted] == [NASTY, "second"]


def test_values_of_one_name_and_type_are_one_set_and_a_dmarc_is_suggested_once():
    one = {"name": "a.example", "type": "TXT", "value": "x"}
    own = {"name": "_dmarc.a.example", "type": "TXT", "value": "v=DMARC1; p=reject;"}
    assert wanted("a.example", [one, {**one, "value": "y"}]) == [
        RecordSet("a.example", "TXT", 300, ("x", "y")),
        RecordSet("_dmarc.a.example", "TXT", 300, ("v=DMARC1; p=none;",)),
    ]
    assert wanted("a.example", [own]) == [RecordSet("_dmarc.a.example", "TXT", 300, ("v=DMARC1; p=reject;",))]
