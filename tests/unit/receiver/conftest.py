"""The article's world in small: two keys, a zone in a dict, a signer that is dkimpy's own, and SES's envelopes."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from emulator.values import DnsAnswer, Envelope

MESSAGE_ID = "010601784f9c3ed5-ddead627-524f-4ddc-811a-72c7ec0e4361-000000"
CLIENT = "23.251.234.52"
HELO = "e234-52.smtp-out.ap-northeast-1.amazonses.com"
OWN_SELECTOR = "v6kujqg4djqddwddiwtgjhbw2xr4w4da"
SES_SELECTOR = "zh4gjftm6etwoq6afzugpky45synznly"
NOW = 1616242393.0
MAIL = (
    b"From: mail@abashiri.domain\r\n"
    b"To: someone@example.com\r\n"
    b"Subject: test-subject\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=UTF-8\r\n"
    b"Content-Transfer-Encoding: 7bit\r\n"
    b"Message-ID: <" + MESSAGE_ID.encode() + b"@ap-northeast-1.amazonses.com>\r\n"
    b"Date: Sat, 20 Mar 2021 12:13:13 +0000\r\n"
    b"\r\n"
    b"test-body\r\n"
)


@dataclass
class Zone:
    """A resolver over ``(name, type) -> values``. A name with any type exists; ``failing`` names get that status."""

    records: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    failing: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def query(self, name: str, type: str) -> DnsAnswer:
        name = name.rstrip(".").lower()
        self.asked.append((name, type))
        if name in self.failing:
            return DnsAnswer(self.failing[name])
        values = self.records.get((name, type))
        if values is not None:
            return DnsAnswer("NOERROR", values)
        known = any(owner == name for owner, _ in self.records)
        return DnsAnswer("NOERROR" if known else "NXDOMAIN")

    def txt(self, name: str, *values: str) -> None:
        self.records[(name, "TXT")] = values

    def remove(self, name: str) -> None:
        for key in [key for key in self.records if key[0] == name]:
            del self.records[key]


@dataclass(frozen=True)
class Key:
    pem: bytes
    record: str


def make_key(bits: int) -> Key:
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Key(pem, f"p={base64.b64encode(public).decode()}")


@pytest.fixture(scope="session")
def own_key() -> Key:
    return make_key(2048)


@pytest.fixture(scope="session")
def ses_key() -> Key:
    return make_key(1024)


@pytest.fixture(scope="session")
def new_key() -> Callable[[int], Key]:
    return make_key


@pytest.fixture
def zone(own_key: Key, ses_key: Key) -> Zone:
    """The article's records, without DMARC."""
    zone = Zone()
    zone.txt(f"{OWN_SELECTOR}._domainkey.abashiri.domain", own_key.record)
    zone.txt(f"{SES_SELECTOR}._domainkey.amazonses.com", ses_key.record)
    zone.txt("mail.abashiri.domain", "v=spf1 include:amazonses.com ~all")
    zone.txt("ap-northeast-1.amazonses.com", "v=spf1 include:amazonses.com -all")
    zone.txt("amazonses.com", "v=spf1 ip4:199.255.192.0/22 ip4:54.240.0.0/18 ip4:23.251.224.0/19 -all")
    return zone


@pytest.fixture
def make_zone() -> Callable[[Mapping[tuple[str, str], tuple[str, ...]]], Zone]:
    return lambda records: Zone(dict(records))


@pytest.fixture
def sign(own_key: Key, ses_key: Key) -> Callable[..., bytes]:
    """Puts SES's signatures above a mail: the domain's (if ``own``), then amazonses.com's (if ``ses``)."""

    def put(mail: bytes = MAIL, own: bool = True, ses: bool = True) -> bytes:
        names = [b"from", b"to", b"subject", b"mime-version", b"content-type", b"message-id", b"date"]
        signatures = b""
        if own:
            signatures += dkim.sign(
                mail, OWN_SELECTOR.encode(), b"abashiri.domain", own_key.pem, include_headers=list(names)
            )
        if ses:
            signatures += dkim.sign(
                mail, SES_SELECTOR.encode(), b"amazonses.com", ses_key.pem, include_headers=list(names)
            )
        return signatures + mail

    return put


@pytest.fixture
def custom() -> Envelope:
    """The envelope with the custom MAIL FROM."""
    return Envelope(f"{MESSAGE_ID}@mail.abashiri.domain", ("someone@example.com",), CLIENT, HELO)


@pytest.fixture
def default() -> Envelope:
    """SES's own envelope."""
    return Envelope(f"{MESSAGE_ID}@ap-northeast-1.amazonses.com", ("someone@example.com",), CLIENT, HELO)
