"""The only source of chance: message ids, tokens, request ids, boundaries."""

from __future__ import annotations

import base64
import hashlib
import random
import secrets

# First four hex digits of a MessageId by region (reference 3.1, observed). A region without a sighting gets
# 01ff: no real region is claimed, and the layout of 60 characters holds.
_REGION_PREFIX = {
    "us-east-1": "0100",
    "us-west-2": "0101",
    "eu-west-1": "0102",
    "ap-northeast-1": "0106",
    "eu-central-1": "0107",
    "ap-southeast-2": "0108",
    "ap-south-1": "0109",
    "eu-west-2": "010b",
    "ap-northeast-2": "010c",
    "ca-central-1": "010d",
    "ap-southeast-1": "010e",
    "us-east-2": "010f",
    "eu-north-1": "0110",
    "us-west-1": "0111",
    "eu-west-3": "0113",
}
_UNSEEN_PREFIX = "01ff"

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
# For what need not be a secret, only unique: seeded by the system once, for asking it costs a system call each time.
# An instance of our own, so that a program that seeds ``random`` does not repeat our ids.
_UNIQUE = random.Random()
_ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def message_id(region: str, now: float) -> str:
    """A SES MessageId, 60 characters: region, Unix milliseconds, UUID v4, ``-000000``."""
    return f"{_REGION_PREFIX.get(region, _UNSEEN_PREFIX)}{int(now * 1000):012x}-{_uuid4()}-000000"


def feedback_id(region: str, at: float, of: str) -> str:
    """The id of a bounce or complaint at ``at`` (Unix seconds), in the form of a MessageId: the same for the same
    ``of``, so that one told twice is known to be one."""
    digits = hashlib.sha256(of.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{_REGION_PREFIX.get(region, _UNSEEN_PREFIX)}{int(at * 1000):012x}-{_as_uuid4(digits)}-000000"


def inbound_message_id() -> str:
    """The id of a mail that SES receives, 40 lower-case alphanumerics. All recorded ones are 25 bytes in base32hex, the
    last of them 1."""
    return base64.b32hexencode(secrets.token_bytes(24) + b"\x01").decode("ascii").lower()


def request_id() -> str:
    """What AWS sends as x-amzn-RequestId."""
    return _uuid4()


def dkim_tokens() -> tuple[str, str, str]:
    """Easy DKIM's three selectors, 32 characters of lower-case base32 each."""
    first, second, third = ("".join(secrets.choice(_BASE32) for _ in range(32)) for _ in range(3))
    return first, second, third


def verification_token() -> str:
    """The ``_amazonses`` TXT value: 32 random bytes in base64, 44 characters."""
    return base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def link_signature() -> str:
    """The secret of a verification link, 64 hex digits like the X-Amz-Signature it stands for."""
    return secrets.token_hex(32)


def session_id() -> str:
    """The last word of SES's SMTP banner, 20 alphanumerics."""
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(20))


def case_id() -> str:
    """A support case id as AccountDetails.ReviewDetails shows it."""
    return str(secrets.randbelow(10**10)).zfill(10)


def account_number() -> int:
    """Twelve digits, the first of them not 0, with room for a million counted up from there."""
    return 100_000_000_000 + secrets.randbelow(899_999_000_000)


def tenant_id() -> str:
    """``tn-`` and 30 hex digits (observed length)."""
    return f"tn-{secrets.token_hex(15)}"


def endpoint_id() -> str:
    """A multi-region endpoint's, in the form of API2's example ``abcdef12.g3h``."""
    small = _ALPHANUMERIC[26:]
    return f"{''.join(secrets.choice(small) for _ in range(8))}.{''.join(secrets.choice(small) for _ in range(3))}"


def report_id() -> str:
    """A predictive inbox placement test's."""
    return _uuid4()


def job_id() -> str:
    """An import or export job's."""
    return _uuid4()


def chance() -> float:
    """From 0 up to, but not including, 1."""
    return _UNIQUE.random()


def boundary_numbers() -> tuple[int, int]:
    """The counter and the hash in JavaMail's ``----=_Part_<counter>_<hash>.<ms>``."""
    return _UNIQUE.randrange(10**6), _UNIQUE.getrandbits(31)


def sequence_of_chance(seed: str) -> random.Random:
    """Chances that come again with the same ``seed``, for faults that a user orders."""
    return random.Random(seed)


def secret() -> str:
    """A key for signing things that come back to us (paging tokens), 64 hex digits."""
    return secrets.token_hex(32)


def _uuid4() -> str:
    """RFC 9562 5.4: 122 random bits, the version and the variant in their places."""
    return _as_uuid4(f"{_UNIQUE.getrandbits(128):032x}")


def _as_uuid4(digits: str) -> str:
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
