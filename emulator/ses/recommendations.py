"""ListRecommendations (v2): what the world's DNS says about the account's domains.

Each call looks again: what is wrong is OPEN, and FIXED once it was OPEN and is right now. The four types about records
are judged; complaints, bounces and listings of addresses give no recommendation here. DKIM, SPF and DMARC have impact
HIGH, BIMI LOW (Developer Guide, "Virtual deliverability manager advisor"); the descriptions are ours.

Source: API2 ListRecommendations, Developer Guide "Virtual deliverability manager advisor".

SPF passes aligned only with a custom MAIL FROM whose TXT includes amazonses.com.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from emulator.dns.resolver import Resolver
from emulator.documents.recommendations import FIXED, OPEN, Recommendation
from emulator.errors import invalid_parameter
from emulator.ses import paging, resources
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.values import Identity, IdentityKind, Status

_KIND = "recommendations"
_FILTERS = ("TYPE", "IMPACT", "STATUS", "RESOURCE_ARN")


@dataclass(frozen=True, slots=True)
class _Finding:
    type: str
    right: bool
    description: str
    impact: str = "HIGH"


def list_recommendations(desk: Desk, call: Call, params: Params) -> Result:
    """By identity and type. Filters, all of which must hold: TYPE, IMPACT, STATUS, RESOURCE_ARN."""
    wanted = params.get("Filter", {})
    for name in wanted:
        if name not in _FILTERS:
            raise invalid_parameter(f"Filter {name} must be one of {', '.join(_FILTERS)}.")
    size, after = paging.asked(desk, call, params, _KIND)
    with desk.store.read() as reader:
        identities = reader.list_identities(call.scope, IdentityKind.DOMAIN)
    resolver = desk.resolver()
    found = {one.name: list(_findings(one, resolver)) for one in identities}
    now = desk.clock.now()
    with desk.store.write() as writer:
        for identity, findings in found.items():
            for finding in findings:
                name = f"{identity}/{finding.type}"
                kept = writer.document_for_update(Recommendation, call.scope, name)
                if kept is None and not finding.right:
                    writer.save_document(
                        Recommendation(
                            scope=call.scope,
                            name=name,
                            created_at=now,
                            updated_at=now,
                            identity=identity,
                            type=finding.type,
                            description=finding.description,
                            impact=finding.impact,
                        )
                    )
                elif kept is not None and (kept.status == FIXED) != finding.right:
                    status = FIXED if finding.right else OPEN
                    writer.save_document(replace(kept, status=status, updated_at=now))
        everything = writer.list_documents(Recommendation, call.scope, after=after)
    told = [
        (one.name, _told(call, one)) for one in everything if one.identity in found and _matches(call, one, wanted)
    ][: size + 1]
    names = [name for name, _ in told]
    return paging.told(desk, call, _KIND, "Recommendations", [one for _, one in told[:size]], names, size)


def _findings(identity: Identity, resolver: Resolver) -> Iterator[_Finding]:
    signs = identity.dkim.status is Status.SUCCESS
    yield _Finding("DKIM", signs, "DKIM verification is not enabled: publish the identity's DKIM records.")
    mail_from = identity.mail_from.domain
    spf = mail_from is not None and any(
        text.lower().startswith("v=spf1 ") and "include:amazonses.com" in text.lower()
        for text in resolver.query(mail_from, "TXT").values
    )
    yield _Finding("SPF", spf, "SPF is not aligned: set a MAIL FROM domain whose SPF record includes amazonses.com.")
    dmarc = _has(resolver, f"_dmarc.{identity.name}", "v=dmarc1")
    yield _Finding("DMARC", dmarc, "DMARC configuration was not found: publish a record at _dmarc.")
    bimi = _has(resolver, f"default._bimi.{identity.name}", "v=bimi1")
    yield _Finding("BIMI", bimi, "BIMI record was not found: publish one at default._bimi.", "LOW")


def _has(resolver: Resolver, name: str, version: str) -> bool:
    return any(text.lower().replace(" ", "").startswith(version) for text in resolver.query(name, "TXT").values)


def _matches(call: Call, one: Recommendation, wanted: Params) -> bool:
    arn = resources.arn(call.scope, resources.part(resources.IDENTITY, one.identity))
    values = {"TYPE": one.type, "IMPACT": one.impact, "STATUS": one.status, "RESOURCE_ARN": arn}
    return all(values[name] == value for name, value in wanted.items())


def _told(call: Call, one: Recommendation) -> Result:
    return {
        "ResourceArn": resources.arn(call.scope, resources.part(resources.IDENTITY, one.identity)),
        "Type": one.type,
        "Description": one.description,
        "Status": one.status,
        "CreatedTimestamp": one.created_at,
        "LastUpdatedTimestamp": one.updated_at,
        "Impact": one.impact,
    }


V1: dict[str, Operation] = {}
V2 = {"ListRecommendations": list_recommendations}
