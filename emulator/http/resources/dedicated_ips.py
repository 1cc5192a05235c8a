"""``/dedicated-ips``: addresses leased and given back, which at SES the console and Support do."""

from __future__ import annotations

from typing import Annotated, NotRequired, TypedDict

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import BadRequest, NotFound

from emulator.aws.sigv4 import is_region
from emulator.documents.dedicated_ips import DEFAULT_POOL, MANAGED, DedicatedIp, DedicatedIpPool
from emulator.http import asked
from emulator.http.described import SCOPE, Described
from emulator.http.inspection import Inspection
from emulator.post import dedicated_ips
from emulator.store.ports import Reader
from emulator.values import Scope


class AddressToLease(TypedDict):
    """Where the address goes: a standard pool that is there."""

    pool: NotRequired[Annotated[str, ("examples", (DEFAULT_POOL,))]]


class LeasedAddress(TypedDict):
    ip: str
    pool: str


_IP = (("ip", "a leased address", "23.249.210.7"),)


def add_to(api: Blueprint, inspection: Inspection) -> None:
    """Adds the paths to the blueprint."""

    @api.post("/dedicated-ips")
    @Described(LeasedAddress, parameters=SCOPE, body=AddressToLease, errors=(400,))
    def lease() -> Response:
        """Lease a dedicated IP, as in the console of SES."""
        scope = asked.scope()
        asked.account_number(scope.account)
        if not is_region(scope.region):
            raise BadRequest("region must be one like us-east-1.")
        pool = asked.json_object().get("pool", DEFAULT_POOL)
        if not isinstance(pool, str):
            raise BadRequest("pool must be the name of a pool.")
        with inspection.store.write() as writer:
            if not _is_standard(writer, scope, pool):
                raise BadRequest(f"There is no standard pool {pool:.64} in this account and region.")
            address = dedicated_ips.lease(writer, scope, pool, inspection.clock.now())
        if address is None:
            raise BadRequest(f"An account has at most {dedicated_ips.MOST_ADDRESSES} dedicated IPs in a region.")
        return jsonify(ip=address.name, pool=address.pool)

    @api.delete("/dedicated-ips/<ip>")
    @Described(LeasedAddress, parameters=SCOPE, variables=_IP, errors=(400, 404))
    def give_back(ip: str) -> Response:
        """Give a dedicated IP back."""
        scope = asked.scope()
        with inspection.store.write() as writer:
            address = writer.document_for_update(DedicatedIp, scope, ip)
            if address is None:
                raise NotFound(f"There is no dedicated IP {ip:.64} in this account and region.")
            writer.delete_document(DedicatedIp, scope, ip)
        return jsonify(ip=address.name, pool=address.pool)


def _is_standard(reader: Reader, scope: Scope, name: str) -> bool:
    if name == DEFAULT_POOL:
        return True
    pool = reader.document(DedicatedIpPool, scope, name)
    return pool is not None and pool.scaling_mode != MANAGED
