"""The refusals of the protocol: code and status at each door, and whose status wins."""

from __future__ import annotations

import pytest

from emulator import errors
from emulator.aws import faults
from emulator.errors import Fault
from emulator.values import Door


@pytest.mark.parametrize(
    ("fault", "code_v1", "code_v2", "status"),
    [
        (
            faults.missing_authentication_token(),
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            403,
        ),
        (faults.signature_does_not_match(), "SignatureDoesNotMatch", "InvalidSignatureException", 403),
        (faults.wrong_region("x"), "SignatureDoesNotMatch", "InvalidSignatureException", 403),
        (faults.wrong_service("ses"), "SignatureDoesNotMatch", "InvalidSignatureException", 403),
        (faults.incomplete_signature("x"), "IncompleteSignature", "IncompleteSignatureException", 400),
        (faults.request_expired(), "RequestExpired", "RequestExpiredException", 400),
        (faults.missing_action(), "MissingAction", "MissingAction", 400),
        (faults.invalid_action("X", None), "InvalidAction", "InvalidAction", 400),
        (faults.validation_error(["x"]), "ValidationError", "BadRequestException", 400),
        (faults.malformed_input("x"), "MalformedInput", "SerializationException", 400),
        (faults.malformed_query_string("x"), "MalformedQueryString", "MalformedQueryString", 404),
        (faults.serialization("x"), "MalformedInput", "SerializationException", 400),
        (faults.unknown_operation("GET", "/x"), "InvalidAction", "UnknownOperationException", 404),
        (faults.operation_not_emulated("X", "v"), "UnsupportedOperation", "UnsupportedOperation", 400),
    ],
)  # fmt: skip
def test_code_and_status_at_both_doors(v1, v2, query, rest, fault, code_v1, code_v2, status):
    assert (fault.code(Door.V1), fault.code(Door.V2)) == (code_v1, code_v2)
    assert faults.status_of(fault, Door.V1, v1) == faults.status_of(fault, Door.V2, v2) == status
    assert f"<Code>{code_v1}</Code>".encode() in query.refuse(fault, "an-id").body
    assert dict(rest.refuse(fault, "an-id").headers)["x-amzn-ErrorType"] == code_v2


def test_texts():
    assert faults.missing_authentication_token().message == "Request is missing Authentication Token"
    assert faults.wrong_region("x").message == "Credential should be scoped to a valid region, not 'x'. "
    assert faults.wrong_service("ses").message == "Credential should be scoped to correct service: 'ses'. "
    assert faults.operation_not_emulated("CreateTemplate", "v1").message == (
        "The operation CreateTemplate of SES v1 is not emulated."
    )
    assert faults.validation_error(["a", "b"]).message == "2 validation errors detected: a; b"
    assert faults.validation_error(["a"]).message == "1 validation error detected: a"


def test_the_models_status_wins_over_the_faults(v1, v2):
    throttled = errors.maximum_sending_rate_exceeded(1)
    assert faults.status_of(throttled, Door.V1, v1) == 400
    assert faults.status_of(throttled, Door.V2, v2) == 429


def test_a_code_of_no_model_and_no_status_is_400_or_of_the_table(v1, v2):
    assert faults.status_of(Fault("x", v1="Odd", v2="Odd"), Door.V1, v1) == 400
    denied = Fault("x", v1="AccessDenied", v2="AccessDeniedException")
    assert faults.status_of(denied, Door.V1, v1) == faults.status_of(denied, Door.V2, v2) == 403
