"""The model's constraints in AWS's words."""

from __future__ import annotations

import time

import pytest

from emulator.aws import validate
from emulator.aws.model import Service
from emulator.errors import Fault
from emulator.values import Door


def refused(operation, params, style):
    with pytest.raises(Fault) as caught:
        validate.check(operation, params, style)
    fault = caught.value
    assert (fault.v1, fault.v2) == ("ValidationError", "BadRequestException")
    return fault.message


def one(path, constraint, value=""):
    return f"1 validation error detected: Value {value}at '{path}' failed to satisfy constraint: {constraint}"


def simple(**more):
    return {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}, **more}}


def header(name="X-A", value="b"):
    return {"Content": simple(Headers=[{"Name": "X-First", "Value": "1"}, {"Name": name, "Value": value}])}


def test_a_sound_call_passes(v1, v2):
    validate.check(v2.operation("SendEmail"), {"FromEmailAddress": "a", **header()}, Door.V2)
    validate.check(v1.operation("GetSendQuota"), {}, Door.V1)
    validate.check(v1.operation("VerifyEmailIdentity"), {"EmailAddress": ""}, Door.V1)


def test_a_missing_member_is_named_by_its_path(v1, v2):
    params = {"Source": "a", "Destination": {}, "Message": {"Body": {}}}
    assert refused(v1.operation("SendEmail"), params, Door.V1) == one("message.subject", "Member must not be null")
    headers = {"Content": simple(Headers=[{"Value": "x"}])}
    assert refused(v2.operation("SendEmail"), headers, Door.V2) == one(
        "content.simple.headers.1.member.name", "Member must not be null"
    )


def test_several_violations_are_counted_and_joined(v1):
    assert refused(v1.operation("SendEmail"), {"Message": {"Subject": {"Data": ""}, "Body": {}}}, Door.V1) == (
        "2 validation errors detected: "
        "Value at 'source' failed to satisfy constraint: Member must not be null; "
        "Value at 'destination' failed to satisfy constraint: Member must not be null"
    )


def test_v2_says_null_of_a_missing_enum_or_list(v2):
    assert refused(v2.operation("PutAccountVdmAttributes"), {"VdmAttributes": {}}, Door.V2) == one(
        "vdmAttributes.vdmEnabled", "Member must not be null", "null "
    )
    assert refused(v2.operation("TagResource"), {"ResourceArn": "arn"}, Door.V2) == one(
        "tags", "Member must not be null", "null "
    )


def test_a_required_boolean_is_never_missing(v1):
    validate.check(v1.operation("SetIdentityDkimEnabled"), {"Identity": "a"}, Door.V1)


@pytest.mark.parametrize(
    ("action", "params", "path", "values"),
    [
        ("ListIdentities", {"IdentityType": "Unknown"}, "identityType", "Domain, EmailAddress"),
        (
            "SetIdentityMailFromDomain",
            {"Identity": "a", "BehaviorOnMXFailure": "x"},
            "behaviorOnMXFailure",
            "RejectMessage, UseDefaultValue",
        ),
        (
            "CreateReceiptRule",
            {"RuleSetName": "a", "Rule": {"Name": "b", "TlsPolicy": "x"}},
            "rule.tlsPolicy",
            "Optional, Require",
        ),
        (
            "CreateReceiptRule",
            {"RuleSetName": "a", "Rule": {"Name": "b", "Actions": [{"SNSAction": {"TopicArn": "t", "Encoding": "x"}}]}},
            "rule.actions.1.member.sNSAction.encoding",
            "Base64, UTF-8",
        ),
        (
            "CreateReceiptRule",
            {
                "RuleSetName": "a",
                "Rule": {"Name": "b", "Actions": [{"LambdaAction": {"FunctionArn": "f", "InvocationType": "x"}}]},
            },
            "rule.actions.1.member.lambdaAction.invocationType",
            "RequestResponse, Event",
        ),
    ],
)
def test_an_enum_lists_its_values_as_ses_was_seen_to(v1, action, params, path, values):
    expected = one(path, f"Member must satisfy enum value set: [{values}]")
    assert refused(v1.operation(action), params, Door.V1) == expected


@pytest.mark.parametrize(
    ("action", "params", "path", "values"),
    [
        (
            "PutEmailIdentityMailFromAttributes",
            {"EmailIdentity": "a", "BehaviorOnMxFailure": "x"},
            "behaviorOnMxFailure",
            "REJECT_MESSAGE, USE_DEFAULT_VALUE",
        ),
        ("PutSuppressedDestination", {"EmailAddress": "a", "Reason": "x"}, "reason", "BOUNCE, COMPLAINT"),
        (
            "PutTenantSuppressionAttributes",
            {"TenantName": "a", "SuppressionScope": "x"},
            "suppressionScope",
            "TENANT, ACCOUNT",
        ),
    ],
)
def test_an_enum_of_v2(v2, action, params, path, values):
    expected = one(path, f"Member must satisfy enum value set: [{values}]")
    assert refused(v2.operation(action), params, Door.V2) == expected


@pytest.mark.parametrize("reasons", [["NOPE"], [None], ["BOUNCE", None]])
def test_a_bad_element_is_told_with_all_constraints_of_its_shape(v2, reasons):
    assert refused(v2.operation("PutAccountSuppressionAttributes"), {"SuppressedReasons": reasons}, Door.V2) == one(
        "suppressedReasons",
        "Member must satisfy constraint: [Member must satisfy enum value set: [BOUNCE, COMPLAINT]]",
    )


