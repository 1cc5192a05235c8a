"""Tenants, what belongs to them, reputation entities and multi-region endpoints through boto3."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emulator.documents.tenants import Tenant
from emulator.errors import Fault
from emulator.policy import tenants as rule
from emulator.values import Door, Scope
from tests.api.refusals import refused

TEXTS = json.loads((Path(__file__).parents[2] / "fixtures" / "aws" / "tenants.json").read_text("utf-8"))


def filled(text, lab):
    arn = f"arn:aws:ses:{lab.region}:{lab.account}"
    for name, value in (("{arn}", arn), ("{account}", lab.account), ("{region}", lab.region)):
        text = text.replace(name, value)
    return text


def with_acme(lab):
    """The account with a tenant ``acme`` that has the identity acme.example."""
    lab.sesv2.create_tenant(TenantName="acme")
    lab.api("PUT", f"identities/acme.example?account={lab.account}&region={lab.region}")
    lab.sesv2.create_tenant_resource_association(
        TenantName="acme", ResourceArn=filled("{arn}:identity/acme.example", lab)
    )
    return lab


@pytest.fixture
def acme(lab):
    return with_acme(lab)


@pytest.fixture(scope="module")
def unchanged(another):
    """For refusals, which change nothing."""
    return with_acme(another())


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: f"{case['operation']} {case['text'][:50]}")
def test_the_texts_of_refusals_are_ses_own(unchanged, case):
    request = json.loads(filled(json.dumps(case["request"]), unchanged))
    answer = refused(getattr(unchanged.sesv2, case["operation"]), **request)
    assert answer == (case["status"], case["code"], filled(case["text"], unchanged))


def test_a_tenant_is_created_read_and_deleted(lab):
    made = lab.sesv2.create_tenant(
        TenantName="t-1",
        Tags=[{"Key": "team", "Value": "mail"}],
        SuppressionAttributes={"SuppressedReasons": ["BOUNCE"], "SuppressionScope": "TENANT"},
    )
    del made["ResponseMetadata"]
    assert made["TenantArn"] == f"arn:aws:ses:{lab.region}:{lab.account}:tenant/t-1/{made['TenantId']}"
    assert made["TenantId"].startswith("tn-")
    assert len(made["TenantId"]) == 33
    assert made["SendingStatus"] == "ENABLED"
    assert made["Tags"] == [{"Key": "team", "Value": "mail"}]
    assert lab.sesv2.get_tenant(TenantName="t-1")["Tenant"] == made
    lab.sesv2.delete_tenant(TenantName="t-1")
    assert refused(lab.sesv2.get_tenant, TenantName="t-1")[0] == 404
    again = lab.sesv2.create_tenant(TenantName="t-1")
    assert again["TenantId"] != made["TenantId"]
    assert again["Tags"] == []
    assert "SuppressionAttributes" not in again


def test_suppression_attributes_are_replaced_and_cleared(acme):
    def shown():
        return acme.sesv2.get_tenant(TenantName="acme")["Tenant"].get("SuppressionAttributes")

    both = {"SuppressedReasons": ["BOUNCE", "COMPLAINT"], "SuppressionScope": "ACCOUNT"}
    acme.sesv2.put_tenant_suppression_attributes(TenantName="acme", **both)
    assert shown() == both
    none = {"SuppressedReasons": [], "SuppressionScope": "TENANT"}
    acme.sesv2.put_tenant_suppression_attributes(TenantName="acme", **none)
    assert shown() == none
    acme.sesv2.put_tenant_suppression_attributes(TenantName="acme")
    assert shown() is None


def test_the_suppression_list_of_a_tenant_goes_with_it(acme):
    acme.production()
    listed = acme.sesv2.list_suppressed_destinations
    acme.sesv2.put_suppressed_destination(EmailAddress="no@else.example", Reason="BOUNCE", TenantName="acme")
    assert len(listed(TenantName="acme")["SuppressedDestinationSummaries"]) == 1
    acme.sesv2.delete_tenant(TenantName="acme")
    acme.sesv2.create_tenant(TenantName="acme")
    assert listed(TenantName="acme")["SuppressedDestinationSummaries"] == []


def test_tenants_are_listed_by_name_in_pages_and_by_filter(lab):
    for name in ("c", "a", "b"):
        lab.sesv2.create_tenant(TenantName=name)
    first = lab.sesv2.list_tenants(PageSize=2)
    assert [one["TenantName"] for one in first["Tenants"]] == ["a", "b"]
    rest = lab.sesv2.list_tenants(PageSize=2, NextToken=first["NextToken"])
    assert [one["TenantName"] for one in rest["Tenants"]] == ["c"]
    assert "NextToken" not in rest
    filtered = lab.sesv2.list_tenants(Filter={"TENANT_NAME_CONTAINS": "b"})["Tenants"]
    assert [one["TenantName"] for one in filtered] == ["b"]
    assert lab.sesv2.list_tenants(Filter={"SENDING_STATUS": "DISABLED"})["Tenants"] == []
    assert refused(lab.sesv2.list_tenants, Filter={"SENDING_STATUS": "X"})[0] == 400
    elsewhere = lab.client("sesv2", "eu-west-1")
    assert elsewhere.list_tenants()["Tenants"] == []
    assert refused(elsewhere.list_tenants, NextToken=first["NextToken"])[2] == "Invalid Next Token"
    assert refused(lab.sesv2.list_tenant_resources, TenantName="a", NextToken=first["NextToken"])[0] == 400


def test_resources_are_listed_from_both_sides(acme):
    ses, arn = acme.sesv2, filled("{arn}:identity/", acme)
    for name in ("box@one.example", "box@two.example"):
        ses.create_email_identity(EmailIdentity=name)
        ses.create_tenant_resource_association(TenantName="acme", ResourceArn=arn + name)
    for tenant in ("zeta", "beta"):
        ses.create_tenant(TenantName=tenant)
        ses.create_tenant_resource_association(TenantName=tenant, ResourceArn=arn + "box@one.example")
    identities = {"TenantName": "acme", "PageSize": 2, "Filter": {"RESOURCE_TYPE": "identity"}}
    page = ses.list_tenant_resources(**identities)
    assert page["TenantResources"] == [
        {"ResourceType": "identity", "ResourceArn": arn + "acme.example"},
        {"ResourceType": "identity", "ResourceArn": arn + "box@one.example"},
    ]
    page = ses.list_tenant_resources(**identities, NextToken=page["NextToken"])
    assert [one["ResourceArn"] for one in page["TenantResources"]] == [arn + "box@two.example"]
    assert ses.list_tenant_resources(TenantName="acme", Filter={"RESOURCE_TYPE": "template"})["TenantResources"] == []

    first = ses.list_resource_tenants(ResourceArn=arn + "box@one.example", PageSize=2)
    assert [one["TenantName"] for one in first["ResourceTenants"]] == ["acme", "zeta"]
    assert first["ResourceTenants"][0]["TenantId"] == ses.get_tenant(TenantName="acme")["Tenant"]["TenantId"]
    rest = ses.list_resource_tenants(ResourceArn=arn + "box@one.example", NextToken=first["NextToken"])
    assert [one["TenantName"] for one in rest["ResourceTenants"]] == ["beta"]

    ses.delete_tenant(TenantName="acme")
    left = ses.list_resource_tenants(ResourceArn=arn + "box@one.example")["ResourceTenants"]
    assert [one["TenantName"] for one in left] == ["zeta", "beta"]
    ses.delete_email_identity(EmailIdentity="acme.example")


def test_an_association_is_taken_off_silently(acme):
    identity = filled("{arn}:identity/acme.example", acme)
    for _ in range(2):
        acme.sesv2.delete_tenant_resource_association(TenantName="acme", ResourceArn=identity)
    assert acme.sesv2.list_tenant_resources(TenantName="acme")["TenantResources"] == []
    acme.ses.delete_identity(Identity="acme.example")


def test_a_template_belongs_to_a_tenant_too(acme):
    acme.sesv2.create_email_template(TemplateName="t", TemplateContent={"Subject": "s", "Text": "t"})
    template = filled("{arn}:template/t", acme)
    acme.sesv2.create_tenant_resource_association(TenantName="acme", ResourceArn=template)
    listed = acme.sesv2.list_tenant_resources(TenantName="acme")["TenantResources"]
    assert listed[-1] == {"ResourceType": "template", "ResourceArn": template}
    text = (
        f"Cannot delete <{template}> because it has tenant associations. Remove all tenant associations and try again."
    )
    assert refused(acme.sesv2.delete_email_template, TemplateName="t") == (400, "BadRequestException", text)
    assert refused(acme.ses.delete_template, TemplateName="t") == (400, "BadRequestException", text)


def test_v1_cannot_delete_what_a_tenant_has_either(acme):
    status, code, _ = refused(acme.ses.delete_identity, Identity="acme.example")
    assert (status, code) == (400, "BadRequestException")


def test_a_tenant_is_a_reputation_entity(acme):
    ses = acme.sesv2
    arn = ses.get_tenant(TenantName="acme")["Tenant"]["TenantArn"]
    entity = {"ReputationEntityType": "RESOURCE", "ReputationEntityReference": arn}
    told = ses.get_reputation_entity(**entity)["ReputationEntity"]
    policies = f"arn:aws:ses:{acme.region}:aws:reputation-policy"
    assert told["ReputationManagementPolicy"] == f"{policies}/standard"
    assert told["SendingStatusAggregate"] == "ENABLED"
    ses.update_reputation_entity_customer_managed_status(**entity, SendingStatus="DISABLED")
    ses.update_reputation_entity_policy(**entity, ReputationEntityPolicy=f"{policies}/strict")
    told = ses.get_reputation_entity(**entity)["ReputationEntity"]
    assert told["CustomerManagedStatus"]["Status"] == told["SendingStatusAggregate"] == "DISABLED"
    assert told["AwsSesManagedStatus"]["Status"] == "ENABLED"
    assert told["ReputationManagementPolicy"] == f"{policies}/strict"
    assert ses.get_tenant(TenantName="acme")["Tenant"]["SendingStatus"] == "DISABLED"
    assert refused(ses.update_reputation_entity_policy, **entity, ReputationEntityPolicy="arn:x")[0] == 400
    gone = {**entity, "ReputationEntityReference": arn[:-1] + "z"}
    assert refused(ses.get_reputation_entity, **gone)[:2] == (404, "NotFoundException")
    assert refused(ses.update_reputation_entity_customer_managed_status, **gone, SendingStatus="ENABLED")[0] == 400


def test_reputation_entities_are_listed_and_filtered(lab):
    for name in ("b", "a"):
        lab.sesv2.create_tenant(TenantName=name)
    arns = [f"arn:aws:ses:{lab.region}:{lab.account}:tenant/{name}/" for name in "ab"]

    def found(**filters):
        listed = lab.sesv2.list_reputation_entities(Filter=filters)["ReputationEntities"]
        return [one["ReputationEntityReference"][: len(arns[0])] for one in listed]

    assert found() == arns
    assert found(ENTITY_TYPE="RESOURCE", SENDING_STATUS="ENABLED") == arns
    assert found(SENDING_STATUS="DISABLED") == []
    assert found(REPUTATION_IMPACT="HIGH") == []
    assert found(ENTITY_REFERENCE_PREFIX=arns[1]) == arns[1:]
    page = lab.sesv2.list_reputation_entities(PageSize=1)
    assert len(page["ReputationEntities"]) == 1
    page = lab.sesv2.list_reputation_entities(PageSize=1, NextToken=page["NextToken"])
    assert page["ReputationEntities"][0]["ReputationEntityReference"].startswith(arns[1])
    assert refused(lab.sesv2.list_reputation_entities, Filter={"SENDING_STATUS": "X"})[0] == 400


def test_a_send_needs_a_tenant_that_is_there_enabled_and_has_everything():
    scope = Scope("123456789012", "us-east-1")

    def said(call):
        with pytest.raises(Fault) as problem:
            call()
        return problem.value.status, problem.value.code(Door.V2), problem.value.message

    assert said(lambda: rule.require_tenant("ghost", None, scope)) == (
        None,
        "NotFoundException",
        "Tenant ghost for AwsAccountId 123456789012 not found.",
    )
    disabled = Tenant(scope=scope, name="t", id="tn-1", sending_status="DISABLED")
    assert said(lambda: rule.require_tenant("t", disabled, scope))[1] == "SendingPausedException"
    assert rule.require_tenant("t", Tenant(scope=scope, name="t", id="tn-1"), scope).name == "t"

    needed = rule.needed("a.example", "set", None)
    assert needed == ("identity/a.example", "configuration-set/set")
    rule.require_associated(needed, set(needed), scope)
    arn = "arn:aws:ses:us-east-1:123456789012"
    assert said(lambda: rule.require_associated(needed, (), scope)) == (
        403,
        "AccessDeniedException",
        f"Tenant not associated with resources [{arn}:identity/a.example, {arn}:configuration-set/set].",
    )


def test_an_endpoint_is_ready_after_some_seconds_and_then_deleted(fresh):
    lab = fresh()
    ses = lab.sesv2
    details = {"RoutesDetails": [{"Region": "eu-west-1"}]}
    made = ses.create_multi_region_endpoint(EndpointName="two", Details=details)
    assert made["Status"] == "CREATING"
    lab.advance(10)
    told = ses.get_multi_region_endpoint(EndpointName="two")
    assert (told["Status"], told["EndpointId"]) == ("READY", made["EndpointId"])
    assert told["Routes"] == [{"Region": lab.region}, {"Region": "eu-west-1"}]
    (listed,) = ses.list_multi_region_endpoints()["MultiRegionEndpoints"]
    assert (listed["EndpointName"], listed["Regions"]) == ("two", [lab.region, "eu-west-1"])
    again = refused(ses.create_multi_region_endpoint, EndpointName="two", Details=details)
    assert again[:2] == (400, "AlreadyExistsException")
    assert lab.client("sesv2", "eu-west-1").list_multi_region_endpoints()["MultiRegionEndpoints"] == []
    assert ses.delete_multi_region_endpoint(EndpointName="two")["Status"] == "DELETING"
    assert refused(ses.get_multi_region_endpoint, EndpointName="two")[:2] == (404, "NotFoundException")
    assert refused(ses.delete_multi_region_endpoint, EndpointName="two")[0] == 404


def test_endpoints_are_listed_in_pages_and_need_one_other_region(lab):
    ses = lab.sesv2
    for name in ("b", "a", "c"):
        ses.create_multi_region_endpoint(EndpointName=name, Details={"RoutesDetails": [{"Region": "us-east-1"}]})
    page = ses.list_multi_region_endpoints(PageSize=2)
    assert [one["EndpointName"] for one in page["MultiRegionEndpoints"]] == ["a", "b"]
    page = ses.list_multi_region_endpoints(PageSize=2, NextToken=page["NextToken"])
    assert [one["EndpointName"] for one in page["MultiRegionEndpoints"]] == ["c"]
    assert refused(ses.list_multi_region_endpoints, NextToken="abcd")[2] == "Invalid NextToken <abcd>."
    for routes in ([], [{"Region": lab.region}], [{"Region": "nowhere"}], [{"Region": "us-east-1"}] * 2):
        details = {"RoutesDetails": routes}
        assert refused(ses.create_multi_region_endpoint, EndpointName="d", Details=details)[0] == 400


def test_a_send_through_an_endpoint_lands_in_one_of_its_regions(fresh, ask):
    lab = fresh(max_send_rate=-1.0)
    regions = (lab.region, "eu-west-1")
    for region in regions:
        lab.api("PUT", f"identities/a@both.example?region={region}")
    details = {"RoutesDetails": [{"Region": regions[1]}]}
    endpoint = lab.sesv2.create_multi_region_endpoint(EndpointName="two", Details=details)["EndpointId"]
    content = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}
    call = {
        "EndpointId": endpoint,
        "FromEmailAddress": "a@both.example",
        "Destination": {"ToAddresses": ["a@both.example"]},
        "Content": content,
    }
    # SDKs sign such a call for all regions with SigV4a, which boto3 can only do with an extra package.
    headers = {
        "Authorization": f"AWS4-ECDSA-P256-SHA256 Credential={lab.account}/20261124/ses/aws4_request, "
        "SignedHeaders=host;x-amz-region-set, Signature=00",
        "X-Amz-Region-Set": "*",
        "X-Amz-Date": "20261124T000000Z",
        "Content-Type": "application/json",
    }

    def send(**more):
        return ask(lab, "POST", "/v2/email/outbound-emails", json.dumps({**call, **more}).encode(), headers)

    early = send()
    assert (early.status, early.json["message"]) == (400, f"Multi-region endpoint <{endpoint}> is not ready.")
    lab.advance(10)
    answers = [send() for _ in range(24)]
    assert {answer.status for answer in answers} == {200}
    sent = dict.fromkeys(regions, 0)
    for answer in answers:
        sent[lab.wait(message_id=answer.json["MessageId"])["region"]] += 1
    assert sum(sent.values()) == len(answers)
    assert all(sent.values())
    # Each region counts its own.
    for region in regions:
        quota = lab.client("sesv2", region).get_account()["SendQuota"]
        assert quota["SentLast24Hours"] == sent[region]
    assert send(FromEmailAddress="stranger@both.example").json["message"].startswith("Email address is not verified.")
    lab.sesv2.delete_multi_region_endpoint(EndpointName="two")
    assert send().status == 404
