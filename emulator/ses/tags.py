"""Tags of resources: given when they are created, then added, replaced, taken off and listed by ARN (v2).

Source: API2 TagResource; checks and their order observed (``errors/tags.py``). An ARN of another region names a
resource of this region that was tagged under another ARN: its list is empty, it cannot be tagged (observed).
Areas that create something with Tags call ``given`` before anything is written, ``attach`` in the transaction that
creates it, and ``drop`` in the one that deletes it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from emulator.aws import faults
from emulator.aws.sigv4 import is_account
from emulator.documents.resource_tags import ResourceTag, ResourceTags
from emulator.documents.tenants import TenantId
from emulator.errors import tags as errors
from emulator.ses import resources
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.store.ports import Reader, Writer
from emulator.values import Scope

_MOST = 50
_KEY_LENGTH = 128
_VALUE_LENGTH = 256
_SPECIAL = frozenset("_.:/=+-@")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
# A domain, whose last label is no number, or an address.
_IDENTITY = re.compile(rf"({_LABEL}\.)*(?![0-9]+\Z){_LABEL}|.+@[^@\s/:]+")
_TEMPLATE = re.compile(r"[A-Za-z0-9_-]{1,128}")
# What SES calls each kind when it is not there; the last two are inferred from the others.
_CALLED = {
    resources.CONFIGURATION_SET: "ConfigurationSet",
    resources.IDENTITY: "EmailIdentity",
    resources.TEMPLATE: "Template",
    resources.CONTACT_LIST: "ContactList",
    resources.CUSTOM_VERIFICATION: "CustomVerificationEmailTemplate",
    resources.DEDICATED_IP_POOL: "DedicatedIpPool",
    resources.TEST_REPORT: "DeliverabilityTestReport",
    resources.ENDPOINT: "MultiRegionEndpoint",
}


@dataclass(frozen=True, slots=True)
class _Resource:
    """``name`` None: a tenant's ARN without its name."""

    kind: str
    name: str | None
    region: str
    id: str = ""


def tag_resource(desk: Desk, call: Call, params: Params) -> Result:
    """A key that is there already gets the new value."""
    resource = _resource(call, params["ResourceArn"])
    new = given(params["Tags"])
    with desk.store.write() as writer:
        part = _existing(writer, call, resource)
        if resource.region != call.scope.region:
            raise errors.failed_to_tag()
        kept = _locked(writer, call.scope, part)
        merged = {tag.key: tag for tag in (*kept.tags, *new)}
        if len(merged) > _MOST:
            raise errors.too_many_tags_together()
        writer.save_document(replace(kept, tags=tuple(merged.values())))
    return {}


def untag_resource(desk: Desk, call: Call, params: Params) -> Result:
    """Keys that are not there are passed over (observed)."""
    resource = _resource(call, params["ResourceArn"])
    keys = set(params["TagKeys"])
    with desk.store.write() as writer:
        part = _existing(writer, call, resource)
        if resource.region != call.scope.region:
            raise errors.failed_to_untag()
        kept = _locked(writer, call.scope, part)
        writer.save_document(replace(kept, tags=tuple(tag for tag in kept.tags if tag.key not in keys)))
    return {}


def list_tags_for_resource(desk: Desk, call: Call, params: Params) -> Result:
    """By key."""
    resource = _resource(call, params["ResourceArn"])
    with desk.store.read() as reader:
        part = _existing(reader, call, resource)
        here = resource.region == call.scope.region
        return {"Tags": told(reader, call.scope, part) if here else []}


# --- for the areas ------------------------------------------------------------------------------


def given(tags: Sequence[Params] | None) -> tuple[ResourceTag, ...]:
    """The member ``Tags`` of a request as it may be kept. Raises what SES says of tags that cannot be."""
    wanted = [ResourceTag(tag["Key"], tag["Value"]) for tag in tags or ()]
    if len(wanted) > _MOST:
        raise errors.too_many_tags()
    for tag in wanted:
        if not tag.key:
            raise errors.empty_tag_key()
        # Beyond its length a text is refused anyway.
        if not all(map(_may_stand, tag.key[: _KEY_LENGTH + 1] + tag.value[: _VALUE_LENGTH + 1])):
            raise errors.tag_characters()
    _require_lengths(wanted)
    if any(tag.key.lower().startswith("aws:") for tag in wanted):
        raise errors.system_tag()
    if len({tag.key for tag in wanted}) < len(wanted):
        raise errors.tag_key_twice()
    return tuple(wanted)


