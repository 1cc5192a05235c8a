"""Who calls, and in which region: the credential scope of Signature Version 4, from the header or a presigned query.

The signature itself is checked only with --verify-signatures (``verify``). SigV4a, which SDKs use when EndpointId is
given, has no region in its scope: the first of X-Amz-Region-Set stands in (``*``: the default region).
Sources: AWS's SigV4 reference; texts in reference sending.md 9.2, those of a broken Authorization header from the
same front end of other services.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from emulator.aws import faults, wire
from emulator.settings import DEFAULT_ACCOUNT, DEFAULT_REGION

HMAC_SHA256 = "AWS4-HMAC-SHA256"
ECDSA_P256 = "AWS4-ECDSA-P256-SHA256"

# A signature may be 15 minutes old (9.2); ahead of the clock SES allows five (observed: SendEmail, 2025).
_MINUTES_LATE = 15
_MINUTES_EARLY = 5
_STAMP = "%Y%m%dT%H%M%SZ"

_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]{1,20}){1,3}-\d", re.ASCII)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class CredentialScope:
    """What a signed request says of its signer. ``stamp`` is X-Amz-Date, "" when a Date header stands in for it;
    ``expires`` the seconds that a presigned request lives, None for one signed by header."""

    access_key: str
    date: str
    region: str
    service: str
    algorithm: str
    signed_headers: tuple[str, ...]
    signature: str
    stamp: str
    expires: int | None = None


def read(headers: Mapping[str, str], query_string: str) -> CredentialScope:
    """The scope of a request. ``headers`` by name in any case.

    Raises the faults MissingAuthenticationToken (not signed at all), IncompleteSignature (broken) and
    SignatureDoesNotMatch (a region or terminator that AWS does not have).
    """
    authorization = header(headers, "authorization")
    if authorization:
        return _from_header(headers, authorization)
    if "X-Amz-" in query_string:
        return _from_query(query_string)
    raise faults.missing_authentication_token()


def require_service(scope: CredentialScope, service: str) -> None:
    """Raises the fault of a signature made for another service."""
    if scope.service != service:
        raise faults.wrong_service(service)


def is_region(name: str) -> bool:
    """Whether a name has the form of a region, as ``ap-northeast-1``."""
    return _REGION.fullmatch(name) is not None


def is_account(name: str) -> bool:
    """Whether a name is an account's number."""
    return _ACCOUNT.fullmatch(name) is not None


def account_of(access_key: str, default: str = DEFAULT_ACCOUNT) -> str:
    """A 12-digit access key names its account, any other belongs to ``default``."""
    return access_key if is_account(access_key) else default


def header(headers: Mapping[str, str], name: str) -> str | None:
    """A header by its lower-case name, whether or not the mapping cares for case."""
    found = headers.get(name)
    if found is None:
        found = next((value for key, value in headers.items() if key.lower() == name), None)
    return found


def _from_header(headers: Mapping[str, str], authorization: str) -> CredentialScope:
    algorithm, _, rest = authorization.strip().partition(" ")
    if algorithm not in (HMAC_SHA256, ECDSA_P256):
        if algorithm.startswith("AWS"):
            raise faults.incomplete_signature(f"Unsupported AWS 'algorithm': '{algorithm}'.")
        raise _not_a_pair(rest.strip() or algorithm, authorization)
    fields = {}
    for piece in rest.replace(",", " ").split():
        name, equals, value = piece.partition("=")
        if not equals:
            raise _not_a_pair(piece, authorization)
        fields[name] = value
    stamp = header(headers, "x-amz-date") or ""
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not fields.get(name)
    ]
    if missing:
        raise faults.incomplete_signature(f"{' '.join(missing)} Authorization={algorithm}")
    return _scope(
        algorithm,
        fields["Credential"],
        fields["SignedHeaders"],
        fields["Signature"],
        stamp,
        header(headers, "x-amz-region-set"),
        None,
    )


def _from_query(query_string: str) -> CredentialScope:
    try:
        pairs = wire.pairs(query_string.encode("utf-8", "replace"))
    except ValueError:
        raise faults.malformed_query_string("The query string is not percent-encoded.") from None
    fields = {name.decode("utf-8", "replace"): value.decode("utf-8", "replace") for name, value in reversed(pairs)}
    names = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")
    if not any(name in fields for name in names):
        raise faults.missing_authentication_token()
    missing = [f"AWS query-string parameters must include '{name}'." for name in names if not fields.get(name)]
    algorithm = fields.get("X-Amz-Algorithm", "")
    if missing:
        raise faults.incomplete_signature(" ".join([*missing, "Re-examine the query-string parameters."]))
    if algorithm not in (HMAC_SHA256, ECDSA_P256):
        raise faults.incomplete_signature(f"Unsupported AWS 'algorithm': '{algorithm}'.")
    expires = fields.get("X-Amz-Expires", "900")
    if not (expires.isascii() and expires.isdigit() and len(expires) <= 6):
        raise faults.incomplete_signature("X-Amz-Expires must be a number of seconds.")
    return _scope(
        algorithm,
        fields["X-Amz-Credential"],
        fields["X-Amz-SignedHeaders"],
        fields["X-Amz-Signature"],
        fields["X-Amz-Date"],
        fields.get("X-Amz-Region-Set"),
        int(expires),
    )


