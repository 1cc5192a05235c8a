"""Which receipt rules a mail falls under, and which clients may send any.

Source: reference events-and-api.md 6.1 and 6.2 (documented). Decided here, since no source says it:

- Case never matters, of conditions and of recipients. Of domains it never does; SES is not known to part mailboxes by
  the case of their names, and hardly any host does.
- A label is what follows the first ``+`` of the local part. A condition with a label means that label and no other: a
  further ``+`` in it is part of it.
- A recipient is only ever matched at or below a verified domain: SES receives for no other. So a rule without
  recipients also means the subdomains (inferred).
- A filter's address is its first and only one; an IPv4 address that comes as IPv6 (``::ffff:192.0.2.1``) is IPv4. A
  client without a readable address falls under no filter.
- SES's own block list, which has the ranges of EC2 on it, is not known here: without filters everybody may send.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from emulator.documents.receipt import ReceiptFilter, ReceiptRule


def matching(
    rules: Sequence[ReceiptRule], recipients: Sequence[str], domains: Collection[str]
) -> list[tuple[ReceiptRule, tuple[str, ...]]]:
    """The rules that apply, in the order of ``rules``, each with the recipients it matched in the order of
    ``recipients`` and as they were written; a rule that is disabled or matches nobody is not among them.

    ``recipients`` are bare addresses of the envelope; ``domains`` the account's verified domains, lower case.
    """
    found = []
    received = [one for one in recipients if _is_in(_domain(one), domains)]
    for rule in rules:
        matched = tuple(one for one in received if _matches(rule, one)) if rule.enabled else ()
        if matched:
            found.append((rule, matched))
    return found


def allowed(filters: Iterable[ReceiptFilter], ip: str) -> bool:
    """Whether the client at ``ip`` may send: an Allow that covers its address overrides every Block."""
    try:
        client = _plain(ip_address(ip))
    except ValueError:
        return True
    policies = {one.policy for one in filters if _covers(one.cidr, client)}
    return "Allow" in policies or "Block" not in policies


def _is_in(domain: str, domains: Collection[str]) -> bool:
    """Whether it is one of ``domains`` or below one."""
    while domain:
        if domain in domains:
            return True
        domain = domain.partition(".")[2]
    return False


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _matches(rule: ReceiptRule, recipient: str) -> bool:
    return not rule.recipients or any(_meets(recipient.lower(), condition.lower()) for condition in rule.recipients)


def _meets(recipient: str, condition: str) -> bool:
    """Both are lower case."""
    local, _, domain = recipient.rpartition("@")
    if condition.startswith("."):
        return domain.endswith(condition)
    if "@" not in condition:
        return domain == condition
    return condition in (recipient, f"{local.partition('+')[0]}@{domain}")


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    return getattr(address, "ipv4_mapped", None) or address


def _covers(cidr: str, client: IPv4Address | IPv6Address) -> bool:
    """``cidr`` was checked when the filter was made; host bits in it do not matter."""
    network = ip_network(cidr, strict=False)
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped and network.prefixlen >= 96:
        network = ip_network((network.network_address.ipv4_mapped, network.prefixlen - 96))
    return client in network