def attach(writer: Writer, scope: Scope, part: str, tags: tuple[ResourceTag, ...]) -> None:
    """Those of a new resource; ``part`` as ``resources.part`` gives it."""
    if tags:
        writer.save_document(ResourceTags(scope=scope, name=part, tags=tags))


def drop(writer: Writer, scope: Scope, part: str) -> None:
    """With the resource go its tags."""
    writer.delete_document(ResourceTags, scope, part)


def told(reader: Reader, scope: Scope, part: str) -> list[Result]:
    """The member ``Tags`` of an answer, by key (observed of tenants)."""
    kept = reader.document(ResourceTags, scope, part)
    if kept is None:
        return []
    return [{"Key": tag.key, "Value": tag.value} for tag in sorted(kept.tags, key=lambda tag: tag.key)]


# --- inside -------------------------------------------------------------------------------------


def _may_stand(character: str) -> bool:
    return character in _SPECIAL or unicodedata.category(character)[0] in "LNZ"


def _require_lengths(tags: list[ResourceTag]) -> None:
    violations = []
    for number, tag in enumerate(tags, 1):
        for member, text, most in (("value", tag.value, _VALUE_LENGTH), ("key", tag.key, _KEY_LENGTH)):
            if len(text) > most:
                violations.append(
                    f"Value at 'tags.{number}.member.{member}' failed to satisfy constraint: "
                    f"Member must have length less than or equal to {most}"
                )
    if violations:
        raise faults.validation_error(violations)


def _resource(call: Call, arn: str) -> _Resource:
    """Partition and service are not looked at, an empty region is another one (both observed)."""
    fields = arn.split(":", 5)
    if len(fields) == 6 and fields[0] == "arn" and fields[1] and fields[2]:
        kind, _, name = fields[5].partition("/")
        if kind == resources.IDENTITY and name.strip():
            return _identity(call, fields[3], fields[4], name)
    fields = arn.split(":")
    if len(fields) != 6 or fields[0] != "arn" or not (fields[1] and fields[2] and fields[4]):
        raise errors.unexpected_arn()
    region, account = fields[3], fields[4]
    kind, *names = fields[5].split("/")
    if kind == resources.TENANT and len(names) in (1, 2) and names[-1].strip():
        resource = _Resource(kind, names[0] if len(names) > 1 else None, region, names[-1])
    elif kind in _CALLED and len(names) == 1 and names[0].strip():
        resource = _Resource(kind, names[0], region)
    else:
        raise errors.unexpected_arn()
    if account != call.scope.account:
        raise errors.different_account()
    if kind == resources.CONFIGURATION_SET and not _may_be_configuration_set(names[0]):
        raise errors.message_less_validation()
    return resource


def _identity(call: Call, region: str, account: str, name: str) -> _Resource:
    """A name may hold slashes and colons before its ``@``. One that no identity can have, and an account that is none,
    are told before an account that is another (observed)."""
    if not (is_account(account) and _IDENTITY.fullmatch(name)):
        raise errors.not_an_ses_resource()
    if account != call.scope.account:
        raise errors.different_account()
    return _Resource(resources.IDENTITY, name, region)


def _may_be_configuration_set(name: str) -> bool:
    return len(name) <= 64 and name.isascii() and name.replace("_", "a").replace("-", "a").isalnum()


def _existing(reader: Reader, call: Call, resource: _Resource) -> str:
    """The name under which its tags are kept. Raises when it is not there. A tenant is found by its id alone."""
    if resource.kind == resources.TENANT:
        if reader.document(TenantId, call.scope, resource.id) is None:
            raise errors.tenant_not_present(resource.name, resource.id)
        return resources.part(resources.TENANT, resource.id)
    name = resource.name or ""
    if not resources.exists(reader, call.scope, resource.kind, name):
        if resource.kind == resources.TEMPLATE and not _TEMPLATE.fullmatch(name):
            raise errors.template_name()
        raise errors.not_present(_CALLED[resource.kind], name)
    return resources.part(resource.kind, name)


def _locked(writer: Writer, scope: Scope, part: str) -> ResourceTags:
    return writer.document_for_update(ResourceTags, scope, part) or ResourceTags(scope=scope, name=part)


V1: dict[str, Operation] = {}
V2 = {
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags_for_resource,
}
# Which of the operations change nothing but what is told, and why (docs/coverage.md).
STORES = dict.fromkeys(V2, "nothing goes by tags")
