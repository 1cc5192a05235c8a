"""Configuration sets: made, looked at, listed, deleted; and the default set of an identity. v1 and v2 on one state.

Source: API1/API2, events-and-api.md 3.5 and 7. Checks of a new set in the order name, tags, option blocks, already
there (observed second-hand). A set made by v1 publishes no reputation metrics (API1), one made by v2 does unless it is
told otherwise (observed second-hand). What the options do is in ``configuration_options``.
"""

from __future__ import annotations

import re
from dataclasses import replace

from emulator import errors
from emulator.documents.configuration_sets import ConfigurationSet
from emulator.errors import configuration_sets as set_errors
from emulator.ses import configuration_shapes as shapes
from emulator.ses import event_destination_shapes, lookup, paging, resources, tags, tenants
from emulator.ses.call import Call, Desk, Params, Result
from emulator.store.ports import Reader, Writer

_MOST = 10_000
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_NAME_LENGTH = 64
_PAGE = 50
_MOST_PAGE = 1000
_KIND = "configuration sets"
_FILTER = "CONFIGURATION_SET_NAME_CONTAINS"


# --- v1 -----------------------------------------------------------------------------------------


def create_configuration_set_v1(desk: Desk, call: Call, params: Params) -> Result:
    """A name and nothing else."""
    name = params["ConfigurationSet"]["Name"]
    require_name(name)
    with desk.store.write() as writer:
        _add(writer, ConfigurationSet(scope=call.scope, name=name, created_at=desk.clock.now()))
    return {}


def describe_configuration_set(desk: Desk, call: Call, params: Params) -> Result:
    """The name, and of the rest what ``ConfigurationSetAttributeNames`` asks for (observed)."""
    asked = params.get("ConfigurationSetAttributeNames", ())
    with desk.store.read() as reader:
        found = existing(reader, call, params["ConfigurationSetName"])
    result: Result = {"ConfigurationSet": {"Name": found.name}}
    if "eventDestinations" in asked:
        result["EventDestinations"] = [event_destination_shapes.told_v1(one) for one in found.destinations]
    if "trackingOptions" in asked and found.tracking is not None:
        result["TrackingOptions"] = {"CustomRedirectDomain": found.tracking.redirect_domain}
    if "deliveryOptions" in asked and found.delivery is not None and found.delivery.tls_policy is not None:
        result["DeliveryOptions"] = {"TlsPolicy": found.delivery.tls_policy.capitalize()}
    if "reputationOptions" in asked:
        reputation: Result = {
            "SendingEnabled": found.sending_enabled,
            "ReputationMetricsEnabled": found.reputation_metrics_enabled,
        }
        if found.last_fresh_start is not None:
            reputation["LastFreshStart"] = found.last_fresh_start
        result["ReputationOptions"] = reputation
    return result


def list_configuration_sets_v1(desk: Desk, call: Call, params: Params) -> Result:
    """By name, 50 a page unless 1 to 1 000 are asked for; any other size is served as 50 (observed)."""
    size = params.get("MaxItems", _PAGE)
    size = size if 1 <= size <= _MOST_PAGE else _PAGE
    token = params.get("NextToken")
    after = paging.begin(desk, call, _KIND, token, set_errors.invalid_v1_next_token(), empty_is_none=True)
    with desk.store.read() as reader:
        found = reader.list_documents(ConfigurationSet, call.scope, after=after, limit=size + 1)
    names = [one.name for one in found]
    return paging.told(desk, call, _KIND, "ConfigurationSets", [{"Name": name} for name in names], names, size)


# --- v2 -----------------------------------------------------------------------------------------


def create_configuration_set_v2(desk: Desk, call: Call, params: Params) -> Result:
    """With every option block and tags. ``ReputationOptions.LastFreshStart`` is told, never set (API2)."""
    name = params["ConfigurationSetName"]
    require_name(name)
    given = tags.given(params.get("Tags"))
    suppression = params.get("SuppressionOptions")
    reputation = params.get("ReputationOptions") or {}
    sending = params.get("SendingOptions")
    with desk.store.write() as writer:
        made = ConfigurationSet(
            scope=call.scope,
            name=name,
            created_at=desk.clock.now(),
            suppression=shapes.suppression_from(suppression) if suppression is not None else None,
            tracking=shapes.tracking_from(writer, call.scope, params.get("TrackingOptions") or {}),
            delivery=shapes.delivery_from(writer, call.scope, params.get("DeliveryOptions") or {}),
            vdm=shapes.vdm_from(params.get("VdmOptions") or {}),
            archive=(params.get("ArchivingOptions") or {}).get("ArchiveArn"),
            signing=shapes.signing_from(params.get("MessageSecurityOptions") or {}),
            sending_enabled=bool(sending.get("SendingEnabled", False)) if sending is not None else True,
            reputation_metrics_enabled=bool(reputation.get("ReputationMetricsEnabled", True)),
        )
        _add(writer, made)
        tags.attach(writer, call.scope, _part(name), given)
    return {}


