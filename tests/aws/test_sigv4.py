"""Who calls, by the signature that botocore makes."""

from __future__ import annotations

import contextlib
import datetime
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from emulator.aws import sigv4
from emulator.errors import Fault
from emulator.smtp.credentials import REGIONS

GOOD = (
    "AWS4-HMAC-SHA256 Credential=AKID/20210320/eu-west-1/ses/aws4_request, SignedHeaders=host;x-amz-date, Signature=ab"
)
DATED = {"X-Amz-Date": "20210320T010000Z"}


def signed(method="POST", path="/", query="", body=b"a=b", signer=SigV4Auth, key="AKID", **more):
    request = AWSRequest(method, f"http://localhost:4579{path}{'?' + query if query else ''}", data=body)
    request.headers["Host"] = "localhost:4579"
    request.headers["X-Odd"] = "  two   words "
    signer(Credentials(key, "the secret"), "ses", "eu-west-1", **more).add_auth(request)
    url = urlsplit(request.url)
    return method, url.path, url.query, dict(request.headers.items()), body


def verify(parts, secret="the secret", now=None):
    """``now`` None: this moment, which is when the tests sign."""
    now = datetime.datetime.now(datetime.UTC).timestamp() if now is None else now
    scope = sigv4.read(parts[3], parts[2])
    sigv4.verify(*parts, scope, secret, now)
    return scope


def refused(headers, query="", read=sigv4.read):
    with pytest.raises(Fault) as caught:
        read(headers, query)
    return caught.value.v1, caught.value.message


# --- the scope -----------------------------------------------------------------------------------


def test_the_scope_is_read_from_the_header_in_any_case():
    scope = sigv4.read({"authorization": GOOD, "x-amz-date": "20210320T010000Z"}, "")
    assert (scope.access_key, scope.date, scope.region, scope.service) == ("AKID", "20210320", "eu-west-1", "ses")
    assert sigv4.read({"AUTHORIZATION": GOOD, **DATED}, "") == scope
    assert scope.signed_headers == ("host", "x-amz-date")


def test_commas_need_no_blanks():
    assert sigv4.read({"Authorization": GOOD.replace(", ", ","), **DATED}, "").signature == "ab"


def test_sigv4a_takes_the_first_region_of_the_set():
    four = GOOD.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256").replace("/eu-west-1", "")
    headers = {"Authorization": four, **DATED, "X-Amz-Region-Set": "eu-north-1,us-east-1"}
    assert sigv4.read(headers, "").region == "eu-north-1"
    assert sigv4.read({**headers, "X-Amz-Region-Set": "*"}, "").region == "us-east-1"


def test_without_a_signature_the_token_is_missing():
    assert refused({}) == ("MissingAuthenticationToken", "Request is missing Authentication Token")
    assert refused({}, "Action=GetSendQuota") == (
        "MissingAuthenticationToken",
        "Request is missing Authentication Token",
    )
    assert refused({}, "X-Amz-Other=1")[0] == "MissingAuthenticationToken"


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (
            "AWS4-HMAC-SHA256",
            "Authorization header requires 'Credential' parameter. "
            "Authorization header requires 'Signature' parameter. "
            "Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256",
        ),
        (
            GOOD.replace("Signature=ab", ""),
            "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256",
        ),
        (
            GOOD.replace("/eu-west-1", ""),
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            "got 'AKID/20210320/ses/aws4_request'",
        ),
        (
            "Bearer abc",
            "'abc' not a valid key=value pair (missing equal-sign) in Authorization header: 'Bearer abc'.",
        ),
        ("AWS3-HTTPS AWSAccessKeyId=x", "Unsupported AWS 'algorithm': 'AWS3-HTTPS'."),
        (
            "AWS4-HMAC-SHA256 FooBar, X=1",
            "'FooBar' not a valid key=value pair (missing equal-sign) in Authorization header: "
            "'AWS4-HMAC-SHA256 FooBar, X=1'.",
        ),
    ],
)
def test_a_broken_header_is_an_incomplete_signature(authorization, message):
    assert refused({"Authorization": authorization, **DATED}) == ("IncompleteSignature", message)


def test_a_date_is_needed_to_verify_but_not_to_know_the_signer():
    headers = {"Authorization": GOOD}
    assert sigv4.read(headers, "").region == "eu-west-1"
    with pytest.raises(Fault) as caught:
        verify(("POST", "/", "", headers, b""))
    assert caught.value.v1 == "IncompleteSignature"
    assert caught.value.message == (
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        "Authorization=AWS4-HMAC-SHA256"
    )


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_of_the_smtp_door_is_one_here_too(region):
    headers = {"Authorization": GOOD.replace("eu-west-1", region), **DATED}
    assert sigv4.read(headers, "").region == region


@pytest.mark.parametrize("region", ["local", "EU-WEST-1", "us-east-1x", "us_east_1", "", "١-east-1", "us-east-10"])
def test_a_region_must_look_like_one(region):
    headers = {"Authorization": GOOD.replace("eu-west-1", region), **DATED}
    assert refused(headers) == (
        "SignatureDoesNotMatch",
        f"Credential should be scoped to a valid region, not '{region}'. ",
    )


@pytest.mark.parametrize("region", ["us-gov-west-1", "ap-northeast-1", "us-iso-east-1", "mx-central-1"])
def test_regions_that_aws_has_look_like_one(region):
    assert sigv4.read({"Authorization": GOOD.replace("eu-west-1", region), **DATED}, "").region == region


