"""The wire itself, with http.client and botocore's own signer: who is asked for a signature, what is answered in which
shape to requests that no SDK would send, and --verify-signatures."""

from __future__ import annotations

import http.client
import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import boto3
import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from emulator.runtime import Emulator
from emulator.settings import Settings

NAMESPACE = "{http://ses.amazonaws.com/doc/2010-12-01/}"
FORM = "application/x-www-form-urlencoded"


def signed_for(service: str = "ses", region: str = "us-east-1", key: str = "test") -> dict[str, str]:
    """A signature's scope, which is all that is read unless signatures are verified."""
    scope = f"{key}/20261124/{region}/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"}


def ask(lab, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(lab.endpoint).netloc, timeout=30)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def query(lab, form: dict[str, str] | str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    body = form if isinstance(form, str) else urlencode(form)
    return ask(lab, "POST", "/", body, **{"Content_Type": FORM, **headers})


def v1_error(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, str, str | None]:
    """Status, code and message of v1's ErrorResponse, whose frame is checked on the way."""
    status, headers, body = answer
    root = ET.fromstring(body)
    assert headers["content-type"].startswith("text/xml")
    space = root.tag.partition("}")[0] + "}"
    assert root.tag == f"{space}ErrorResponse"
    assert root.findtext(f"{space}Error/{space}Type") == "Sender"
    assert root.findtext(f"{space}RequestId") == headers["x-amzn-requestid"]
    return status, root.findtext(f"{space}Error/{space}Code"), root.findtext(f"{space}Error/{space}Message")


def v2_error(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, str, str | None]:
    status, headers, body = answer
    assert headers["content-type"] == "application/json"
    assert headers["x-amzn-requestid"]
    told = json.loads(body)
    assert list(told) == ["message"]
    return status, headers["x-amzn-errortype"], told["message"]


# --- who are you ----------------------------------------------------------------------------------


def test_an_unsigned_call_is_asked_for_its_token(lab):
    text = "Request is missing Authentication Token"
    form = {"Action": "GetSendQuota", "Version": "2010-12-01"}
    assert v1_error(query(lab, form)) == (403, "MissingAuthenticationToken", text)
    v2 = ask(lab, "GET", "/v2/email/account")
    assert v2_error(v2) == (403, "MissingAuthenticationTokenException", text)


def test_a_browser_at_the_door_is_shown_to_the_pages(lab):
    status, headers, _ = ask(lab, "GET", "/", Accept="text/html,application/xhtml+xml")
    assert (status, headers["location"]) == (302, "/_ses/")
    assert ask(lab, "GET", "/", Accept="*/*")[0] == 403


def test_a_scope_of_another_service_is_refused_where_the_path_is_sess(lab):
    answer = ask(lab, "GET", "/v2/email/account", **signed_for("email"))
    text = "Credential should be scoped to correct service: 'ses'. "
    assert v2_error(answer) == (403, "InvalidSignatureException", text)


def test_a_region_that_aws_does_not_have_is_refused(lab):
    form = {"Action": "GetSendQuota", "Version": "2010-12-01"}
    assert v1_error(query(lab, form, **signed_for(region="mars"))) == (
        403,
        "SignatureDoesNotMatch",
        "Credential should be scoped to a valid region, not 'mars'. ",
    )


def test_a_broken_authorization_header_is_incomplete(lab):
    answer = query(lab, {"Action": "GetSendQuota"}, Authorization="AWS4-HMAC-SHA256 Credential=x")
    assert v1_error(answer)[:2] == (400, "IncompleteSignature")


# --- what do you want -----------------------------------------------------------------------------


def test_v1_answers_in_its_frame(lab):
    answer = query(lab, {"Action": "VerifyEmailIdentity", "Version": "2010-12-01", "EmailAddress": "a@wire.example"},
                   **signed_for(key=lab.account))  # fmt: skip
    status, headers, body = answer
    root = ET.fromstring(body)
    assert (status, root.tag) == (200, f"{NAMESPACE}VerifyEmailIdentityResponse")
    assert [child.tag for child in root] == [
        f"{NAMESPACE}VerifyEmailIdentityResult",
        f"{NAMESPACE}ResponseMetadata",
    ]
    assert root.findtext(f"{NAMESPACE}ResponseMetadata/{NAMESPACE}RequestId") == headers["x-amzn-requestid"]


def test_v1_may_be_asked_by_get(lab):
    path = "/?" + urlencode({"Action": "GetSendQuota", "Version": "2010-12-01"})
    status, _, body = ask(lab, "GET", path, **signed_for(key=lab.account))
    quota = ET.fromstring(body).find(f"{NAMESPACE}GetSendQuotaResult")
    assert status == 200
    assert {child.tag.removeprefix(NAMESPACE): child.text for child in quota} == {
        "Max24HourSend": "200.0",
        "MaxSendRate": "1.0",
        "SentLast24Hours": "0.0",
    }


@pytest.mark.parametrize(
    ("form", "answer"),
    [
        (
            {"Action": "Nothing", "Version": "2010-12-01"},
            (400, "InvalidAction", "Could not find operation Nothing for version 2010-12-01"),
        ),
        (
            {"Action": "GetSendQuota"},
            (400, "InvalidAction", "Could not find operation GetSendQuota for version NO_VERSION_SPECIFIED"),
        ),
        (
            {"Action": "GetSendQuota", "Version": "2009-01-01"},
            (400, "InvalidAction", "Could not find operation GetSendQuota for version 2009-01-01"),
        ),
        ({"Version": "2010-12-01"}, (400, "MissingAction", "Missing Action")),
        ("", (400, "MissingAction", "Missing Action")),
        (
            "Action=VerifyEmailIdentity&Version=2010-12-01&EmailAddress=%zz",
            (404, "MalformedQueryString", "The query string contains a syntax error"),
        ),
        (
            {"Action": "VerifyEmailIdentity", "Version": "2010-12-01"},
            (
                400,
                "ValidationError",
                "1 validation error detected: Value at 'emailAddress' failed to satisfy constraint: "
                "Member must not be null",
            ),
        ),
        (
            {"Action": "SendRawEmail", "Version": "2010-12-01", "RawMessage.Data": "!!!!"},
            (400, "MalformedInput", "Invalid Base64 character"),
        ),
        (
            {"Action": "GetCallerIdentity", "Version": "2011-06-15"},
            (400, "InvalidAction", "Could not find operation GetCallerIdentity for version 2011-06-15"),
        ),
    ],
)
def test_a_v1_call_that_cannot_be_read_is_told_why(lab, form, answer):
    assert v1_error(query(lab, form, **signed_for())) == answer


@pytest.mark.parametrize(
    ("method", "path", "body", "answer"),
    [
        ("GET", "/v2/email/nothing", None, (404, "UnknownOperationException", None)),
        ("PATCH", "/v2/email/account", None, (404, "UnknownOperationException", None)),
        ("POST", "/v2/email/identities", "{", (400, "SerializationException", None)),
        (
            "POST",
            "/v2/email/identities",
            "[]",
            (400, "SerializationException", "Start of list found where not expected"),
        ),
        (
            "POST",
            "/v2/email/identities",
            '{"EmailIdentity": 1}',
            (400, "SerializationException", "NUMBER_VALUE can not be converted to a String"),
        ),
        (
            "POST",
            "/v2/email/identities",
            '{"EmailIdentity": true}',
            (400, "SerializationException", "TRUE_VALUE can not be converted to a String"),
        ),
        (
            "POST",
            "/v2/email/identities",
            '{"EmailIdentity": {}}',
            (400, "SerializationException", "Start of structure or map found where not expected."),
        ),
        (
            "POST",
            "/v2/email/identities",
            "{}",
            (
                400,
                "BadRequestException",
                "1 validation error detected: Value at 'emailIdentity' failed to satisfy constraint: "
                "Member must not be null",
            ),
        ),
    ],
)
def test_a_v2_call_that_cannot_be_read_is_told_why(lab, method, path, body, answer):
    headers = signed_for(key=lab.account) | {"Content_Type": "application/json"}
    assert v2_error(ask(lab, method, path, body, **headers)) == answer
    assert lab.sesv2.list_email_identities()["EmailIdentities"] == []


def test_the_null_message_is_null_on_the_wire(lab):
    call = {"Content": {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}}
    answer = ask(lab, "POST", "/v2/email/outbound-emails", json.dumps(call), **signed_for())
    assert v2_error(answer) == (400, "BadRequestException", None)


def test_crlf_and_tabs_in_a_v1_body_are_kept(lab):
    lab.verify("crlf@wire.example")
    text = "one\r\ntwo\tthree\r\n\r\n  four "
    mail = lab.wait(message_id=lab.send("crlf@wire.example", "crlf@wire.example", text=text))
    assert mail["text"] == text + "\r\n"


def test_an_endpoint_id_that_is_nobodys_is_not_found_whatever_it_signed_with(lab):
    """SDKs sign with SigV4a when EndpointId is given, which boto3 can only do with an extra package."""
    call = {
        "EndpointId": "abc.def",
        "FromEmailAddress": "a@wire.example",
        "Content": {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
    }
    headers = {
        "Authorization": "AWS4-ECDSA-P256-SHA256 Credential=test/20261124/ses/aws4_request, "
        "SignedHeaders=host;x-amz-region-set, Signature=00",
        "X_Amz_Region_Set": "*",
    }
    answer = ask(lab, "POST", "/v2/email/outbound-emails", json.dumps(call), **headers)
    assert v2_error(answer) == (404, "NotFoundException", "Multi-region endpoint <abc.def> does not exist.")


# --- --verify-signatures --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def strict() -> Iterator[Emulator]:
    running = Emulator(
        Settings(
            port=0,
            smtp_port=0,
            smtps_port=0,
            sink_port=0,
            dns_port=0,
            verify_signatures=True,
            credentials=(("AKIDOTHER", "other/secret+key"),),
        )
    )
    running.start()
    yield running
    running.stop()


def client(emulator: Emulator, service: str, key: str = "AKIDOTHER", secret: str = "other/secret+key") -> Any:
    return boto3.client(
        service,
        endpoint_url=emulator.addresses.endpoint,
        region_name="eu-central-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_right_signatures_pass_at_both_apis_whatever_stands_in_path_and_query(strict):
    v1, v2 = client(strict, "ses"), client(strict, "sesv2")
    name = "me+label/b%20c@wire.example"
    v1.verify_email_identity(EmailAddress=name)
    assert v2.get_email_identity(EmailIdentity=name)["IdentityType"] == "EMAIL_ADDRESS"
    v2.create_email_identity(EmailIdentity="wire.example")
    first = v2.list_email_identities(PageSize=1)
    rest = v2.list_email_identities(PageSize=1, NextToken=first["NextToken"])
    listed = [one["IdentityName"] for one in first["EmailIdentities"] + rest["EmailIdentities"]]
    assert sorted(listed) == sorted([name, "wire.example"])
    v2.put_email_identity_dkim_attributes(EmailIdentity="wire.example", SigningEnabled=False)
    v2.delete_email_identity(EmailIdentity=name)
    assert client(strict, "ses", "anybody", "test").get_send_quota()["MaxSendRate"] == 1.0


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [("ses", "get_send_quota", "SignatureDoesNotMatch"), ("sesv2", "get_account", "InvalidSignatureException")],
)
@pytest.mark.parametrize(("key", "secret"), [("AKIDOTHER", "test"), ("anybody", "other/secret+key")])
def test_a_wrong_secret_is_a_wrong_signature(strict, service, call, code, key, secret):
    with pytest.raises(ClientError) as problem:
        getattr(client(strict, service, key, secret), call)()
    answer = problem.value.response
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (403, code)
    assert answer["Error"]["Message"].startswith(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method."
    )


def test_a_body_changed_after_signing_is_refused(strict):
    changed = client(strict, "ses")

    def change(request: Any, **_: Any) -> None:
        request.body = request.body.replace("good", "evil")

    changed.meta.events.register("before-send.ses.VerifyDomainIdentity", change)
    with pytest.raises(ClientError) as problem:
        changed.verify_domain_identity(Domain="good.example")
    assert problem.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
    assert "evil.example" not in client(strict, "ses").list_identities()["Identities"]


def test_a_presigned_call_passes_and_a_changed_one_does_not(strict):
    form = {"Action": "GetSendQuota", "Version": "2010-12-01", "Note": "a b/c+d~é"}
    request = AWSRequest("GET", f"{strict.addresses.endpoint}/?{urlencode(form)}")
    SigV4QueryAuth(Credentials("AKIDOTHER", "other/secret+key"), "ses", "eu-central-1", expires=60).add_auth(request)
    lab = strict.addresses
    path = request.url.removeprefix(lab.endpoint)
    status, _, body = ask(lab, "GET", path)
    assert (status, b"<Max24HourSend>200.0</Max24HourSend>" in body) == (200, True), body
    changed = path.replace("GetSendQuota", "GetSendStatistics")
    assert v1_error(ask(lab, "GET", changed))[:2] == (403, "SignatureDoesNotMatch")
    later = path.replace("X-Amz-Expires=60", "X-Amz-Expires=61")
    assert v1_error(ask(lab, "GET", later))[:2] == (403, "SignatureDoesNotMatch")
