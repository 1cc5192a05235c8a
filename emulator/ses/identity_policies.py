"""Sending authorization policies of identities: who else may send with them. v1 and v2 on one state.

Source: API1/API2, events-and-api.md 7. What they allow is judged in ``policy/authorization.py`` at every send. v1 may
name an identity by its ARN. v1's Put needs the identity too ("If you have not verified the identity, it returns an
error", API1); its Get, List and Delete find nothing where there is none.
"""

from __future__ import annotations

import re
from dataclasses import replace

from emulator.documents.identity_policies import IdentityPolicy
from emulator.errors import identity_policies as errors
from emulator.policy.policy_document import compact
from emulator.ses import lookup
from emulator.ses.call import Call, Desk, Params, Result
from emulator.store.ports import Reader, Writer
from emulator.values import Identity, Scope

_MOST = 20
_NAME = re.compile(r"[A-Za-z0-9_-]+")


# --- v1 -----------------------------------------------------------------------------------------


def put_identity_policy(desk: Desk, call: Call, params: Params) -> Result:
    """Creates or replaces."""
    name, text = _policy(params)
    with desk.store.write() as writer:
        identity = _locked(writer, call, lookup.named(call, params["Identity"]), params["Identity"])
        _save(writer, identity, name, text, desk.clock.now())
    return {}


def get_identity_policies(desk: Desk, call: Call, params: Params) -> Result:
    """Those of the names that there are."""
    identity = lookup.named(call, params["Identity"])
    with desk.store.read() as reader:
        found = reader.documents(IdentityPolicy, call.scope, params["PolicyNames"], parent=identity)
    return {"Policies": {policy.name: policy.text for policy in found}}


def list_identity_policies(desk: Desk, call: Call, params: Params) -> Result:
    """Names, ascending."""
    with desk.store.read() as reader:
        return {"PolicyNames": list(told(reader, call.scope, lookup.named(call, params["Identity"])))}


def delete_identity_policy(desk: Desk, call: Call, params: Params) -> Result:
    """Succeeds for unknown policies and identities."""
    with desk.store.write() as writer:
        _delete(writer, call, lookup.named(call, params["Identity"]), params["PolicyName"])
    return {}


# --- v2 -----------------------------------------------------------------------------------------


def create_email_identity_policy(desk: Desk, call: Call, params: Params) -> Result:
    """Refused where there is one of that name."""
    name, text = _policy(params)
    with desk.store.write() as writer:
        identity = _locked(writer, call, lookup.key(params["EmailIdentity"]), params["EmailIdentity"])
        if writer.document(IdentityPolicy, call.scope, name, parent=identity.name) is not None:
            raise errors.policy_already_exists(name)
        _save(writer, identity, name, text, desk.clock.now())
    return {}


def update_email_identity_policy(desk: Desk, call: Call, params: Params) -> Result:
    """Refused where there is none of that name."""
    name, text = _policy(params)
    with desk.store.write() as writer:
        identity = _locked(writer, call, lookup.key(params["EmailIdentity"]), params["EmailIdentity"])
        if writer.document(IdentityPolicy, call.scope, name, parent=identity.name) is None:
            raise errors.policy_does_not_exist(name)
        _save(writer, identity, name, text, desk.clock.now())
    return {}


def get_email_identity_policies(desk: Desk, call: Call, params: Params) -> Result:
    """All, by name."""
    name = params["EmailIdentity"]
    with desk.store.read() as reader:
        if not reader.identities(call.scope, (lookup.key(name),)):
            raise errors.identity_of_policy_does_not_exist(name)
        return {"Policies": told(reader, call.scope, lookup.key(name))}


def delete_email_identity_policy(desk: Desk, call: Call, params: Params) -> Result:
    """404 when it is not there, unlike v1."""
    with desk.store.write() as writer:
        identity = _locked(writer, call, lookup.key(params["EmailIdentity"]), params["EmailIdentity"])
        if not _delete(writer, call, identity.name, params["PolicyName"]):
            raise errors.policy_does_not_exist(params["PolicyName"])
    return {}


# --- shared -------------------------------------------------------------------------------------


def told(reader: Reader, scope: Scope, identity: str) -> dict[str, str]:
    """An identity's policies, by name in order."""
    return {one.name: one.text for one in reader.list_documents(IdentityPolicy, scope, parent=identity)}


def _policy(params: Params) -> tuple[str, str]:
    name = params["PolicyName"]
    if not _NAME.fullmatch(name):
        raise errors.invalid_policy_name()
    return name, compact(params["Policy"])


def _locked(writer: Writer, call: Call, key: str, given: str) -> Identity:
    identity = writer.identity_for_update(call.scope, key)
    if identity is None:
        raise errors.identity_of_policy_does_not_exist(given)
    return identity


def _save(writer: Writer, identity: Identity, name: str, text: str, now: float) -> None:
    known = writer.document_for_update(IdentityPolicy, identity.scope, name, parent=identity.name)
    if known is None and writer.count_documents(IdentityPolicy, identity.scope, parent=identity.name) >= _MOST:
        raise errors.too_many_policies(identity.name)
    writer.save_document(
        IdentityPolicy(
            scope=identity.scope,
            parent=identity.name,
            name=name,
            created_at=now if known is None else known.created_at,
            updated_at=now,
            text=text,
        )
    )
    if not identity.has_policies:
        writer.save_identity(replace(identity, has_policies=True))


def _delete(writer: Writer, call: Call, identity: str, name: str) -> bool:
    current = writer.identity_for_update(call.scope, identity)
    gone = writer.delete_document(IdentityPolicy, call.scope, name, parent=identity)
    if gone and current is not None and not writer.count_documents(IdentityPolicy, call.scope, parent=identity):
        writer.save_identity(replace(current, has_policies=False))
    return gone


V1 = {
    "PutIdentityPolicy": put_identity_policy,
    "GetIdentityPolicies": get_identity_policies,
    "ListIdentityPolicies": list_identity_policies,
    "DeleteIdentityPolicy": delete_identity_policy,
}
V2 = {
    "CreateEmailIdentityPolicy": create_email_identity_policy,
    "UpdateEmailIdentityPolicy": update_email_identity_policy,
    "GetEmailIdentityPolicies": get_email_identity_policies,
    "DeleteEmailIdentityPolicy": delete_email_identity_policy,
}
