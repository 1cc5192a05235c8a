"""Multi-region endpoints (v2): two regions behind one EndpointId, between which sends are divided.

An endpoint is CREATING for ten seconds of the emulator's clock (at SES some minutes), then READY. A deleted one is gone
at once: its last answer says DELETING. Sends by EndpointId go through ``routed``.

Source: API2 CreateMultiRegionEndpoint. It is managed in the region where it was created, and names one other region.
"""

from __future__ import annotations

from dataclasses import replace

from emulator import ids
from emulator.aws.sigv4 import is_region
from emulator.documents.multi_region_endpoints import EndpointId, MultiRegionEndpoint
from emulator.errors import invalid_next_token
from emulator.errors import tenants as errors
from emulator.ses import paging, resources, tags
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.values import Scope

_CREATING_SECONDS = 10.0
_PAGE = 1000
_KIND = "multi-region endpoints"


def create_multi_region_endpoint(desk: Desk, call: Call, params: Params) -> Result:
    """Its first region is the one that is asked."""
    name, given = params["EndpointName"], tags.given(params.get("Tags"))
    routes = params["Details"]["RoutesDetails"]
    if len(routes) != 1:
        raise errors.one_secondary_region()
    secondary, home = routes[0]["Region"], call.scope.region
    if secondary == home or not is_region(secondary):
        raise errors.invalid_secondary_region(secondary)
    now = desk.clock.now()
    with desk.store.write() as writer:
        if writer.document_for_update(MultiRegionEndpoint, call.scope, name) is not None:
            raise errors.endpoint_already_exists(name)
        endpoint = MultiRegionEndpoint(
            scope=call.scope,
            name=name,
            created_at=now,
            updated_at=now,
            id=ids.endpoint_id(),
            regions=(home, secondary),
        )
        writer.save_document(endpoint)
        writer.save_document(EndpointId(scope=_everywhere(call.scope), name=endpoint.id, home=home, endpoint=name))
        tags.attach(writer, call.scope, resources.part(resources.ENDPOINT, name), given)
    return {"Status": _status(desk, endpoint), "EndpointId": endpoint.id}


def get_multi_region_endpoint(desk: Desk, call: Call, params: Params) -> Result:
    """404 in every region but the one that it was created in."""
    name = params["EndpointName"]
    with desk.store.read() as reader:
        endpoint = reader.document(MultiRegionEndpoint, call.scope, name)
    if endpoint is None:
        raise errors.endpoint_does_not_exist(name)
    return {
        "EndpointName": endpoint.name,
        "EndpointId": endpoint.id,
        "Routes": [{"Region": region} for region in endpoint.regions],
        "Status": _status(desk, endpoint),
        "CreatedTimestamp": endpoint.created_at,
        "LastUpdatedTimestamp": _updated(desk, endpoint),
    }


def delete_multi_region_endpoint(desk: Desk, call: Call, params: Params) -> Result:
    """Its EndpointId leads nowhere from then on."""
    name = params["EndpointName"]
    with desk.store.write() as writer:
        endpoint = writer.document_for_update(MultiRegionEndpoint, call.scope, name)
        if endpoint is None:
            raise errors.endpoint_does_not_exist(name)
        writer.delete_document(EndpointId, _everywhere(call.scope), endpoint.id)
        writer.delete_document(MultiRegionEndpoint, call.scope, name)
        tags.drop(writer, call.scope, resources.part(resources.ENDPOINT, name))
    return {"Status": "DELETING"}


def list_multi_region_endpoints(desk: Desk, call: Call, params: Params) -> Result:
    """By name; those of the call's region."""
    size, token = params.get("PageSize", _PAGE), params.get("NextToken")
    after = paging.begin(desk, call, _KIND, token, invalid_next_token(token or ""))
    with desk.store.read() as reader:
        found = reader.list_documents(MultiRegionEndpoint, call.scope, after=after, limit=size + 1)
    told = [
        {
            "EndpointName": endpoint.name,
            "Status": _status(desk, endpoint),
            "EndpointId": endpoint.id,
            "Regions": list(endpoint.regions),
            "CreatedTimestamp": endpoint.created_at,
            "LastUpdatedTimestamp": _updated(desk, endpoint),
        }
        for endpoint in found
    ]
    return paging.told(desk, call, _KIND, "MultiRegionEndpoints", told, [one.name for one in found], size)


def routed(desk: Desk, call: Call, endpoint_id: str) -> Call:
    """The call as it is made in one of the endpoint's regions, each as likely as the other: everything that it touches,
    identities and quota too, is that region's. Raises when the endpoint is not the account's, or not ready yet."""
    with desk.store.read() as reader:
        known = reader.document(EndpointId, _everywhere(call.scope), endpoint_id)
        home = Scope(call.scope.account, known.home) if known is not None else call.scope
        endpoint = reader.document(MultiRegionEndpoint, home, known.endpoint) if known is not None else None
    if endpoint is None:
        raise errors.endpoint_does_not_exist(endpoint_id)
    if _status(desk, endpoint) != "READY":
        raise errors.endpoint_not_ready(endpoint_id)
    region = endpoint.regions[int(ids.chance() * len(endpoint.regions))]
    return replace(call, scope=Scope(call.scope.account, region))


def _everywhere(scope: Scope) -> Scope:
    return Scope(scope.account, "")


def _status(desk: Desk, endpoint: MultiRegionEndpoint) -> str:
    return "READY" if desk.clock.now() >= endpoint.created_at + _CREATING_SECONDS else "CREATING"


def _updated(desk: Desk, endpoint: MultiRegionEndpoint) -> float:
    return min(endpoint.created_at + _CREATING_SECONDS, max(desk.clock.now(), endpoint.created_at))


V1: dict[str, Operation] = {}
V2 = {
    "CreateMultiRegionEndpoint": create_multi_region_endpoint,
    "GetMultiRegionEndpoint": get_multi_region_endpoint,
    "DeleteMultiRegionEndpoint": delete_multi_region_endpoint,
    "ListMultiRegionEndpoints": list_multi_region_endpoints,
}
