"""Dedicated IPs and their pools (v2). How they are leased, warmed up and chosen is in ``post/dedicated_ips.py``.

Source: API2, events-and-api.md 7. A MANAGED pool has an address of its own from the start, which SES at its own time
would lease with the first mail; it goes when the pool does. The addresses of a STANDARD pool that is deleted go back
to the default pool, which is told where an address is in it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from emulator.documents.dedicated_ips import DEFAULT_POOL, MANAGED, STANDARD, DedicatedIp, DedicatedIpPool
from emulator.errors import dedicated_ips as errors
from emulator.post import dedicated_ips
from emulator.ses import paging, resources, tags
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.store.ports import Reader, Writer

_MOST_POOLS = 50
_PAGE = 1000
_MODES = (STANDARD, MANAGED)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_POOLS = "dedicated IP pools"
_ADDRESSES = "dedicated IPs"


# --- pools --------------------------------------------------------------------------------------


def create_dedicated_ip_pool(desk: Desk, call: Call, params: Params) -> Result:
    """STANDARD unless it is to be MANAGED."""
    name, mode, given = params["PoolName"], params.get("ScalingMode", STANDARD), tags.given(params.get("Tags"))
    if mode not in _MODES:
        raise errors.invalid_scaling_mode()
    if not _NAME.fullmatch(name):
        raise errors.invalid_pool_name(name)
    now = desk.clock.now()
    with desk.store.write() as writer:
        known = writer.document_for_update(DedicatedIpPool, call.scope, name)
        if known is not None or dedicated_ips.pool_exists(writer, call.scope, name):
            raise errors.pool_already_exists(name)
        if writer.count_documents(DedicatedIpPool, call.scope) >= _MOST_POOLS:
            raise errors.too_many_pools(_MOST_POOLS)
        writer.save_document(DedicatedIpPool(scope=call.scope, name=name, created_at=now, scaling_mode=mode))
        tags.attach(writer, call.scope, resources.part(resources.DEDICATED_IP_POOL, name), given)
        if mode == MANAGED:
            dedicated_ips.lease(writer, call.scope, name, now)
    return {}


def get_dedicated_ip_pool(desk: Desk, call: Call, params: Params) -> Result:
    """The default pool is STANDARD."""
    with desk.store.read() as reader:
        pool = _pool(reader, call, params["PoolName"])
    return {"DedicatedIpPool": {"PoolName": pool.name, "ScalingMode": pool.scaling_mode}}


def list_dedicated_ip_pools(desk: Desk, call: Call, params: Params) -> Result:
    """By name; the default pool when an address is in it."""
    size, after = _page_asked(desk, call, params, _POOLS)
    with desk.store.read() as reader:
        names = [pool.name for pool in reader.list_documents(DedicatedIpPool, call.scope)]
        if any(one.pool == DEFAULT_POOL for one in reader.list_documents(DedicatedIp, call.scope)):
            names.append(DEFAULT_POOL)
    names = sorted(name for name in names if after is None or name > after)
    return paging.told(desk, call, _POOLS, "DedicatedIpPools", names[:size], names, size)


def delete_dedicated_ip_pool(desk: Desk, call: Call, params: Params) -> Result:
    """The addresses of a STANDARD pool go to the default pool, a MANAGED pool's with it."""
    name, now = params["PoolName"], desk.clock.now()
    with desk.store.write() as writer:
        pool = _locked_pool(writer, call, name)
        for address in _addresses_in(writer, call, name):
            if pool.scaling_mode == MANAGED:
                writer.delete_document(DedicatedIp, call.scope, address.name)
            else:
                writer.save_document(replace(address, pool=DEFAULT_POOL, updated_at=now))
        writer.delete_document(DedicatedIpPool, call.scope, name)
        tags.drop(writer, call.scope, resources.part(resources.DEDICATED_IP_POOL, name))
    return {}


def put_dedicated_ip_pool_scaling_attributes(desk: Desk, call: Call, params: Params) -> Result:
    """MANAGED is for good (API2). The addresses that are in the pool become SES's to manage."""
    name, mode, now = params["PoolName"], params["ScalingMode"], desk.clock.now()
    if mode not in _MODES:
        raise errors.invalid_scaling_mode()
    with desk.store.write() as writer:
        pool = _locked_pool(writer, call, name)
        if pool.scaling_mode == MANAGED and mode == STANDARD:
            raise errors.invalid_scaling_mode()
        writer.save_document(replace(pool, scaling_mode=mode, updated_at=now))
        if mode == MANAGED and not _addresses_in(writer, call, name):
            dedicated_ips.lease(writer, call.scope, name, now)
    return {}


# --- addresses ----------------------------------------------------------------------------------


