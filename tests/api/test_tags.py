"""Tags through boto3: given at creation, added, replaced, taken off, gone with their resource; what may not be one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.refusals import refused

TEXTS = json.loads((Path(__file__).parents[2] / "fixtures" / "aws" / "tags.json").read_text("utf-8"))


def arn(lab, part: str, region: str | None = None) -> str:
    return f"arn:aws:ses:{region or lab.region}:{lab.account}:{part}"


def pairs(lab, resource: str) -> dict[str, str]:
    tags = lab.sesv2.list_tags_for_resource(ResourceArn=resource)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in tags}


def as_tags(**tags: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def with_tags(lab):
    """The account with the identity x.example, tagged b=1."""
    lab.api("PUT", f"identities/x.example?account={lab.account}&region={lab.region}")
    lab.sesv2.tag_resource(ResourceArn=arn(lab, "identity/x.example"), Tags=as_tags(b="1"))
    return lab


@pytest.fixture
def tagged(lab):
    return with_tags(lab)


@pytest.fixture(scope="module")
def unchanged(another):
    """For refusals, which change nothing."""
    return with_tags(another())


# What is tagged: how it is created with tags, the last part of its ARN, how it is deleted.
def _identity(lab, name, tags):
    lab.sesv2.create_email_identity(EmailIdentity=name, Tags=tags)
    return f"identity/{name}", lambda: lab.sesv2.delete_email_identity(EmailIdentity=name)


def _identity_by_v1(lab, name, tags):
    lab.sesv2.create_email_identity(EmailIdentity=name, Tags=tags)
    return f"identity/{name}", lambda: lab.ses.delete_identity(Identity=name)


def _pool(lab, name, tags):
    name = name.replace(".", "-")
    lab.sesv2.create_dedicated_ip_pool(PoolName=name, Tags=tags)
    return f"dedicated-ip-pool/{name}", lambda: lab.sesv2.delete_dedicated_ip_pool(PoolName=name)


def _tenant(lab, name, tags):
    id = lab.sesv2.create_tenant(TenantName=name.replace(".", "-"), Tags=tags)["TenantId"]
    # The name in a tenant's ARN is not looked at (observed).
    return f"tenant/another-name/{id}", lambda: lab.sesv2.delete_tenant(TenantName=name.replace(".", "-"))


def _endpoint(lab, name, tags):
    name = name.replace(".", "-")
    details = {"RoutesDetails": [{"Region": "us-east-1"}]}
    lab.sesv2.create_multi_region_endpoint(EndpointName=name, Details=details, Tags=tags)
    return f"multi-region-endpoint/{name}", lambda: lab.sesv2.delete_multi_region_endpoint(EndpointName=name)


def _template(lab, name, tags):
    name = name.replace(".", "-")
    lab.sesv2.create_email_template(
        TemplateName=name, TemplateContent={"Subject": "s", "Text": "t"}, **({"Tags": tags} if tags else {})
    )
    return f"template/{name}", lambda: lab.sesv2.delete_email_template(TemplateName=name)


RESOURCES = (_identity, _identity_by_v1, _pool, _tenant, _endpoint, _template)


@pytest.mark.parametrize("make", RESOURCES, ids=lambda make: make.__name__.strip("_"))
def test_whatever_has_an_arn_is_tagged_until_it_is_deleted(lab, make):
    part, delete = make(lab, "some.example", as_tags(b="1"))
    resource = arn(lab, part)
    assert pairs(lab, resource) == {"b": "1"}
    lab.sesv2.tag_resource(ResourceArn=resource, Tags=as_tags(a="x", b="2"))
    assert lab.sesv2.list_tags_for_resource(ResourceArn=resource)["Tags"] == as_tags(a="x", b="2")
    lab.sesv2.untag_resource(ResourceArn=resource, TagKeys=["b", "not-there"])
    assert pairs(lab, resource) == {"a": "x"}
    delete()
    assert refused(lab.sesv2.list_tags_for_resource, ResourceArn=resource)[:2] == (404, "NotFoundException")
    part, _ = make(lab, "some.example", [])
    assert pairs(lab, arn(lab, part)) == {}


@pytest.mark.parametrize("make", RESOURCES, ids=lambda make: make.__name__.strip("_"))
def test_tags_that_cannot_be_leave_nothing_behind(lab, make):
    twice = as_tags(a="1") + as_tags(a="2")
    assert refused(make, lab=lab, name="some.example", tags=twice)[:2] == (400, "BadRequestException")
    make(lab, "some.example", as_tags(a="1"))


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: f"{case['operation']} {str(case['text'])[:60]}")
def test_the_texts_of_refusals_are_ses_own(unchanged, case):
    def filled(text):
        for name, value in (
            ("{arn}", arn(unchanged, "")[:-1]),
            ("{account}", unchanged.account),
            ("{region}", unchanged.region),
        ):
            text = text.replace(name, value)
        return text

    request = json.loads(filled(json.dumps(case["request"])))
    status, code, text = refused(getattr(unchanged.sesv2, case["operation"]), **request)
    assert (status, code) == (case["status"], case["code"])
    assert (text or None) == case["text"]
    assert pairs(unchanged, arn(unchanged, "identity/x.example")) == {"b": "1"}


def test_an_identity_shows_its_tags(tagged):
    assert tagged.sesv2.get_email_identity(EmailIdentity="x.example")["Tags"] == as_tags(b="1")


def test_an_address_with_a_slash_is_tagged(lab):
    lab.sesv2.create_email_identity(EmailIdentity="a/b@own.example", Tags=[{"Key": "k", "Value": "v"}])
    identity = arn(lab, "identity/a/b@own.example")
    lab.sesv2.tag_resource(ResourceArn=identity, Tags=[{"Key": "l", "Value": "w"}])
    assert pairs(lab, identity) == {"k": "v", "l": "w"}


def test_fifty_tags_are_the_most_also_together(tagged):
    resource = arn(tagged, "identity/x.example")
    many = as_tags(**{f"k{number}": "v" for number in range(50)})
    at_most = "Maximum of 50 user tags are allowed per resource, consider reducing the number of tags in the request"
    tag = tagged.sesv2.tag_resource
    assert refused(tag, ResourceArn=resource, Tags=[*many, *as_tags(k0="w")])[2] == at_most
    assert refused(tag, ResourceArn=resource, Tags=many)[2] == f"{at_most} or delete existing tags and retry"
    tag(ResourceArn=resource, Tags=many[1:])
    tag(ResourceArn=resource, Tags=as_tags(b="2"))
    assert len(pairs(tagged, resource)) == 50


def test_an_arn_of_another_region_is_another_resource(tagged):
    there = arn(tagged, "identity/x.example", "eu-west-1")
    assert pairs(tagged, there) == {}
    elsewhere = tagged.client("sesv2", "eu-west-1")
    assert refused(elsewhere.list_tags_for_resource, ResourceArn=there)[0] == 404


def test_partition_and_service_of_an_arn_are_not_looked_at(tagged):
    for begin in ("arn:aws-cn:ses", "arn:aws:s3"):
        resource = arn(tagged, "identity/x.example").replace("arn:aws:ses", begin)
        assert pairs(tagged, resource) == {"b": "1"}


def test_lengths_are_counted_in_characters_value_before_key(tagged):
    resource, wide = arn(tagged, "identity/x.example"), "\U0001d400"
    tagged.sesv2.tag_resource(ResourceArn=resource, Tags=as_tags(**{wide * 128: "a\u00a0b _.:/=+-@"}))
    text = refused(tagged.sesv2.tag_resource, ResourceArn=resource, Tags=as_tags(**{wide * 129: "v" * 257}))[2]
    assert text == (
        "2 validation errors detected: Value at 'tags.1.member.value' failed to satisfy constraint: Member must have "
        "length less than or equal to 256; Value at 'tags.1.member.key' failed to satisfy constraint: Member must "
        "have length less than or equal to 128"
    )
