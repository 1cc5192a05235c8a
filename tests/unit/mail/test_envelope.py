"""envelope: MAIL FROM and the sending host by region."""

from __future__ import annotations

import ipaddress

import pytest

from emulator.mail.envelope import mail_from, mail_from_domain, outgoing

# amazonses.com's SPF networks in which the pools lie.
NETWORKS = [
    ipaddress.ip_network(network)
    for network in ("54.240.0.0/18", "69.169.224.0/20", "76.223.176.0/20", "23.251.224.0/19")
]


def test_mail_from_by_region() -> None:
    assert mail_from_domain("us-east-1") == "amazonses.com"
    assert mail_from("m", "us-east-1", None) == "m@amazonses.com"
    assert mail_from("m", "ap-northeast-1", None) == "m@ap-northeast-1.amazonses.com"
    assert mail_from("m", "ap-northeast-1", "mail.abashiri.domain") == "m@mail.abashiri.domain"


@pytest.mark.parametrize(
    ("region", "ip", "host"),
    [
        ("us-east-1", "54.240.8.19", "a8-19.smtp-out.amazonses.com"),
        ("us-west-2", "54.240.27.27", "a27-27.smtp-out.us-west-2.amazonses.com"),
        ("ap-northeast-1", "23.251.234.52", "e234-52.smtp-out.ap-northeast-1.amazonses.com"),
        ("ap-northeast-2", "76.223.177.2", "c177-2.smtp-out.ap-northeast-2.amazonses.com"),
        ("ap-southeast-2", "69.169.232.7", "b232-7.smtp-out.ap-southeast-2.amazonses.com"),
        ("ap-south-1", "76.223.180.116", "c180-116.smtp-out.ap-south-1.amazonses.com"),
    ],
)
def test_observed_hosts(region: str, ip: str, host: str) -> None:
    assert (outgoing(region).ip, outgoing(region).host) == (ip, host)


@pytest.mark.parametrize(
    "region", ["us-east-1", "us-east-2", "eu-west-1", "ap-northeast-1", "sa-east-1", "xx-made-up-9"]
)
def test_every_region_sends_from_an_address_that_spf_permits(region: str) -> None:
    mta = outgoing(region)
    assert any(ipaddress.ip_address(mta.ip) in network for network in NETWORKS)
    assert mta == outgoing(region)
    third, fourth = mta.ip.split(".")[2:]
    assert mta.host.partition(".")[0][1:] == f"{third}-{fourth}"
    assert mta.host.endswith(f".smtp-out.{mail_from_domain(region)}")
