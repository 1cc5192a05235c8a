"""The refusals of the protocol itself, by name: signatures, unknown actions, malformed bodies, model violations.

Sources: reference sending.md 9.2 and 9.3, events-and-api.md 7. Where a text is known from the same AWS front end of
another service only, that is said. A message of None is what AWS sends when it has nothing to say: v1 leaves
``<Message>`` out, v2 writes null; ``hint`` then tells our caller what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.aws.model import Service
from emulator.errors import Fault
from emulator.values import Door

# Codes that the models do not know and that are not 400 (9.2, 9.3), for faults that name no status themselves.
_UNMODELLED = {
    "AccessDenied": 403,
    "AccessDeniedException": 403,
    "OptInRequired": 403,
    "OptInRequiredException": 403,
}
_SIGN = "Sign with AWS Signature Version 4, service 'ses'; any access key will do, with the secret 'test'."
NO_VERSION = "NO_VERSION_SPECIFIED"


def status_of(fault: Fault, door: Door, service: Service) -> int:
    """The HTTP status of a refusal: the model's for this code, else the fault's own, else the table's, else 400."""
    code = fault.code(door)
    return service.error_status(code) or fault.status or _UNMODELLED.get(code, 400)


def _printable(text: str) -> str:
    """A caller's text as it may stand in our header."""
    return "".join(c if " " <= c <= "~" else "?" for c in text[:200])


# --- signatures ----------------------------------------------------------------------------------


def missing_authentication_token() -> Fault:
    return Fault(
        "Request is missing Authentication Token",
        v1="MissingAuthenticationToken",
        v2="MissingAuthenticationTokenException",
        status=403,
        hint=_SIGN,
    )


def _invalid_signature(message: str, hint: str) -> Fault:
    return Fault(message, v1="SignatureDoesNotMatch", v2="InvalidSignatureException", status=403, hint=hint)


def signature_does_not_match() -> Fault:
    return _invalid_signature(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details.",
        "Signatures are checked because of --verify-signatures; the secret of an access key is 'test' unless "
        "--credential gave it another.",
    )


def wrong_region(region: str) -> Fault:
    """The blank at the end is AWS's."""
    return _invalid_signature(
        f"Credential should be scoped to a valid region, not '{region}'. ",
        "Use a region name such as us-east-1.",
    )


def wrong_service(service: str) -> Fault:
    return _invalid_signature(f"Credential should be scoped to correct service: '{service}'. ", _SIGN)


def wrong_terminator(term: str) -> Fault:
    return _invalid_signature(
        f"Credential should be scoped with a valid terminator: 'aws4_request', not '{term}'. ", _SIGN
    )


def wrong_scope_date(date: str, stamp: str) -> Fault:
    return _invalid_signature(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        f"'{date}' != '{stamp[:8]}', from '{stamp}'.",
        _SIGN,
    )


def signature_expired(stamp: str, limit: str, now: str, minutes: int) -> Fault:
    return _invalid_signature(
        f"Signature expired: {stamp} is now earlier than {limit} ({now} - {minutes} min.)",
        "The clock of the caller is behind.",
    )


def signature_not_yet_current(stamp: str, limit: str, now: str, minutes: int) -> Fault:
    return _invalid_signature(
        f"Signature not yet current: {stamp} is still later than {limit} ({now} + {minutes} min.)",
        "The clock of the caller is ahead.",
    )


def signature_not_emulated(algorithm: str) -> Fault:
    """Ours: with --verify-signatures nothing may pass that was not verified."""
    return _invalid_signature(
        f"Signatures made with {algorithm} are not verified by this emulator.",
        "Leave EndpointId out, or start without --verify-signatures.",
    )


def incomplete_signature(message: str) -> Fault:
    return Fault(message, v1="IncompleteSignature", v2="IncompleteSignatureException", status=400, hint=_SIGN)


def request_expired() -> Fault:
    """A presigned call after its X-Amz-Expires. Code and status documented (9.2), text of the common errors."""
    return Fault("Request has expired.", v1="RequestExpired", v2="RequestExpiredException", status=400)


# --- which operation -----------------------------------------------------------------------------


def missing_action() -> Fault:
    """Code documented (9.2); text seen at other query services."""
    return Fault("Missing Action", v1="MissingAction", v2="MissingAction", status=400)


def invalid_action(name: str, version: str | None) -> Fault:
    return Fault(
        f"Could not find operation {name} for version {version or NO_VERSION}",
        v1="InvalidAction",
        v2="InvalidAction",
        status=400,
        hint="The SES v1 API is Version=2010-12-01.",
    )


def unknown_operation(method: str, path: str) -> Fault:
    """No operation of v2 has this method and path (9.3). AWS sends no text."""
    return Fault(
        None,
        v1="InvalidAction",
        v2="UnknownOperationException",
        status=404,
        hint=f"SES v2 has no {_printable(method)} {_printable(path)}",
    )


def operation_not_emulated(name: str, version: str) -> Fault:
    """Ours, the same at both doors: what is not emulated is refused aloud. ``version``: ``v1`` or ``v2``."""
    return Fault(
        f"The operation {name} of SES {version} is not emulated.",
        v1="UnsupportedOperation",
        v2="UnsupportedOperation",
        status=400,
        hint=f"SES has {name}, this emulator does not.",
    )


# --- what was sent -------------------------------------------------------------------------------


def validation_error(violations: Sequence[str]) -> Fault:
    """Violations of the model, each ``Value at '…' failed to satisfy constraint: …`` (2.2, events-and-api 7)."""
    errors = "error" if len(violations) == 1 else "errors"
    return Fault(
        f"{len(violations)} validation {errors} detected: {'; '.join(violations)}",
        v1="ValidationError",
        v2="BadRequestException",
        status=400,
    )


def malformed_input(message: str | None, hint: str = "") -> Fault:
    """A v1 value that cannot be read as its type."""
    return Fault(message, v1="MalformedInput", v2="SerializationException", status=400, hint=hint)


def malformed_query_string(hint: str) -> Fault:
    """Status 404 is documented (9.2), the text is that of the common errors."""
    return Fault(
        "The query string contains a syntax error",
        v1="MalformedQueryString",
        v2="MalformedQueryString",
        status=404,
        hint=hint,
    )


def serialization(message: str | None, hint: str = "") -> Fault:
    """A v2 body or parameter that cannot be read as its type (9.3)."""
    return Fault(message, v1="MalformedInput", v2="SerializationException", status=400, hint=hint)
