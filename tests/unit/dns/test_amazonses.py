"""What SES publishes."""

from __future__ import annotations

import ipaddress
import string

import pytest

from emulator.dns import amazonses
from emulator.dns.amazonses import SPF, dkim_zone, inbound_host, own_records, owns, region_of_inbound_host, selector

own = own_records("QUJD")


def values(name, type):
    return [record.value for record in own.records_at(name) if record.type == type]


def permitted(address):
    return any(
        ipaddress.ip_address(address) in ipaddress.ip_network(term[4:])
        for term in SPF.split()
        if term.startswith("ip4:")
    )


@pytest.mark.parametrize("region", ["us-east-1", "ap-northeast-1", "eu-central-1", "us-gov-west-1", "ap-southeast-5"])
def test_every_region_has_what_mail_from_it_needs(region):
    assert values(f"{region}.amazonses.com", "TXT") == ["v=spf1 include:amazonses.com -all"]
    assert values(f"{region}.amazonses.com", "MX") == [f"10 feedback-smtp.{region}.amazonses.com"]
    assert values(f"feedback-smtp.{region}.amazonses.com", "A") == ["127.0.0.1"]
    assert values(f"inbound-smtp.{region}.amazonaws.com", "A") == ["127.0.0.1"]
    assert values(f"{selector(region)}._domainkey.amazonses.com", "TXT") == ["p=QUJD"]


def test_selectors_are_the_observed_ones_and_elsewhere_spell_the_region():
    assert selector("ap-northeast-1") == "zh4gjftm6etwoq6afzugpky45synznly"
    assert selector("us-east-1") == "224i4yxa5dv7c2xz3womw6peuasteono"
    unseen = [selector(region) for region in ("eu-north-1", "eu-central-1", "sa-east-1", "us-isob-east-1")]
    assert len(set(unseen)) == 4
    for text in unseen:
        assert len(text) == 32
        assert set(text) <= set(string.ascii_lowercase + "234567")


@pytest.mark.parametrize(
    "label", ["a" * 32, "nothing", "", "é" * 32, "224i4yxa5dv7c2xz3womw6peuasteonp", "mv2s2ztjnzsc2mjnmu"]
)
def test_a_selector_of_no_region_is_not_published(label):
    assert own.records_at(f"{label}._domainkey.amazonses.com") == ()


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("a8-19.smtp-out.amazonses.com", "54.240.8.19"),
        ("a27-27.smtp-out.us-west-2.amazonses.com", "54.240.27.27"),
        ("e234-52.smtp-out.ap-northeast-1.amazonses.com", "23.251.234.52"),
        ("b232-7.smtp-out.ap-southeast-2.amazonses.com", "69.169.232.7"),
        ("c177-2.smtp-out.ap-northeast-2.amazonses.com", "76.223.177.2"),
        ("d218-14.smtp-out.eu-west-2.amazonses.com", "23.249.218.14"),
    ],
)
def test_outgoing_hosts_have_the_address_in_their_label_and_back(host, address):
    assert values(host, "A") == [address]
    assert permitted(address)
    assert values(".".join(reversed(address.split("."))) + ".in-addr.arpa", "PTR") == [host]


@pytest.mark.parametrize("label", ["a128-1", "c160-1", "a8-256", "a08-1", "b1-1", "f8-1", "a8", "a8-1-1"])
def test_a_label_of_no_outgoing_host_does_not_exist(label):
    assert own.records_at(f"{label}.smtp-out.amazonses.com") == ()


def test_every_outgoing_host_of_the_label_rule_is_in_the_spf_record():
    for (first, second), thirds in amazonses._NETWORKS.values():
        for third in thirds:
            assert permitted(f"{first}.{second}.{third}.0")


@pytest.mark.parametrize(
    ("name", "exists"),
    [
        ("com", True),
        ("amazonses.com", True),
        ("amazonaws.com", True),
        ("eu-west-1.amazonaws.com", True),
        ("_domainkey.amazonses.com", True),
        ("smtp-out.amazonses.com", True),
        ("smtp-out.eu-west-1.amazonses.com", True),
        ("_dmarc.amazonses.com", True),
        ("240.54.in-addr.arpa", True),
        ("8.240.54.in-addr.arpa", True),
        ("54.in-addr.arpa", True),
        ("19.8.240.54.in-addr.arpa", True),
        ("200.240.54.in-addr.arpa", False),
        ("10.in-addr.arpa", False),
        ("1.54.in-addr.arpa", False),
        ("1.19.8.240.54.in-addr.arpa", False),
        ("x.240.54.in-addr.arpa", False),
        ("nonsense.amazonses.com", False),
        ("feedback-smtp.amazonses.com", False),
        ("s3.amazonaws.com", False),
        ("example.com", False),
    ],
)
def test_names_exist_where_something_is_published_at_or_below_them(name, exists):
    assert own.exists_below(name) is exists


def test_amazons_names_are_told_from_others():
    assert owns("amazonses.com")
    assert owns("token.dkim.amazonses.com")
    assert owns("inbound-smtp.us-east-1.amazonaws.com")
    assert not owns("notamazonses.com")
    assert not owns("bucket.s3.amazonaws.com")
    assert not owns("mail.example.com")


def test_easy_dkim_points_to_the_zone_of_the_region():
    assert dkim_zone("us-east-1") == "dkim.amazonses.com"
    assert dkim_zone("ap-northeast-1") == "dkim.amazonses.com"
    assert dkim_zone("af-south-1") == "dkim.af-south-1.amazonses.com"


def test_an_inbound_host_is_of_its_region():
    assert inbound_host("eu-west-1") == "inbound-smtp.eu-west-1.amazonaws.com"
    assert region_of_inbound_host("Inbound-SMTP.eu-west-1.amazonaws.com.") == "eu-west-1"
    assert region_of_inbound_host(inbound_host("us-gov-west-1")) == "us-gov-west-1"


@pytest.mark.parametrize(
    "host", ["", "inbound-smtp.amazonaws.com", "inbound-smtp.x.amazonaws.com", "x.inbound-smtp.us-east-1.amazonaws.com"]
)
def test_other_hosts_are_of_none(host):
    assert region_of_inbound_host(host) is None