def _scope(
    algorithm: str,
    credential: str,
    signed_headers: str,
    signature: str,
    stamp: str,
    region_set: str | None,
    expires: int | None,
) -> CredentialScope:
    parts = credential.split("/")
    if algorithm == ECDSA_P256 and len(parts) == 4:
        first = (region_set or "*").split(",")[0].strip()
        parts.insert(2, DEFAULT_REGION if first == "*" else first)
    if len(parts) != 5 or not parts[0]:
        raise faults.incomplete_signature(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got '{credential}'"
        )
    access_key, date, region, service, term = parts
    if term != "aws4_request":
        raise faults.wrong_terminator(term)
    if not is_region(region):
        raise faults.wrong_region(region)
    names = tuple(name for name in signed_headers.split(";") if name)
    return CredentialScope(access_key, date, region, service, algorithm, names, signature, stamp, expires)


def _not_a_pair(piece: str, authorization: str) -> Exception:
    return faults.incomplete_signature(
        f"'{piece}' not a valid key=value pair (missing equal-sign) in Authorization header: '{authorization}'."
    )


# --- the signature itself ------------------------------------------------------------------------


def verify(
    method: str,
    raw_path: str,
    query_string: str,
    headers: Mapping[str, str],
    body: bytes,
    scope: CredentialScope,
    secret: str,
    now: float,
) -> None:
    """Raises the fault unless the request is signed with ``secret`` and is of our time.

    ``raw_path`` and ``query_string`` as they came; ``now`` is real time, which signers know, not the emulator's.
    """
    if scope.algorithm != HMAC_SHA256:
        raise faults.signature_not_emulated(scope.algorithm)
    if not scope.stamp and not header(headers, "date"):
        raise faults.incomplete_signature(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
            f"Authorization={scope.algorithm}"
        )
    _check_clock(scope, now)
    canonical = _canonical_request(method, raw_path, query_string, headers, body, scope)
    where = f"{scope.date}/{scope.region}/{scope.service}/aws4_request"
    to_sign = f"{HMAC_SHA256}\n{scope.stamp}\n{where}\n{hashlib.sha256(canonical).hexdigest()}"
    key = f"AWS4{secret}".encode("utf-8", "replace")
    for part in where.split("/"):
        key = _hmac(key, part)
    expected = _hmac(key, to_sign).hex()
    if not hmac.compare_digest(expected.encode("ascii"), scope.signature.encode("utf-8", "replace")):
        raise faults.signature_does_not_match()


def _check_clock(scope: CredentialScope, now: float) -> None:
    try:
        signed = datetime.strptime(scope.stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise faults.incomplete_signature(
            f"Date must be in ISO-8601 'basic format'. Got '{scope.stamp}'. See http://en.wikipedia.org/wiki/ISO_8601"
        ) from None
    if scope.date != scope.stamp[:8]:
        raise faults.wrong_scope_date(scope.date, scope.stamp)
    current = datetime.fromtimestamp(now, UTC)
    latest = current + timedelta(minutes=_MINUTES_EARLY)
    if signed > latest:
        stamps = (scope.stamp, latest.strftime(_STAMP), current.strftime(_STAMP))
        raise faults.signature_not_yet_current(*stamps, _MINUTES_EARLY)
    if scope.expires is not None:
        if (current - signed).total_seconds() > scope.expires:
            raise faults.request_expired()
        return
    earliest = current - timedelta(minutes=_MINUTES_LATE)
    if signed < earliest:
        stamps = (scope.stamp, earliest.strftime(_STAMP), current.strftime(_STAMP))
        raise faults.signature_expired(*stamps, _MINUTES_LATE)


def _canonical_request(
    method: str, raw_path: str, query_string: str, headers: Mapping[str, str], body: bytes, scope: CredentialScope
) -> bytes:
    fields = []
    for piece in query_string.split("&"):
        name, _, value = piece.partition("=")
        if piece and not (scope.expires is not None and name == "X-Amz-Signature"):
            fields.append((_reencoded(name), _reencoded(value)))
    lines = [
        method,
        quote(raw_path or "/", safe="/~"),  # encoded once more, as every service but S3 has it
        "&".join(f"{name}={value}" for name, value in sorted(fields)),
        *(f"{name}:{' '.join((header(headers, name) or '').split())}" for name in scope.signed_headers),
        "",
        ";".join(scope.signed_headers),
        hashlib.sha256(body).hexdigest(),
    ]
    return "\n".join(lines).encode("utf-8", "replace")


def _reencoded(text: str) -> str:
    """Decoded and encoded again by SigV4's own alphabet, so that a client's choice of escapes does not matter."""
    try:
        return quote(wire.unquote(text.encode("utf-8", "replace").replace(b"+", b" ")), safe="-_.~")
    except ValueError:
        raise faults.malformed_query_string("The query string is not percent-encoded.") from None


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode("utf-8", "replace"), "sha256")
