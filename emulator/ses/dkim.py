"""DKIM of an identity: Easy DKIM (1024 or 2048 bits), BYODKIM, the signing flag.

An address has the DKIM of its domain's identity (the guides disagree; observed second-hand): it is shown with it,
and switching it is without effect while that domain is registered.
Source: API1/API2, reference sending.md 4.3.
"""

from __future__ import annotations

from typing import Any

from emulator import errors
from emulator.dns.amazonses import dkim_zone
from emulator.policy.identity import candidates, dkim_identity
from emulator.policy.identity_names import domain_name
from emulator.post.dkim_keys import ByoKey
from emulator.ses import lookup, states
from emulator.ses.call import Call, Desk, Params, Result
from emulator.values import Dkim, DkimOrigin, Identity, IdentityKind, Scope, Status

_BITS = {"RSA_1024_BIT": 1024, "RSA_2048_BIT": 2048}
_LENGTH = {bits: name for name, bits in _BITS.items()}


# --- v1 -----------------------------------------------------------------------------------------


def verify_domain_dkim(desk: Desk, call: Call, params: Params) -> Result:
    """Three tokens, the same on every call; the domain is registered when it is new."""
    identity = desk.identities.ask_domain_dkim(call.scope, domain_name(params["Domain"]))
    return {"DkimTokens": list(identity.dkim.tokens)}


def set_identity_dkim_enabled(desk: Desk, call: Call, params: Params) -> Result:
    """Switching on needs a verified DKIM: ``Domain X is not verified for DKIM signing.``"""
    name, enabled = params["Identity"], params["DkimEnabled"]
    identity = lookup.find(desk, call, name)
    parent = _domain_of(desk, call.scope, name) if "@" in name else identity
    if parent is None or (enabled and parent.dkim.status is not Status.SUCCESS):
        raise errors.domain_not_verified_for_dkim(name.rpartition("@")[2])
    if "@" not in name and not desk.identities.set_dkim_enabled(parent, enabled):
        raise errors.domain_not_verified_for_dkim(name)
    return {}


def get_identity_dkim_attributes(desk: Desk, call: Call, params: Params) -> Result:
    """Unknown identities are missing from the map; an address without a registered domain is NotStarted (API1)."""
    attributes = {}
    for name, identity in lookup.find_all(desk, call, params["Identities"]):
        dkim = _effective(desk, identity)
        attributes[name] = {"DkimEnabled": dkim.enabled, "DkimVerificationStatus": states.v1(dkim.status)}
        if dkim.tokens:
            attributes[name]["DkimTokens"] = list(dkim.tokens)
    return {"DkimAttributes": attributes}


# --- v2 -----------------------------------------------------------------------------------------


def put_email_identity_dkim_attributes(desk: Desk, call: Call, params: Params) -> Result:
    """An absent ``SigningEnabled`` is false (observed second-hand)."""
    identity = lookup.existing(desk, call, params["EmailIdentity"])
    enabled = bool(params.get("SigningEnabled", False))
    if identity.kind is IdentityKind.DOMAIN and not desk.identities.set_dkim_enabled(identity, enabled):
        raise errors.email_identity_does_not_exist(params["EmailIdentity"])
    return {}