def put_dedicated_ip_in_pool(desk: Desk, call: Call, params: Params) -> Result:
    """Between STANDARD pools; the default pool is one of them."""
    ip, destination = params["Ip"], params["DestinationPoolName"]
    if not destination.strip():
        raise errors.pool_name_blank()
    with desk.store.write() as writer:
        address = _locked_address(writer, call, ip)
        if _pool(writer, call, destination).scaling_mode == MANAGED:
            raise errors.pool_is_managed(destination)
        if _is_managed(writer, call, address):
            raise errors.managed_ip(ip)
        writer.save_document(replace(address, pool=destination, updated_at=desk.clock.now()))
    return {}


def put_dedicated_ip_warmup_attributes(desk: Desk, call: Call, params: Params) -> Result:
    """Sets how far it is; below 100 it goes on warming up from there."""
    ip, percentage, now = params["Ip"], params["WarmupPercentage"], desk.clock.now()
    if not 0 <= percentage <= 100:
        raise errors.invalid_warmup_percentage()
    with desk.store.write() as writer:
        address = _locked_address(writer, call, ip)
        if _is_managed(writer, call, address):
            raise errors.managed_ip(ip)
        writer.save_document(
            replace(address, warmup=percentage, warmup_at=now, warming=percentage < 100, updated_at=now)
        )
    return {}


def get_dedicated_ip(desk: Desk, call: Call, params: Params) -> Result:
    with desk.store.read() as reader:
        address = reader.document(DedicatedIp, call.scope, params["Ip"])
        if address is None:
            raise errors.ip_does_not_exist(params["Ip"])
        return {"DedicatedIp": _told(address, _is_managed(reader, call, address), desk.clock.now())}


def get_dedicated_ips(desk: Desk, call: Call, params: Params) -> Result:
    """By address as text; those of a pool when one is named."""
    size, after = _page_asked(desk, call, params, _ADDRESSES)
    pool, now = params.get("PoolName"), desk.clock.now()
    with desk.store.read() as reader:
        if pool is not None:
            _pool(reader, call, pool)
        found = [
            one
            for one in reader.list_documents(DedicatedIp, call.scope, after=after)
            if pool is None or one.pool == pool
        ]
        told = [_told(one, _is_managed(reader, call, one), now) for one in found[:size]]
    return paging.told(desk, call, _ADDRESSES, "DedicatedIps", told, [one.name for one in found], size)


# --- inside -------------------------------------------------------------------------------------


def _page_asked(desk: Desk, call: Call, params: Params, kind: str) -> tuple[int, str | None]:
    return paging.asked(
        desk,
        call,
        params,
        kind,
        default=_PAGE,
        bad_size=errors.page_size_out_of_range(_PAGE),
        bad_token=errors.invalid_page_token(),
        empty_is_none=True,
    )


def _pool(reader: Reader, call: Call, name: str) -> DedicatedIpPool:
    if name == DEFAULT_POOL:
        return DedicatedIpPool(scope=call.scope, name=DEFAULT_POOL)
    pool = reader.document(DedicatedIpPool, call.scope, name)
    if pool is None:
        raise errors.pool_does_not_exist(name)
    return pool


def _locked_pool(writer: Writer, call: Call, name: str) -> DedicatedIpPool:
    if name == DEFAULT_POOL:
        raise errors.default_pool_stays()
    pool = writer.document_for_update(DedicatedIpPool, call.scope, name)
    if pool is None:
        raise errors.pool_does_not_exist(name)
    return pool


def _locked_address(writer: Writer, call: Call, ip: str) -> DedicatedIp:
    address = writer.document_for_update(DedicatedIp, call.scope, ip)
    if address is None:
        raise errors.ip_does_not_exist(ip)
    return address


def _addresses_in(reader: Reader, call: Call, pool: str) -> list[DedicatedIp]:
    return [one for one in reader.list_documents(DedicatedIp, call.scope) if one.pool == pool]


def _is_managed(reader: Reader, call: Call, address: DedicatedIp) -> bool:
    pool = reader.document(DedicatedIpPool, call.scope, address.pool)
    return pool is not None and pool.scaling_mode == MANAGED


def _told(address: DedicatedIp, managed: bool, now: float) -> Result:
    percentage = dedicated_ips.warmup(address, now)
    status = "NOT_APPLICABLE" if managed else "DONE" if percentage >= 100 else "IN_PROGRESS"
    return {
        "Ip": address.name,
        "WarmupStatus": status,
        "WarmupPercentage": -1 if managed else percentage,
        "PoolName": address.pool,
    }


V1: dict[str, Operation] = {}
V2 = {
    "CreateDedicatedIpPool": create_dedicated_ip_pool,
    "GetDedicatedIpPool": get_dedicated_ip_pool,
    "ListDedicatedIpPools": list_dedicated_ip_pools,
    "DeleteDedicatedIpPool": delete_dedicated_ip_pool,
    "PutDedicatedIpPoolScalingAttributes": put_dedicated_ip_pool_scaling_attributes,
    "PutDedicatedIpInPool": put_dedicated_ip_in_pool,
    "PutDedicatedIpWarmupAttributes": put_dedicated_ip_warmup_attributes,
    "GetDedicatedIp": get_dedicated_ip,
    "GetDedicatedIps": get_dedicated_ips,
}