def test_no_list_keeps_a_null(v2):
    params = {"Content": simple(Headers=[None]), "ReplyToAddresses": ["a", None]}
    assert refused(v2.operation("SendEmail"), params, Door.V2) == (
        "2 validation errors detected: "
        "Value at 'replyToAddresses' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must not be null]; "
        "Value at 'content.simple.headers.1.member' failed to satisfy constraint: Member must not be null"
    )


def test_bad_keys_and_values_of_a_map(v2):
    filters = {"TenantName": "a", "Filter": {"RESOURCE_TYPE": ""}}
    assert refused(v2.operation("ListTenantResources"), filters, Door.V2) == one(
        "filter",
        "Map value must satisfy constraint: [Member must have length less than or equal to 512, "
        "Member must have length greater than or equal to 1]",
    )
    filters["Filter"] = {"INVALID": "template"}
    assert refused(v2.operation("ListTenantResources"), filters, Door.V2) == one(
        "filter", "Map keys must satisfy constraint: [Member must satisfy enum value set: [RESOURCE_TYPE]]"
    )


@pytest.mark.parametrize(
    ("params", "path", "constraint"),
    [
        (header(name="a" * 127), "headers.2.member.name", "Member must have length less than or equal to 126"),
        (header(name="a b"), "headers.2.member.name", "Member must satisfy regular expression pattern: ^[!-9;-@A-~]+$"),
        (header(name="a\n"), "headers.2.member.name", "Member must satisfy regular expression pattern: ^[!-9;-@A-~]+$"),
        (header(value=""), "headers.2.member.value", "Member must have length greater than or equal to 1"),
        (header(value="a\r\nb"), "headers.2.member.value", "Member must satisfy regular expression pattern: [ -~]*"),
        (header(value="ä"), "headers.2.member.value", "Member must satisfy regular expression pattern: [ -~]*"),
        (
            {"Content": simple(Headers=[{"Name": f"X-{i}", "Value": "1"} for i in range(16)])},
            "headers",
            "Member must have length less than or equal to 15",
        ),
    ],
)
def test_lengths_and_patterns(v2, params, path, constraint):
    assert refused(v2.operation("SendEmail"), params, Door.V2) == one(f"content.simple.{path}", constraint)


def test_patterns_are_read_as_java_reads_them(v2):
    params = {"EndpointName": "ä", "Details": {"RoutesDetails": [{"Region": "eu-west-1"}]}}
    assert refused(v2.operation("CreateMultiRegionEndpoint"), params, Door.V2) == one(
        "endpointName", r"Member must satisfy regular expression pattern: ^[\w\-_]+$"
    )


def test_a_number_is_shown(v2):
    params = {"ExportDataSource": {"MessageInsightsDataSource": {"StartDate": 1.0, "EndDate": 2.0, "MaxResults": 0}}}
    params["ExportDestination"] = {"DataFormat": "CSV"}
    assert refused(v2.operation("CreateExportJob"), params, Door.V2) == one(
        "exportDataSource.messageInsightsDataSource.maxResults",
        "Member must have value greater than or equal to 1",
        "'0' ",
    )


def test_what_ses_answers_itself_is_left_to_ses(v1, v2):
    validate.check(v2.operation("SendEmail"), header(name=""), Door.V2)
    validate.check(v2.operation("CreateTenant"), {"TenantName": ""}, Door.V2)
    validate.check(v2.operation("BatchGetMetricData"), {"Queries": []}, Door.V2)
    validate.check(v1.operation("ListCustomVerificationEmailTemplates"), {"MaxResults": 1000}, Door.V1)


def test_a_million_bad_elements_make_a_short_message(v2):
    message = refused(v2.operation("SendEmail"), {"Content": simple(Headers=[{}] * 100_000)}, Door.V2)
    assert len(message) < 20_000


def test_no_pattern_of_the_models_hangs_on_a_hostile_value(v1, v2):
    hostile = [
        "@" * 5000 + "\n",
        "s3://a/" + "x/" * 20_000 + "\n",
        "a" * 50_000 + "!",
        "/" * 5000,
        "A" * 4999 + "=" * 3,
    ]
    started = time.thread_time()
    for service in (v1, v2):
        for name in service.operations:
            service.operation(name)
        for shape in service._built_shapes.values():
            if shape.matcher is not None:
                for value in hostile:
                    validate._constraints(shape, value, Door.V2)
    assert time.thread_time() - started < 5


def test_a_long_value_without_a_length_limit_fails_its_pattern_unread():
    shapes = {
        "In": {"type": "structure", "members": {"Name": {"shape": "Name"}}},
        "Name": {"type": "string", "pattern": "^a+$"},
    }
    service = Service(
        {
            "metadata": {"apiVersion": "2000-01-01"},
            "operations": {"Do": {"http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "In"}}},
            "shapes": shapes,
        }
    )
    validate.check(service.operation("Do"), {"Name": "a" * 2048}, Door.V1)
    assert refused(service.operation("Do"), {"Name": "a" * 2049}, Door.V1) == one(
        "name", "Member must satisfy regular expression pattern: ^a+$"
    )
