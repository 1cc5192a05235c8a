"""SES's side of the SMTP envelope: who the mail says it is from, and which host and address send it.

Source: reference sending.md 3.2 and 5.1 (observed in raw mails and the seed article).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

# Addresses seen sending for a region. Each lies within amazonses.com's published SPF ranges.
_SEEN = {
    "us-east-1": "54.240.8.19",
    "us-west-2": "54.240.27.27",
    "ap-northeast-1": "23.251.234.52",
    "ap-northeast-2": "76.223.177.2",
    "ap-south-1": "76.223.180.116",
    "ap-southeast-2": "69.169.232.7",
}
_POOL = {"54.240": "a", "69.169": "b", "76.223": "c", "23.249": "d", "23.251": "e"}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An MTA of SES: its IPv4 address and the name it gives in EHLO."""

    ip: str
    host: str


def mail_from_domain(region: str) -> str:
    """The domain of SES's own MAIL FROM: ``amazonses.com`` in us-east-1, ``<region>.amazonses.com`` elsewhere."""
    return "amazonses.com" if region == "us-east-1" else f"{region}.amazonses.com"


def mail_from(message_id: str, region: str, custom_domain: str | None) -> str:
    """The envelope sender, which carries the message id so that a bounce finds its message. ``custom_domain`` is the
    identity's MAIL FROM domain when that may be used."""
    return f"{message_id}@{custom_domain or mail_from_domain(region)}"


def outgoing(region: str) -> Outgoing:
    """The MTA that sends a region's mail; one a region, always the same.

    Where no address was seen, one is taken from 54.240.32.0 to 54.240.63.255, the upper half of SES's 54.240.0.0/18,
    which no sighting uses: third and fourth octet from the CRC-32 of the region's name (no real host is claimed).
    The host is named by the rule letter of the network, third octet, ``-``, fourth octet.
    """
    ip = _SEEN.get(region)
    if ip is None:
        digest = zlib.crc32(region.encode("utf-8", "replace"))
        ip = f"54.240.{32 + digest % 32}.{1 + digest // 32 % 254}"
    return outgoing_at(ip, region)


def outgoing_at(ip: str, region: str) -> Outgoing:
    """The MTA at an address of SES's networks, named as above."""
    first, second, third, fourth = ip.split(".")
    return Outgoing(ip, f"{_POOL[f'{first}.{second}']}{third}-{fourth}.smtp-out.{mail_from_domain(region)}")
