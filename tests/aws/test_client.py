"""boto3's own clients, answered by the codecs instead of a network: what a user's program sees."""

from __future__ import annotations

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator import errors
from emulator.aws import faults, sigv4, validate
from emulator.errors import Fault
from emulator.values import Door


class _Raw:
    def __init__(self, body):
        self._body = body

    def stream(self, **_):
        yield self._body


def client(name, codec, service, answer):
    """A client whose requests are verified, read, validated and answered here.

    ``answer`` takes the params and gives a result or a Fault.
    """
    door = Door.V1 if name == "ses" else Door.V2
    made = boto3.client(
        name,
        region_name="ap-northeast-1",
        endpoint_url="http://localhost:4579",
        aws_access_key_id="AKID",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )
    calls = []

    def send(request, **_):
        path, _, query_string = request.url.removeprefix("http://localhost:4579").partition("?")
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        headers = {"Host": "localhost:4579"} | {
            key: value.decode() if isinstance(value, bytes) else value for key, value in request.headers.items()
        }
        try:
            scope = sigv4.read(headers, query_string)
            sigv4.require_service(scope, "ses")
            now = sigv4.datetime.now(sigv4.UTC).timestamp()
            sigv4.verify(request.method, path, query_string, headers, body, scope, "test", now)
            if door is Door.V1:
                found = codec.parse(body, query_string, headers["Content-Type"])
            else:
                found = codec.parse(request.method, path, query_string, headers, body)
            validate.check(service.operation(found.operation), found.params, door)
            calls.append((scope.region, found.operation, found.params))
            given = answer(found.params)
            if isinstance(given, Fault):
                raise given
            sent = codec.answer(found.operation, given, "an-id")
        except Fault as fault:
            sent = codec.refuse(fault, "an-id")
        return AWSResponse(request.url, sent.status, dict(sent.headers), _Raw(sent.body))

    made.meta.events.register("before-send", send)
    return made, calls


@pytest.fixture
def v1_client(query, v1):
    return lambda answer: client("ses", query, v1, answer)


@pytest.fixture
def v2_client(rest, v2):
    return lambda answer: client("sesv2", rest, v2, answer)


def test_a_v1_send(v1_client):
    ses, calls = v1_client(lambda params: {"MessageId": "0106-x"})
    params = {
        "Source": "ä <a@example.com>",
        "Destination": {"ToAddresses": ["b@example.com"], "CcAddresses": []},
        "Message": {"Subject": {"Data": "s + t & u"}, "Body": {"Text": {"Data": "line\r\nline"}}},
    }
    answer = ses.send_email(**params)
    assert answer["MessageId"] == "0106-x"
    assert answer["ResponseMetadata"]["RequestId"] == "an-id"
    assert calls == [("ap-northeast-1", "SendEmail", params)]


def test_a_v2_send(v2_client):
    ses, calls = v2_client(lambda params: {"MessageId": "0106-x"})
    params = {"FromEmailAddress": "a@example.com", "Content": {"Raw": {"Data": b"\x00raw\r\n\xff"}}}
    answer = ses.send_email(**params)
    assert (answer["MessageId"], answer["ResponseMetadata"]["RequestId"]) == ("0106-x", "an-id")
    assert calls == [("ap-northeast-1", "SendEmail", params)]


def test_v2_paths_and_queries_are_signed_and_read(v2_client):
    ses, calls = v2_client(lambda params: {})
    ses.get_email_identity(EmailIdentity="a b/c+d@example.com")
    ses.list_suppressed_destinations(Reasons=["BOUNCE", "COMPLAINT"], NextToken="a+/=")
    assert calls[0][1:] == ("GetEmailIdentity", {"EmailIdentity": "a b/c+d@example.com"})
    assert calls[1][1:] == ("ListSuppressedDestinations", {"Reasons": ["BOUNCE", "COMPLAINT"], "NextToken": "a+/="})


def test_refusals_are_the_clients_own_exceptions(v1_client, v2_client):
    refusal = errors.email_address_not_verified(["a@example.com"], "ap-northeast-1")
    ses = v1_client(lambda _: refusal)[0]
    with pytest.raises(ses.exceptions.MessageRejected) as caught_v1:
        ses.send_raw_email(RawMessage={"Data": b"x"})
    ses = v2_client(lambda _: refusal)[0]
    with pytest.raises(ses.exceptions.MessageRejected) as caught_v2:
        ses.send_email(Content={"Raw": {"Data": b"x"}})
    for caught in (caught_v1, caught_v2):
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert caught.value.response["Error"]["Message"] == (
            "Email address is not verified. The following identities failed the check in region AP-NORTHEAST-1: "
            "a@example.com"
        )


def test_throttling_has_the_status_of_its_door(v1_client, v2_client):
    refusal = errors.maximum_sending_rate_exceeded(1)
    with pytest.raises(ClientError) as caught:
        v1_client(lambda _: refusal)[0].send_raw_email(RawMessage={"Data": b"x"})
    error = caught.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("Throttling", 400)
    ses = v2_client(lambda _: refusal)[0]
    with pytest.raises(ses.exceptions.TooManyRequestsException) as caught:
        ses.send_email(Content={"Raw": {"Data": b"x"}})
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429


def test_extra_members_reach_a_v1_client(v1_client):
    ses = v1_client(lambda _: errors.configuration_set_does_not_exist("none"))[0]
    with pytest.raises(ses.exceptions.ConfigurationSetDoesNotExistException) as caught:
        ses.send_raw_email(RawMessage={"Data": b"x"})
    assert caught.value.response["ConfigurationSetName"] == "none"


def test_validation_speaks_through_the_clients(v1_client, v2_client):
    with pytest.raises(ClientError) as caught:
        v1_client(lambda _: {})[0].verify_email_identity()
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert caught.value.response["Error"]["Message"] == (
        "1 validation error detected: Value at 'emailAddress' failed to satisfy constraint: Member must not be null"
    )
    ses = v2_client(lambda _: {})[0]
    with pytest.raises(ses.exceptions.BadRequestException) as caught:
        ses.put_suppressed_destination(EmailAddress="a@b.c", Reason="NOPE")
    assert "[BOUNCE, COMPLAINT]" in caught.value.response["Error"]["Message"]


def test_what_is_not_emulated_is_named_to_the_client(v1_client):
    with pytest.raises(ClientError, match="CreateTemplate") as caught:
        v1_client(lambda _: faults.operation_not_emulated("CreateTemplate", "v1"))[0].create_template(
            Template={"TemplateName": "x"}
        )
    assert caught.value.response["Error"]["Code"] == "UnsupportedOperation"
