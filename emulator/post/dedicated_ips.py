"""Dedicated addresses: leased, warmed up by the clock, chosen for a mail, given back.

At SES addresses are leased in the console or through Support, and no API does it; here the inspection API does. They
are taken from 23.249.208.0/20, which amazonses.com's SPF record lets send and which no shared address of ours is in.

Warm-up (Developer Guide, "Warming up dedicated IP addresses"): 45 days from 0 to 100 percent, here in a straight line,
while automatic warm-up is on for the account when the address is leased; else it carries everything at once. Until
100 percent are reached the share that is left goes through shared addresses. Addresses of a MANAGED pool carry all.
"""

from __future__ import annotations

from emulator import ids
from emulator.documents.account_attributes import ACCOUNT, AccountAttributes
from emulator.documents.dedicated_ips import DEFAULT_POOL, MANAGED, DedicatedIp, DedicatedIpPool
from emulator.mail.envelope import Outgoing, outgoing, outgoing_at
from emulator.store.ports import Reader, Writer
from emulator.values import Scope

# A configuration set that names it sends through shared addresses (API2 DeliveryOptions).
SHARED_POOL = "ses-shared-pool"
_WARMUP_SECONDS = 45 * 86400.0
_FIRST, _THIRDS, _FOURTHS = "23.249", (208, 224), (1, 255)
MOST_ADDRESSES = 100


def pool_exists(reader: Reader, scope: Scope, name: str) -> bool:
    """Whether mail may be sent through it: the two pools that SES makes are always there."""
    return name in (DEFAULT_POOL, SHARED_POOL) or reader.document(DedicatedIpPool, scope, name) is not None


def lease(writer: Writer, scope: Scope, pool: str, now: float) -> DedicatedIp | None:
    """One more address for the account, in ``pool``; None when it has as many as it can get."""
    known = {one.name for one in writer.list_documents(DedicatedIp, scope)}
    if len(known) >= MOST_ADDRESSES:
        return None
    ip = next(iter(known), "")
    while not ip or ip in known:
        ip = f"{_FIRST}.{_between(*_THIRDS)}.{_between(*_FOURTHS)}"
    attributes = writer.document(AccountAttributes, scope, ACCOUNT) or AccountAttributes(scope=scope)
    warming = attributes.dedicated_ip_auto_warmup
    address = DedicatedIp(
        scope=scope,
        name=ip,
        created_at=now,
        updated_at=now,
        pool=pool,
        warmup=0 if warming else 100,
        warmup_at=now,
        warming=warming,
    )
    writer.save_document(address)
    return address


def warmup(address: DedicatedIp, now: float) -> int:
    """Percent, 0 to 100, at ``now``."""
    if not address.warming:
        return address.warmup
    grown = max(0.0, now - address.warmup_at) / _WARMUP_SECONDS * 100
    return min(100, int(address.warmup + grown))


def outgoing_of(reader: Reader, scope: Scope, pool: str | None, now: float) -> Outgoing:
    """The MTA for a mail whose configuration set names ``pool`` (None: it names none). A pool without addresses, and
    the share that an address is not warm enough for, go through the region's shared address."""
    shared = outgoing(scope.region)
    if pool is None or pool == SHARED_POOL:
        return shared
    addresses = [one for one in reader.list_documents(DedicatedIp, scope) if one.pool == pool]
    if not addresses:
        return shared
    address = addresses[int(ids.chance() * len(addresses))]
    known = reader.document(DedicatedIpPool, scope, pool)
    if (known is None or known.scaling_mode != MANAGED) and ids.chance() * 100 >= warmup(address, now):
        return shared
    return outgoing_at(address.name, scope.region)


def _between(least: int, below: int) -> int:
    return least + int(ids.chance() * (below - least))
