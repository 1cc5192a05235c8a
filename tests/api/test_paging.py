"""Every list of both versions, through boto3: pages hold everything once, in whatever sizes; tokens are of one list, in
one region of one account; sizes that are not served are refused in SES's words.

What is tested is what botocore's models have: an operation that takes ``NextToken`` and is not in the fixture fails.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from emulator.ses.dispatch import operations
from emulator.values import Door
from tests.api.refusals import refused
from tests.conftest import Lab

LISTS = json.loads((Path(__file__).parents[2] / "fixtures" / "aws" / "paging.json").read_text("utf-8"))
SIZED = [case for case in LISTS if case["size"]]
ELSEWHERE = "eu-west-1"
# What moves on by itself: an endpoint becomes ready, a job is done.
MOVING = {"Status", "JobStatus", "LastUpdatedTimestamp", "CompletedTimestamp", "DeliverabilityTestStatus"}
INSIGHTS = {"MessageInsightsDataSource": {"StartDate": 1700000000, "EndDate": 1700086400}}


def furnished(lab):
    """Three or more of everything that is listed, but for rule sets: those have no second page before the limit."""
    ses, home = lab.sesv2, f"arn:aws:ses:{lab.region}:{lab.account}"
    lab.production()
    lab.verify("own.example", "two.example", "three.example")
    ses.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})
    ses.put_deliverability_dashboard_option(DashboardEnabled=True, SubscribedDomains=[{"Domain": "own.example"}])
    ses.create_contact_list(ContactListName="news")
    ses.create_dedicated_ip_pool(PoolName="empty")
    content = {"Subject": "s", "Text": "t"}
    to = {"SuppressionListDestination": {"SuppressionListImportAction": "PUT"}}
    source = {"S3Url": "s3://no-such-bucket/list", "DataFormat": "CSV"}
    redirects = {"SuccessRedirectionURL": "https://a.example/", "FailureRedirectionURL": "https://b.example/"}
    sample = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}
    for name in ("one", "two", "three"):
        ses.create_configuration_set(ConfigurationSetName=name)
        ses.create_email_template(TemplateName=name, TemplateContent=content)
        ses.create_custom_verification_email_template(
            TemplateName=name,
            FromEmailAddress="a@own.example",
            TemplateSubject="s",
            TemplateContent="t",
            **redirects,
        )
        ses.create_contact(ContactListName="news", EmailAddress=f"{name}@reader.example")
        ses.put_suppressed_destination(EmailAddress=f"{name}@listed.example", Reason="BOUNCE")
        ses.create_dedicated_ip_pool(PoolName=name)
        lab.api("POST", f"dedicated-ips?account={lab.account}&region={lab.region}", {})
        ses.create_export_job(ExportDataSource=INSIGHTS, ExportDestination={"DataFormat": "CSV"})
        ses.create_import_job(ImportDestination=to, ImportDataSource=source)
        ses.create_multi_region_endpoint(EndpointName=name, Details={"RoutesDetails": [{"Region": "us-east-1"}]})
        ses.create_tenant(TenantName=name)
        ses.create_tenant_resource_association(TenantName="one", ResourceArn=f"{home}:configuration-set/{name}")
        ses.create_tenant_resource_association(TenantName=name, ResourceArn=f"{home}:identity/two.example")
        ses.associate_email_identity_certificate(
            EmailIdentity="own.example",
            FromAddress=f"{name}@own.example",
            CertificateArn=f"arn:aws:acm:{lab.region}:{lab.account}:certificate/ghost",
        )
        ses.create_deliverability_test_report(FromEmailAddress=f"{name}@own.example", Content=sample)
        lab.send("a@own.example", f"{name}@reader.example", subject=f"campaign {name}")
        lab.wait(to=f"{name}@reader.example", region=lab.region)
    return lab


@pytest.fixture(scope="module")
def home(another):
    return furnished(another())


@pytest.fixture(scope="module")
def abroad(home):
    """The same account with the same things in another region."""
    return furnished(Lab(home.emulator, home.account, ELSEWHERE))


@pytest.fixture(scope="module")
def stranger(another):
    """Another account with the same things in the same region."""
    return furnished(another())


def listed(lab, case, **paging):
    now = datetime.now(UTC)
    period = {"StartDate": now - timedelta(days=1), "EndDate": now + timedelta(hours=1)}
    request = {name: period.get(name, value) for name, value in case["request"].items()}
    text = json.dumps(request, default=str).replace("{arn}", f"arn:aws:ses:{lab.region}:{lab.account}")
    return getattr(lab.client(case["service"]), xform_name(case["operation"]))(**{**json.loads(text), **paging})


def lasting(items):
    return [{n: v for n, v in one.items() if n not in MOVING} if isinstance(one, dict) else one for one in items]


def id_of(case):
    return f"{case['service']}-{case['operation']}"


def token(lab, case):
    return listed(lab, case, **{case["size"]: 1})["NextToken"]


def refusal(case, given):
    bad = case["token"]
    return 400, bad["code"], bad["text"] and bad["text"].replace("{token}", given)


def test_every_list_that_has_pages_is_here():
    session = botocore.session.get_session()
    paged = {
        (service, name)
        for service, door in (("ses", Door.V1), ("sesv2", Door.V2))
        for name in set(session.get_service_model(service).operation_names) & {*operations(door)}
        if "NextToken" in getattr(session.get_service_model(service).operation_model(name).input_shape, "members", ())
    }
    assert {(case["service"], case["operation"]) for case in LISTS} == paged


@pytest.mark.parametrize("case", SIZED, ids=id_of)
def test_pages_of_any_size_hold_everything_once(home, case):
    everything = listed(home, case)[case["items"]]
    assert len(everything) >= 3
    for size in (1, 2):
        found, page = [], {"NextToken": None}
        while "NextToken" in page:
            given = {"NextToken": page["NextToken"]} if page["NextToken"] else {}
            page = listed(home, case, **{case["size"]: size}, **given)
            assert 1 <= len(page[case["items"]]) <= size
            found += page[case["items"]]
        assert lasting(found) == lasting(everything)
    exact = listed(home, case, **{case["size"]: len(everything)})
    assert "NextToken" not in exact


@pytest.mark.parametrize("case", SIZED, ids=id_of)
def test_a_token_of_another_region_or_account_opens_no_page(home, abroad, stranger, case):
    for other in (abroad, stranger):
        given = token(other, case)
        assert refused(listed, home, case, NextToken=given) == refusal(case, given)
        assert listed(other, case, NextToken=given)[case["items"]]


@pytest.mark.parametrize("case", LISTS, ids=id_of)
def test_a_token_of_another_kind_of_list_opens_no_page(home, case):
    kinds = {other["kind"]: other for other in SIZED if other["kind"] != case["kind"]}
    for other in kinds.values():
        given = token(home, other)
        assert refused(listed, home, case, NextToken=given) == refusal(case, given)


@pytest.mark.parametrize("case", SIZED, ids=id_of)
def test_a_token_that_was_tampered_with_opens_no_page(home, case):
    good = token(home, case)
    data = bytearray(base64.b64decode(good))
    changed = []
    for place in (0, len(data) // 2, len(data) - 1):
        other = bytearray(data)
        other[place] ^= 1
        changed.append(base64.b64encode(other).decode())
    for given in (*changed, good[: len(good) // 8 * 4], base64.b64encode(data + b"x").decode(), "abcd"):
        assert refused(listed, home, case, NextToken=given) == refusal(case, given)
    assert listed(home, case, NextToken=good)[case["items"]]


@pytest.mark.parametrize("case", [case for case in SIZED if case["below"]], ids=id_of)
def test_a_size_that_is_not_served_is_refused(home, case):
    for size, text in ((0, case["below"]), (case["most"] + 1, case["beyond"])):
        wanted = (400, "BadRequestException" if case["service"] == "sesv2" else "InvalidParameterValue", text)
        assert refused(listed, home, case, **{case["size"]: size}) == wanted
    assert listed(home, case, **{case["size"]: case["most"]})[case["items"]]


@pytest.mark.parametrize("case", LISTS, ids=id_of)
def test_an_empty_token_is_none_or_no_token(home, case):
    if case["empty"] == "first page":
        everything = listed(home, case)[case["items"]]
        assert lasting(listed(home, case, NextToken="")[case["items"]]) == lasting(everything)
    else:
        code, text = case["token"]["code"], case["token"]["text"].replace("{token}", "")
        if case["empty"] != "refused":
            code, text = "BadRequestException", case["empty"]
        assert refused(listed, home, case, NextToken="") == (400, code, text)


@pytest.mark.parametrize("case", [one for one in SIZED if one["empty"].startswith("1 ")], ids=id_of)
def test_an_empty_token_is_told_before_a_size_that_is_not_served(home, case):
    text = refused(listed, home, case, NextToken="", PageSize=case["most"] + 1)[2]
    first, _, second = text.partition("; ")
    assert first == case["empty"].replace("1 validation error", "2 validation errors")
    assert second == case["beyond"].partition(": ")[2]


@pytest.mark.parametrize(
    ("operation", "one", "other"),
    [
        ("ListSuppressedDestinations", {"Reasons": ["BOUNCE"]}, {"Reasons": ["BOUNCE", "COMPLAINT"]}),
        ("ListTenants", {"Filter": {"TENANT_NAME_CONTAINS": "o"}}, {"Filter": {"TENANT_NAME_CONTAINS": "t"}}),
        ("ListTenantResources", {"Filter": {"RESOURCE_TYPE": "configuration-set"}}, {}),
        ("ListEmailIdentities", {"Filter": {"IDENTITY_NAME_CONTAINS": "example"}}, {}),
    ],
)
def test_a_token_of_other_things_asked_for_opens_no_page(home, operation, one, other):
    case = next(case for case in LISTS if case["service"] == "sesv2" and case["operation"] == operation)
    given = listed(home, case, PageSize=1, **one)["NextToken"]
    assert listed(home, case, PageSize=1, NextToken=given, **one)[case["items"]]
    assert refused(listed, home, case, NextToken=given, **other) == refusal(case, given)
    back = token(home, case)
    code, text = case["token"]["code"], case["token"]["text"].replace("{token}", back)
    if operation == "ListEmailIdentities":
        text = "Invalid NextToken."
    assert refused(listed, home, case, NextToken=back, **one) == (400, code, text)


@pytest.mark.parametrize("kind", ["templates", "identities", "configuration sets", "custom verification templates"])
def test_both_versions_take_each_others_tokens(home, kind):
    one, two = (case for case in LISTS if case["kind"] == kind)
    assert {one["service"], two["service"]} == {"ses", "sesv2"}
    for given, taking in ((one, two), (two, one)):
        assert len(listed(home, taking, NextToken=token(home, given))[taking["items"]]) >= 2


def test_unasked_and_oversized_pages_have_the_size_that_ses_gives_them(lab):
    for number in range(26):
        lab.ses.verify_domain_identity(Domain=f"d{number}.example")
    for number in range(101):
        lab.sesv2.create_configuration_set(ConfigurationSetName=f"s{number}")
        lab.sesv2.create_email_template(TemplateName=f"t{number}", TemplateContent={"Subject": "s"})
        lab.sesv2.create_tenant(TenantName=f"t{number}")
    there = {"templates": 101, "configuration sets": 101, "identities": 26, "tenants": 101}
    oversized = {"templates": 100, "configuration sets": 50}
    for case in SIZED:
        if case["kind"] not in there:
            continue
        assert len(listed(lab, case)[case["items"]]) == min(case["default"], there[case["kind"]]), case["operation"]
        for size in () if case["below"] else (0, case["most"] + 1):
            assert len(listed(lab, case, **{case["size"]: size})[case["items"]]) == oversized[case["kind"]]
