"""The custom MAIL FROM domain of an identity. Source: API1/API2, reference sending.md 5.1."""

from __future__ import annotations

from typing import Any

from emulator import errors
from emulator.ses import lookup, states
from emulator.ses.call import Call, Desk, Params, Result
from emulator.values import Identity, OnMxFailure

_V1_BEHAVIOR = {
    OnMxFailure.USE_DEFAULT_VALUE: "UseDefaultValue",
    OnMxFailure.REJECT_MESSAGE: "RejectMessage",
}
_FROM_V1 = {name: behavior for behavior, name in _V1_BEHAVIOR.items()}


def set_identity_mail_from_domain(desk: Desk, call: Call, params: Params) -> Result:
    """An absent or empty MailFromDomain goes back to SES's own, which is all that "disabling" is."""
    identity = lookup.find(desk, call, params["Identity"])
    behavior = _FROM_V1[params.get("BehaviorOnMXFailure", "UseDefaultValue")]
    if identity is None or not desk.identities.set_mail_from(identity, params.get("MailFromDomain"), behavior):
        raise errors.identity_does_not_exist(params["Identity"])
    return {}


def get_identity_mail_from_domain_attributes(desk: Desk, call: Call, params: Params) -> Result:
    """Unknown identities are missing from the map. Where no domain is set MailFromDomain is empty (the model
    requires it) and the status Pending is not claimed: the member is left out."""
    attributes = {}
    for name, identity in lookup.find_all(desk, call, params["Identities"]):
        mail_from = identity.mail_from
        attributes[name] = {
            "MailFromDomain": mail_from.domain or "",
            "BehaviorOnMXFailure": _V1_BEHAVIOR[mail_from.on_mx_failure],
        }
        if mail_from.status is not None:
            attributes[name]["MailFromDomainStatus"] = states.v1(mail_from.status)
    return {"MailFromDomainAttributes": attributes}


def put_email_identity_mail_from_attributes(desk: Desk, call: Call, params: Params) -> Result:
    """Sets the custom MAIL FROM; without ``MailFromDomain`` goes back to SES's own."""
    identity = lookup.existing(desk, call, params["EmailIdentity"])
    behavior = OnMxFailure(params.get("BehaviorOnMxFailure", OnMxFailure.USE_DEFAULT_VALUE.value))
    if not desk.identities.set_mail_from(identity, params.get("MailFromDomain"), behavior):
        raise errors.email_identity_does_not_exist(params["EmailIdentity"])
    return {}


def attributes_v2(identity: Identity) -> dict[str, Any]:
    """``MailFromAttributes`` of v2; without a MAIL FROM only the behavior is there (reference 5.1)."""
    mail_from = identity.mail_from
    result: dict[str, Any] = {"BehaviorOnMxFailure": mail_from.on_mx_failure.value}
    if mail_from.domain is not None and mail_from.status is not None:
        result["MailFromDomain"] = mail_from.domain
        result["MailFromDomainStatus"] = states.v2(mail_from.status)
    return result


V1 = {
    "SetIdentityMailFromDomain": set_identity_mail_from_domain,
    "GetIdentityMailFromDomainAttributes": get_identity_mail_from_domain_attributes,
}
V2 = {"PutEmailIdentityMailFromAttributes": put_email_identity_mail_from_attributes}
