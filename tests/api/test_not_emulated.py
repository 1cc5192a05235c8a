"""What is not emulated is refused by name, at both APIs. Every operation of botocore's models is served by now, so some
are taken away here: as AWS adds operations, and botocore models of them.
"""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from emulator.ses import dispatch
from emulator.ses.dispatch import operations
from emulator.values import Door
from tests.api.refusals import told

# What a pattern of the model asks for, by the member's name.
MATCHING = {
    "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/c",
    "S3Url": "s3://bucket/key",
}


def least(shape: Any, depth: int = 0) -> Any:
    """A value of the shape with what is required and nothing else."""
    kind = shape.type_name
    if kind == "structure":
        # An empty structure within a call would not be sent by the Query protocol: it gets its first member.
        wanted = shape.required_members or list(shape.members)[: 1 if depth else 0]
        return {name: MATCHING.get(name) or least(shape.members[name], depth + 1) for name in wanted}
    if kind == "list":
        return [least(shape.member, depth + 1)] * max(1, shape.metadata.get("min", 0))
    if kind == "map":
        return {least(shape.key): least(shape.value)}
    if kind == "string":
        return (shape.enum or ["a" * max(1, shape.metadata.get("min", 0))])[0]
    return {"boolean": True, "blob": b"x", "timestamp": 1700000000}.get(kind, shape.metadata.get("min", 1))


def not_emulated() -> list[tuple[str, str]]:
    session = botocore.session.get_session()
    return [
        (service, name)
        for service, door in (("ses", Door.V1), ("sesv2", Door.V2))
        for name in session.get_service_model(service).operation_names
        if name not in operations(door)
    ]


@pytest.fixture
def lacking(monkeypatch):
    """An emulator that lacks these, usual ones and rare ones."""
    lacked = {("ses", "SendBounce"), ("ses", "SendEmail"), ("sesv2", "ListContacts"), ("sesv2", "CreateEmailIdentity")}
    served = dispatch._served

    def fewer(areas):
        doors = (("ses", Door.V1), ("sesv2", Door.V2))
        return {door: {n: run for n, run in served(areas)[door].items() if (s, n) not in lacked} for s, door in doors}

    monkeypatch.setattr(dispatch, "_served", fewer)
    return lacked


def test_the_rest_of_both_apis_is_refused_aloud_by_name(lab, lacking):
    """One test for all of them: each call is small, and a missing one is named by the assertion."""
    session = botocore.session.get_session()
    missing = not_emulated()
    assert lacking <= set(missing)
    for service, name in missing:
        shape = session.get_service_model(service).operation_model(name).input_shape
        with pytest.raises(ClientError) as problem:
            lab.client(service)._make_api_call(name, least(shape) if shape else {})
        version = "v1" if service == "ses" else "v2"
        text = f"The operation {name} of SES {version} is not emulated."
        assert told(problem.value) == (400, "UnsupportedOperation", text)
        assert name in problem.value.response["ResponseMetadata"]["HTTPHeaders"]["x-ses-emulator-hint"]
    refusals = lab.api("GET", f"requests?account={lab.account}&limit=500&accepted=false")["requests"]
    assert {(one["door"], one["operation"]) for one in refusals} == {
        ("v1" if service == "ses" else "v2", name) for service, name in missing
    }
