"""What Amazon itself publishes for SES: the names under amazonses.com, and the inbound hosts under amazonaws.com.

Nothing is listed or stored: a name is answered by the rule that SES names things by, so every region is there at
no cost. The keys behind Easy DKIM tokens are not here; they belong to identities and live in the store.

Sources: reference sending.md 3.2 (host labels), 4.2 (selectors), 4.3 (zones), 5.1 (MAIL FROM); the SPF text and its
ttl as answered in public in 2025. Decided here, because no source shows them: ``_dmarc.amazonses.com``, the MX of
amazonses.com itself, and the addresses of the hosts that take mail, which are this machine's so that nothing under
test can reach the real ones. Only a region's newest selector is published, since only with that one is signed.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from emulator.values import Record

DOMAIN = "amazonses.com"

SPF = (
    "v=spf1 ip4:199.255.192.0/22 ip4:199.127.232.0/22 ip4:54.240.0.0/18 ip4:69.169.224.0/20 ip4:23.249.208.0/20 "
    "ip4:23.251.224.0/19 ip4:76.223.176.0/20 ip4:54.240.64.0/18 ip4:76.223.128.0/19 ip4:216.221.160.0/19 "
    "ip4:206.55.144.0/20 ip4:24.110.64.0/18 -all"
)
_DMARC = "v=DMARC1; p=quarantine"
_TTL = 900

_SELECTORS = {
    "us-east-1": "224i4yxa5dv7c2xz3womw6peuasteono",
    "us-west-2": "gdwg2y3kokkkj5a55z2ilkup5wp5hhxx",
    "eu-west-1": "uku4taia5b5tsbglxyj6zym32efj7xqv",
    "ap-northeast-1": "zh4gjftm6etwoq6afzugpky45synznly",
    "ap-northeast-2": "cwxpcqz2jsbnzswvvpljj7cdg74la37w",
    "ap-southeast-2": "ulrbq2zjesb42hdt6rpnifgor3epinsy",
    "ap-south-1": "zpkik46mrueu52d3326ufxxchortqmoc",
}
_REGION_OF_SELECTOR = {selector: region for region, selector in _SELECTORS.items()}

_OWN_DKIM_ZONE = frozenset(
    {
        "af-south-1",
        "ap-northeast-3",
        "ap-south-2",
        "ap-southeast-3",
        "ap-southeast-5",
        "ca-west-1",
        "eu-central-2",
        "eu-south-1",
        "il-central-1",
        "me-central-1",
        "us-gov-east-1",
    }
)

# Letter of an outgoing host -> its first two octets, and the third ones that the SPF record lets send.
_NETWORKS = {
    "a": ((54, 240), (*range(0, 128),)),
    "b": ((69, 169), (*range(224, 240),)),
    "c": ((76, 223), (*range(128, 160), *range(176, 192))),
    "d": ((23, 249), (*range(208, 224),)),
    "e": ((23, 251), (*range(224, 256),)),
}
_LETTER_OF_NETWORK = {network: (letter, thirds) for letter, (network, thirds) in _NETWORKS.items()}

# Region of an address, where mail from it was seen: the PTR needs it, and the address alone does not tell.
_SEEN_POOLS = {
    (54, 240, 27): "us-west-2",
    (69, 169, 232): "ap-southeast-2",
    (76, 223, 177): "ap-northeast-2",
    (76, 223, 180): "ap-south-1",
    (23, 249, 218): "eu-west-2",
    (23, 251, 234): "ap-northeast-1",
}

_REGION_TEXT = r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}"
_REGION = re.compile(_REGION_TEXT)
_HOST = re.compile(rf"([a-e])([0-9]{{1,3}})-([0-9]{{1,3}})\.smtp-out(?:\.{_REGION_TEXT})?")
_HOSTS = re.compile(rf"smtp-out(?:\.{_REGION_TEXT})?")
_INBOUND = re.compile(rf"inbound-smtp\.({_REGION_TEXT})\.amazonaws\.com")
_PARENTS_OF_INBOUND = re.compile(rf"(?:{_REGION_TEXT}\.)?amazonaws\.com")


def selector(region: str) -> str:
    """The selector of amazonses.com's signature in ``region``: the newest one seen there, save that ap-northeast-1
    keeps the article's. Where none was seen: the region's name, filled up with dots to 20 characters, in base32."""
    seen = _SELECTORS.get(region)
    if seen is not None:
        return seen
    return base64.b32encode(region.encode("ascii", "replace")[:20].ljust(20, b".")).decode("ascii").lower()


def dkim_zone(region: str) -> str:
    """Where Easy DKIM's CNAMEs of ``region`` point (v2 SigningHostedZone)."""
    return f"dkim.{region}.{DOMAIN}" if region in _OWN_DKIM_ZONE else f"dkim.{DOMAIN}"


def inbound_host(region: str) -> str:
    """The host that takes mail for customers of ``region``: what they have as MX (documented)."""
    return f"inbound-smtp.{region}.amazonaws.com"


def region_of_inbound_host(host: str) -> str | None:
    """The region for whose customers ``host`` takes mail, in any case and with or without a final dot; None: it is no
    such host."""
    found = _INBOUND.fullmatch(host.lower().removesuffix("."))
    return found[1] if found is not None else None