def get_configuration_set(desk: Desk, call: Call, params: Params) -> Result:
    """Every block that was put, and the tags."""
    with desk.store.read() as reader:
        found = existing(reader, call, params["ConfigurationSetName"])
        given = tags.told(reader, call.scope, _part(found.name))
    return {"ConfigurationSetName": found.name, "Tags": given, **shapes.options_told(found)}


def list_configuration_sets_v2(desk: Desk, call: Call, params: Params) -> Result:
    """Names, ascending, 50 a page unless 1 to 1 000 are asked for. A filter finds a part of the name whatever its
    case; a token is bound to it (observed second-hand)."""
    size, token = params.get("PageSize", _PAGE), params.get("NextToken")
    if not 1 <= size <= _MOST_PAGE:
        raise set_errors.page_size_out_of_range()
    part = _filter(params.get("Filter") or {})
    kind = f"{_KIND} {part}" if part else _KIND
    after = paging.begin(desk, call, kind, token, set_errors.invalid_next_token(token or ""), empty_is_none=True)
    with desk.store.read() as reader:
        names = _names(reader, call, part, after, size + 1)
    return paging.told(desk, call, kind, "ConfigurationSets", names, names, size)


def put_email_identity_configuration_set_attributes(desk: Desk, call: Call, params: Params) -> Result:
    """The default set of an identity's mail; without a name it has none any longer."""
    name = params.get("ConfigurationSetName") or None
    identity = lookup.existing(desk, call, params["EmailIdentity"])
    with desk.store.write() as writer:
        if name is not None:
            existing(writer, call, name)
        current = writer.identity_for_update(call.scope, identity.name)
        if current is None:
            raise errors.email_identity_does_not_exist(params["EmailIdentity"])
        writer.save_identity(replace(current, configuration_set=name))
    return {}


# --- both ---------------------------------------------------------------------------------------


def delete_configuration_set(desk: Desk, call: Call, params: Params) -> Result:
    """With its destinations and tags. Identities keep it as their default, and their mail is refused from then on
    (events-and-api.md 3.3)."""
    name = params["ConfigurationSetName"]
    with desk.store.write() as writer:
        tenants.require_not_associated(writer, call.scope, _part(name))
        if not writer.delete_document(ConfigurationSet, call.scope, name):
            raise errors.configuration_set_does_not_exist(name)
        tags.drop(writer, call.scope, _part(name))
    return {}


# --- for the areas ------------------------------------------------------------------------------


def existing(reader: Reader, call: Call, name: str) -> ConfigurationSet:
    """The set of that name, or that it does not exist."""
    found = reader.document(ConfigurationSet, call.scope, name)
    if found is None:
        raise errors.configuration_set_does_not_exist(name)
    return found


def locked(writer: Writer, call: Call, name: str) -> ConfigurationSet:
    """As ``existing``, for whoever is about to change it."""
    found = writer.document_for_update(ConfigurationSet, call.scope, name)
    if found is None:
        raise errors.configuration_set_does_not_exist(name)
    return found


def require_name(name: str) -> None:
    """What a new set may be called."""
    if not name:
        raise set_errors.name_must_be_specified()
    if len(name) > _NAME_LENGTH:
        raise set_errors.name_too_long()
    if not _NAME.fullmatch(name):
        raise set_errors.invalid_name(name)


# --- inside -------------------------------------------------------------------------------------


def _add(writer: Writer, made: ConfigurationSet) -> None:
    if writer.document_for_update(ConfigurationSet, made.scope, made.name) is not None:
        raise set_errors.already_exists(made.name)
    if writer.count_documents(ConfigurationSet, made.scope) >= _MOST:
        raise set_errors.too_many_sets(_MOST)
    writer.save_document(made)


def _part(name: str) -> str:
    return resources.part(resources.CONFIGURATION_SET, name)


def _filter(given: Params) -> str:
    if not given:
        return ""
    if _FILTER not in given or len(given) > 1:
        raise errors.invalid_parameter(f"Invalid filter: only {_FILTER} is allowed.")
    part = str(given[_FILTER])
    if not 3 <= len(part) <= _NAME_LENGTH:
        raise set_errors.filter_out_of_range()
    return part.lower()


def _names(reader: Reader, call: Call, part: str, after: str | None, wanted: int) -> list[str]:
    found: list[str] = []
    while len(found) < wanted:
        some = reader.list_documents(ConfigurationSet, call.scope, after=after, limit=_MOST_PAGE + 1)
        found += [one.name for one in some if part in one.name.lower()]
        if len(some) <= _MOST_PAGE:
            break
        after = some[-1].name
    return found[:wanted]


V1 = {
    "CreateConfigurationSet": create_configuration_set_v1,
    "DescribeConfigurationSet": describe_configuration_set,
    "ListConfigurationSets": list_configuration_sets_v1,
    "DeleteConfigurationSet": delete_configuration_set,
}
V2 = {
    "CreateConfigurationSet": create_configuration_set_v2,
    "GetConfigurationSet": get_configuration_set,
    "ListConfigurationSets": list_configuration_sets_v2,
    "DeleteConfigurationSet": delete_configuration_set,
    "PutEmailIdentityConfigurationSetAttributes": put_email_identity_configuration_set_attributes,
}