def test_another_terminator_and_another_service():
    headers = {"Authorization": GOOD.replace("aws4_request", "aws5"), **DATED}
    assert refused(headers)[1] == "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'. "
    scope = sigv4.read({"Authorization": GOOD.replace("/ses/", "/sqs/"), **DATED}, "")
    assert refused(scope, "ses", sigv4.require_service) == (
        "SignatureDoesNotMatch",
        "Credential should be scoped to correct service: 'ses'. ",
    )
    sigv4.require_service(scope, "sqs")


def test_twelve_digits_are_an_account():
    assert sigv4.account_of("999988887777") == "999988887777"
    assert sigv4.account_of("AKIDEXAMPLE") == "123456789012"
    assert sigv4.account_of("99998888777") == "123456789012"
    assert sigv4.account_of("١٢٣٤٥٦٧٨٩٠١٢") == "123456789012"
    assert sigv4.account_of("AKID", "000000000000") == "000000000000"


@given(st.text(max_size=80), st.text(max_size=80))
def test_whatever_stands_there_only_a_fault_escapes(authorization, query):
    bare = {"Authorization": f"AWS4-HMAC-SHA256 {authorization}", **DATED}
    for headers in (bare, {"Authorization": authorization}, {}):
        for query_string in (query, f"X-Amz-Algorithm={query}", f"X-Amz-Credential=a&X-Amz-Expires={query}"):
            with contextlib.suppress(Fault):
                sigv4.read(headers, query_string)


# --- the signature -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("POST", "/", ""),
        ("GET", "/v2/email/identities/a%40b%2Fc%20d", "PageSize=5&NextToken=a%2Bb%3D&Empty="),
        ("DELETE", "/v2/email/identities/%C3%A4~-_.", "b=2&a=1&a=0"),
        ("PUT", "/v2/email/identities/a+b@c", ""),
    ],
)
def test_what_botocore_signed_is_verified(method, path, query):
    scope = verify(signed(method, path, query, b"" if method == "GET" else b"\x00\xff body"))
    assert (scope.access_key, scope.region) == ("AKID", "eu-west-1")


def test_a_presigned_call_is_verified():
    parts = signed("GET", "/", "Action=GetSendQuota&Version=2010-12-01", b"", SigV4QueryAuth, expires=60)
    assert verify(parts).expires == 60
    with pytest.raises(Fault) as caught:
        verify(parts, now=datetime.datetime.now(datetime.UTC).timestamp() + 3600)
    assert caught.value.v1 == "RequestExpired"


def test_session_tokens_and_account_keys_change_nothing():
    assert verify(signed(key="999988887777")).access_key == "999988887777"


@pytest.mark.parametrize("change", ["secret", "body", "path", "query", "method", "header", "signature"])
def test_any_change_is_seen(change):
    method, path, query, headers, body = signed("POST", "/x", "a=b", b"body")
    secret = "the secret"
    if change == "secret":
        secret = "another"
    elif change == "body":
        body = b"bodY"
    elif change == "path":
        path = "/y"
    elif change == "query":
        query = "a=c"
    elif change == "method":
        method = "PUT"
    elif change == "header":
        headers["X-Odd"] = "other words"
    else:
        headers["Authorization"] = headers["Authorization"][:-1] + "ä"
    with pytest.raises(Fault) as caught:
        verify((method, path, query, headers, body), secret)
    assert caught.value.v1 == "SignatureDoesNotMatch"
    assert caught.value.message.startswith("The request signature we calculated does not match")


def test_an_old_or_early_signature_is_told_both_clocks():
    parts = signed()
    stamp = datetime.datetime.strptime(parts[3]["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    verify(parts, now=stamp.timestamp() + 900)
    verify(parts, now=stamp.timestamp() - 300)

    def at(seconds):
        return (stamp + datetime.timedelta(seconds=seconds)).strftime("%Y%m%dT%H%M%SZ")

    with pytest.raises(Fault) as caught:
        verify(parts, now=stamp.timestamp() + 901)
    assert caught.value.message == f"Signature expired: {at(0)} is now earlier than {at(1)} ({at(901)} - 15 min.)"
    with pytest.raises(Fault) as caught:
        verify(parts, now=stamp.timestamp() - 301)
    assert caught.value.message == (
        f"Signature not yet current: {at(0)} is still later than {at(-1)} ({at(-301)} + 5 min.)"
    )


def test_the_scopes_date_must_be_the_stamps():
    method, path, query, headers, body = signed()
    headers["Authorization"] = headers["Authorization"].replace(headers["X-Amz-Date"][:8], "20000101")
    with pytest.raises(Fault) as caught:
        verify((method, path, query, headers, body))
    assert caught.value.message.startswith("Date in Credential scope does not match YYYYMMDD from ISO-8601 version")


def test_sigv4a_is_refused_aloud():
    four = GOOD.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")
    with pytest.raises(Fault) as caught:
        verify(("POST", "/", "", {"Authorization": four, **DATED}, b""))
    assert "AWS4-ECDSA-P256-SHA256" in caught.value.message


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_stamp_path_or_query_escapes_as_another_error(stamp, path, query):
    headers = {"Authorization": GOOD, "X-Amz-Date": stamp or "x"}
    with pytest.raises(Fault):
        verify(("POST", path, query, headers, b""))
    headers["X-Amz-Date"] = "20210320T010000Z"
    scope = sigv4.read(headers, "")
    with pytest.raises(Fault):
        sigv4.verify("POST", path, query, headers, b"", scope, "test", 1616202000.0)