def owns(name: str) -> bool:
    """Whether only Amazon may publish at ``name``: amazonses.com with all below it, and the inbound hosts."""
    return name == DOMAIN or name.endswith("." + DOMAIN) or _INBOUND.fullmatch(name) is not None


def own_records(public_key: str, mail_host: str = "127.0.0.1") -> OwnRecords:
    """``public_key``: base64 SPKI of the key that signs for amazonses.com. ``mail_host``: the IPv4 address given to
    ``feedback-smtp.<region>.amazonses.com`` and ``inbound-smtp.<region>.amazonaws.com``."""
    return OwnRecords(public_key, mail_host)


@dataclass(frozen=True, slots=True)
class OwnRecords:
    """SES's own part of the world, with the same two questions that the store answers for the rest of it."""

    public_key: str
    mail_host: str

    def records_at(self, name: str) -> tuple[Record, ...]:
        if name == DOMAIN:
            return (_txt(name, SPF), _mx(name, "us-east-1"))
        if name.endswith("." + DOMAIN):
            return self._below_domain(name, name[: -len(DOMAIN) - 1])
        if _INBOUND.fullmatch(name):
            return (_record(name, "A", self.mail_host),)
        if name.endswith(".in-addr.arpa"):
            return _reverse(name)
        return ()

    def _below_domain(self, name: str, below: str) -> tuple[Record, ...]:
        first, _, rest = below.partition(".")
        if not rest:
            if below == "_dmarc":
                return (_txt(name, _DMARC),)
            if _REGION.fullmatch(below):
                return (_txt(name, f"v=spf1 include:{DOMAIN} -all"), _mx(name, below))
        elif rest == "_domainkey":
            return (_txt(name, f"p={self.public_key}"),) if _is_selector(first) else ()
        elif first == "feedback-smtp":
            return (_record(name, "A", self.mail_host),) if _REGION.fullmatch(rest) else ()
        elif host := _HOST.fullmatch(below):
            address = _address(host[1], host[2], host[3])
            return (_record(name, "A", address),) if address else ()
        return ()

    def exists_below(self, name: str) -> bool:
        """Whether Amazon publishes at or below ``name`` (names that only lead to others included)."""
        if name in ("com", "arpa", "in-addr.arpa", f"_domainkey.{DOMAIN}"):
            return True
        if self.records_at(name) or _PARENTS_OF_INBOUND.fullmatch(name):
            return True
        if name.endswith("." + DOMAIN):
            return _HOSTS.fullmatch(name[: -len(DOMAIN) - 1]) is not None
        return name.endswith(".in-addr.arpa") and _leads_to_reverse(name)


def _record(name: str, type: str, value: str) -> Record:
    return Record(name, type, value, _TTL, "ses")


def _txt(name: str, text: str) -> Record:
    return _record(name, "TXT", text)


def _mx(name: str, region: str) -> Record:
    return _record(name, "MX", f"10 feedback-smtp.{region}.{DOMAIN}")


def _is_selector(label: str) -> bool:
    """Whether some region signs with ``label``: ``selector`` turned round."""
    if label in _REGION_OF_SELECTOR:
        return True
    try:
        region = base64.b32decode(label.upper()).decode("ascii").rstrip(".")
    except (binascii.Error, UnicodeError, ValueError):
        return False
    return _REGION.fullmatch(region) is not None and selector(region) == label


def _octet(text: str) -> int | None:
    """0 to 255 without leading zeros, or None."""
    return int(text) if text.isascii() and text.isdigit() and str(int(text)) == text and int(text) < 256 else None


def _address(letter: str, third: str, fourth: str) -> str | None:
    """Host label rule: letter for the first two octets, then the other two."""
    network, thirds = _NETWORKS[letter]
    c, d = _octet(third), _octet(fourth)
    if c not in thirds or d is None:
        return None
    return f"{network[0]}.{network[1]}.{c}.{d}"


def _reverse_octets(name: str) -> list[int] | None:
    """``8.240.54.in-addr.arpa`` -> [54, 240, 8]; None when it is not that form."""
    octets = [_octet(label) for label in reversed(name.removesuffix(".in-addr.arpa").split("."))]
    known = [octet for octet in octets if octet is not None]
    return known if len(known) == len(octets) <= 4 else None


def _reverse(name: str) -> tuple[Record, ...]:
    octets = _reverse_octets(name)
    if octets is None or len(octets) != 4:
        return ()
    a, b, c, d = octets
    letter, thirds = _LETTER_OF_NETWORK.get((a, b), ("", ()))
    if c not in thirds:
        return ()
    region = _SEEN_POOLS.get((a, b, c))
    zone = f"{region}.{DOMAIN}" if region else DOMAIN
    return (_record(name, "PTR", f"{letter}{c}-{d}.smtp-out.{zone}"),)


def _leads_to_reverse(name: str) -> bool:
    octets = _reverse_octets(name)
    if octets is None:
        return False
    if len(octets) == 1:
        return any(network[0] == octets[0] for network, _ in _NETWORKS.values())
    network = _LETTER_OF_NETWORK.get((octets[0], octets[1]))
    return network is not None and (len(octets) == 2 or octets[2] in network[1])