def put_email_identity_dkim_signing_attributes(desk: Desk, call: Call, params: Params) -> Result:
    """Easy DKIM with another key length, or BYODKIM. For domains only; the change is ``set_dkim_signing``'s."""
    identity = lookup.existing(desk, call, params["EmailIdentity"])
    if identity.kind is not IdentityKind.DOMAIN:
        raise errors.email_identity_must_be_domain()
    given = dict(params.get("SigningAttributes") or {})
    given.pop("DomainSigningAttributesOrigin", None)
    origin = params["SigningAttributesOrigin"]
    if origin == DkimOrigin.BYODKIM.value and not (
        given.get("DomainSigningSelector") and given.get("DomainSigningPrivateKey")
    ):
        raise errors.invalid_parameter(
            "DomainSigningSelector and DomainSigningPrivateKey are required when SigningAttributesOrigin is EXTERNAL.",
            "SES's own text for this is not known.",
        )
    if origin == DkimOrigin.EASY_DKIM.value:
        given = {"NextSigningKeyLength": given.get("NextSigningKeyLength")}
    elif origin != DkimOrigin.BYODKIM.value:
        raise errors.feature_not_emulated(f"SigningAttributesOrigin {origin}")
    bits, byo = signing_attributes(given)
    changed = desk.identities.set_dkim_signing(identity, bits, byo)
    if changed is None:
        raise errors.email_identity_does_not_exist(params["EmailIdentity"])
    result: Result = {"DkimStatus": states.v2(changed.dkim.status), "DkimTokens": list(changed.dkim.tokens)}
    if changed.dkim.origin is DkimOrigin.EASY_DKIM:
        result["SigningHostedZone"] = dkim_zone(call.scope.region)
    return result


# --- shared -------------------------------------------------------------------------------------


def signing_attributes(given: Params) -> tuple[int | None, ByoKey | None]:
    """v2 ``DkimSigningAttributes``: a key length for Easy DKIM, or a brought key. A brought key may be garbage:
    SES takes it and never verifies it (observed, terraform-provider-aws#29729)."""
    origin = given.get("DomainSigningAttributesOrigin")
    if origin not in (None, DkimOrigin.EASY_DKIM.value, DkimOrigin.BYODKIM.value):
        raise errors.feature_not_emulated(f"DomainSigningAttributesOrigin {origin}")
    selector, key = given.get("DomainSigningSelector"), given.get("DomainSigningPrivateKey")
    if selector is None and key is None:
        return _BITS.get(given.get("NextSigningKeyLength") or ""), None
    if not selector or not key:
        raise errors.invalid_parameter(
            "DomainSigningSelector and DomainSigningPrivateKey must be given together.",
            "SES's own text for this is not known.",
        )
    return None, ByoKey(selector, key)


def attributes_v2(desk: Desk, identity: Identity) -> dict[str, Any]:
    """``DkimAttributes`` of v2."""
    dkim = _effective(desk, identity)
    result: dict[str, Any] = {
        "SigningEnabled": dkim.enabled,
        "Status": states.v2(dkim.status),
        "Tokens": list(dkim.tokens),
        "SigningAttributesOrigin": dkim.origin.value,
    }
    if dkim.origin is DkimOrigin.EASY_DKIM and dkim.key_bits is not None:
        result["SigningHostedZone"] = dkim_zone(identity.scope.region)
        result["CurrentSigningKeyLength"] = _LENGTH[dkim.key_bits]
        result["NextSigningKeyLength"] = _LENGTH[dkim.next_key_bits or dkim.key_bits]
        if dkim.key_made_at is not None:
            result["LastKeyGenerationTimestamp"] = dkim.key_made_at
    elif identity.kind is IdentityKind.EMAIL_ADDRESS and dkim.origin is DkimOrigin.EASY_DKIM:
        # Observed of an address whose domain is not registered: it has no key, and would get a short one.
        result["NextSigningKeyLength"] = _LENGTH[1024]
    return result


def _effective(desk: Desk, identity: Identity) -> Dkim:
    if identity.kind is IdentityKind.DOMAIN:
        return identity.dkim
    domain = _domain_of(desk, identity.scope, identity.name)
    return domain.dkim if domain is not None else Dkim()


def _domain_of(desk: Desk, scope: Scope, address: str) -> Identity | None:
    with desk.store.read() as reader:
        found = {one.name: one for one in reader.identities(scope, candidates(address))}
    return dkim_identity(address, found)


V1 = {
    "VerifyDomainDkim": verify_domain_dkim,
    "SetIdentityDkimEnabled": set_identity_dkim_enabled,
    "GetIdentityDkimAttributes": get_identity_dkim_attributes,
}
V2 = {
    "PutEmailIdentityDkimAttributes": put_email_identity_dkim_attributes,
    "PutEmailIdentityDkimSigningAttributes": put_email_identity_dkim_signing_attributes,
}
