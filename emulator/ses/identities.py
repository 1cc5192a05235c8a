"""Identities: ask for verification, look at it, list, delete. v1 and v2 on the same state.

Source: API1/API2, reference sending.md 6 and events-and-api.md 7 (paging, messages).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from emulator import errors
from emulator.policy.identity_names import domain_name, email_address, identity_kind
from emulator.ses import dkim, lookup, mail_from, paging, states
from emulator.ses.call import Call, Desk, Params, Result
from emulator.values import Identity, IdentityKind, Status

_PAGE_MAX = 1000
_V2_PAGE = 25
_PART, _TYPE, _STATUS = "IDENTITY_NAME_CONTAINS", "IDENTITY_TYPE", "VERIFICATION_STATUS"
# Identities of the type MANAGED_DOMAIN are AWS's own to make: there are none here.
_FILTERED = {
    _TYPE: (*(kind.value for kind in IdentityKind), "MANAGED_DOMAIN"),
    _STATUS: tuple(status.value for status in Status),
}
_V1_KINDS = {"EmailAddress": IdentityKind.EMAIL_ADDRESS, "Domain": IdentityKind.DOMAIN}


# --- v1 -----------------------------------------------------------------------------------------


def verify_email_identity(desk: Desk, call: Call, params: Params) -> Result:
    """Sends the verification mail, again on every call."""
    desk.identities.ask_address(call.scope, email_address(params["EmailAddress"]), call.caller)
    return {}


def verify_domain_identity(desk: Desk, call: Call, params: Params) -> Result:
    """The token is the same on every call."""
    identity = desk.identities.ask_domain(call.scope, domain_name(params["Domain"]))
    return {"VerificationToken": identity.verification.token}


def get_identity_verification_attributes(desk: Desk, call: Call, params: Params) -> Result:
    """Unknown identities are missing from the map; addresses have no token (observed)."""
    attributes = {}
    for asked, identity in lookup.find_all(desk, call, params["Identities"]):
        attributes[asked] = {"VerificationStatus": states.v1(identity.verification.status)}
        if identity.kind is IdentityKind.DOMAIN and identity.verification.token:
            attributes[asked]["VerificationToken"] = identity.verification.token
    return {"VerificationAttributes": attributes}


def list_identities(desk: Desk, call: Call, params: Params) -> Result:
    """By name, ascending, of both kinds unless ``IdentityType`` names one; up to 1 000 a page."""
    size = params.get("MaxItems", _PAGE_MAX)
    if not 1 <= size <= _PAGE_MAX:
        raise errors.page_size_out_of_range("MaxItems", size, _PAGE_MAX)
    kind = _V1_KINDS.get(params.get("IdentityType", ""))
    page, token = _page(desk, call, kind, params.get("NextToken"), size)
    result: Result = {"Identities": [identity.name for identity in page]}
    if token is not None:
        result["NextToken"] = token
    return result


def delete_identity(desk: Desk, call: Call, params: Params) -> Result:
    """Succeeds for unknown identities (API1)."""
    _delete(desk, call, params["Identity"])
    return {}


def list_verified_email_addresses(desk: Desk, call: Call, params: Params) -> Result:
    """Deprecated, but alive."""
    with desk.store.read() as reader:
        found = reader.list_identities(call.scope, IdentityKind.EMAIL_ADDRESS)
    return {"VerifiedEmailAddresses": [identity.name for identity in found if identity.verified]}


def delete_verified_email_address(desk: Desk, call: Call, params: Params) -> Result:
    """The deprecated DeleteIdentity of an address: succeeds whether or not it was there."""
    _delete(desk, call, params["EmailAddress"])
    return {}


# --- v2 -----------------------------------------------------------------------------------------


def create_email_identity(desk: Desk, call: Call, params: Params) -> Result:
    """A domain starts with Easy DKIM; its first answer says NOT_STARTED where the next Get says PENDING (observed
    second-hand). Checked in the order exists, tags, configuration set."""
    from emulator.ses import resources, tags

    name = params["EmailIdentity"]
    kind = identity_kind(name)
    signing = params.get("DkimSigningAttributes")
    with desk.store.read() as reader:
        if reader.identities(call.scope, (lookup.key(name),)):
            raise errors.email_identity_already_exists(name)
    given = tags.given(params.get("Tags"))
    set_name = params.get("ConfigurationSetName") or None
    if set_name is not None:
        with desk.store.read() as reader:
            if not resources.exists(reader, call.scope, resources.CONFIGURATION_SET, set_name):
                raise errors.configuration_set_does_not_exist(set_name)
    if kind is IdentityKind.EMAIL_ADDRESS:
        if signing:
            raise errors.email_identity_must_be_domain()
        identity = desk.identities.ask_address(call.scope, email_address(name), call.caller, new=True)
    else:
        bits, byo = dkim.signing_attributes(signing or {})
        identity = desk.identities.create_domain(call.scope, domain_name(name), bits, byo)
    if given or set_name is not None:
        with desk.store.write() as writer:
            current = writer.identity_for_update(call.scope, identity.name)
            # None: somebody was so quick as to delete it.
            if current is not None:
                tags.attach(writer, call.scope, resources.part(resources.IDENTITY, identity.name), given)
            if current is not None and set_name is not None:
                writer.save_identity(replace(current, configuration_set=set_name))
    attributes = dkim.attributes_v2(desk, identity)
    if attributes["Status"] == Status.PENDING.value:
        attributes["Status"] = Status.NOT_STARTED.value
    return {
        "IdentityType": identity.kind.value,
        "VerifiedForSendingStatus": identity.verified,
        "DkimAttributes": attributes,
    }


def get_email_identity(desk: Desk, call: Call, params: Params) -> Result:
    """Everything of one identity. Members without a value are absent, as at SES."""
    from emulator.ses import identity_policies, resources, tags

    identity = lookup.existing(desk, call, params["EmailIdentity"])
    with desk.store.read() as reader:
        given = tags.told(reader, call.scope, resources.part(resources.IDENTITY, identity.name))
        policies = identity_policies.told(reader, call.scope, identity.name) if identity.has_policies else {}
    verification = identity.verification
    info: Result = {}
    if verification.last_checked_at is not None:
        info["LastCheckedTimestamp"] = verification.last_checked_at
    if verification.last_success_at is not None:
        info["LastSuccessTimestamp"] = verification.last_success_at
    if verification.error_type is not None:
        info["ErrorType"] = verification.error_type
    result: Result = {
        "IdentityType": identity.kind.value,
        "FeedbackForwardingStatus": identity.notifications.forwarding,
        "VerifiedForSendingStatus": identity.verified,
        "DkimAttributes": dkim.attributes_v2(desk, identity),
        "MailFromAttributes": mail_from.attributes_v2(identity),
        "Policies": policies,
        "Tags": given,
        "VerificationStatus": states.v2(verification.status),
        "VerificationInfo": info,
    }
    if identity.configuration_set is not None:
        result["ConfigurationSetName"] = identity.configuration_set
    return result


def list_email_identities(desk: Desk, call: Call, params: Params) -> Result:
    """By name, ascending, of both kinds; up to 1 000 a page. ``Filter``: a part of the name in any case, the type, the
    status, all of which must hold (decided: a type or status that there is none of is a BadRequest)."""
    wanted = params.get("Filter") or {}
    for name, values in _FILTERED.items():
        if wanted.get(name, values[0]) not in values:
            raise errors.invalid_parameter(f"Filter {name} must be one of [{', '.join(values)}].")
    size = params.get("PageSize", _V2_PAGE)
    if not 1 <= size <= _PAGE_MAX:
        raise errors.page_size_out_of_range("PageSize", size, _PAGE_MAX)
    page, token = _page(desk, call, None, params.get("NextToken"), size, wanted)
    result: Result = {
        "EmailIdentities": [
            {
                "IdentityType": identity.kind.value,
                "IdentityName": identity.name,
                "SendingEnabled": identity.verified,
                "VerificationStatus": states.v2(identity.verification.status),
            }
            for identity in page
        ]
    }
    if token is not None:
        result["NextToken"] = token
    return result


def delete_email_identity(desk: Desk, call: Call, params: Params) -> Result:
    """404 when it is not there, unlike v1."""
    name = params["EmailIdentity"]
    if not _delete(desk, call, name):
        raise errors.email_identity_does_not_exist(name)
    return {}


# --- shared -------------------------------------------------------------------------------------


def _delete(desk: Desk, call: Call, name: str) -> bool:
    """Whether it was there. Refused while certificates or tenants hold on to it, at both versions (observed)."""
    # Loaded when they are needed, as above: a start pays for none of them.
    from emulator.ses import certificates, resources, tenants

    with desk.store.read() as reader:
        certificates.require_no_certificates(reader, call.scope, lookup.key(name))
        tenants.require_not_associated(reader, call.scope, resources.part(resources.IDENTITY, name))
    return desk.identities.delete(call.scope, lookup.key(name))


def _page(
    desk: Desk, call: Call, kind: IdentityKind | None, token: str | None, size: int, wanted: Params | None = None
) -> tuple[Sequence[Identity], str | None]:
    """One page by name, and the token of the next. Tokens are shared by both versions, and those taken with a filter
    hold only for that filter (observed second-hand)."""
    list_kind = paging.bound("identities", wanted)
    refusal = errors.invalid_next_token_of_filter() if wanted else errors.invalid_next_token(token or "")
    after = paging.begin(desk, call, list_kind, token, refusal, empty_is_none=True)
    chunk = _PAGE_MAX if wanted else size + 1
    found: list[Identity] = []
    with desk.store.read() as reader:
        while len(found) <= size:
            some = reader.list_identities(call.scope, kind, after, chunk)
            found += [identity for identity in some if not wanted or _matches(identity, wanted)]
            if len(some) < chunk:
                break
            after = some[-1].name
    page = found[:size]
    return page, desk.tokens.issue(list_kind, call.scope, page[-1].name) if len(found) > size else None


def _matches(identity: Identity, wanted: Params) -> bool:
    return (
        wanted.get(_PART, "").lower() in identity.name.lower()
        and wanted.get(_TYPE, identity.kind.value) == identity.kind.value
        and wanted.get(_STATUS, states.v2(identity.verification.status)) == states.v2(identity.verification.status)
    )


V1 = {
    "VerifyEmailIdentity": verify_email_identity,
    "VerifyEmailAddress": verify_email_identity,
    "VerifyDomainIdentity": verify_domain_identity,
    "GetIdentityVerificationAttributes": get_identity_verification_attributes,
    "ListIdentities": list_identities,
    "DeleteIdentity": delete_identity,
    "ListVerifiedEmailAddresses": list_verified_email_addresses,
    "DeleteVerifiedEmailAddress": delete_verified_email_address,
}
V2 = {
    "CreateEmailIdentity": create_email_identity,
    "GetEmailIdentity": get_email_identity,
    "ListEmailIdentities": list_email_identities,
    "DeleteEmailIdentity": delete_email_identity,
}
