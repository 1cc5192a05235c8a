"""SES's SMTP passwords: derived from the secret access key, and bound to a region.

Source: reference sending.md 7.3 (documented by AWS). The password alone tells the region, so one door can act for
all of them: at AWS each region has a host of its own.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable

# Regions with SES by botocore's endpoint data, without the FIPS aliases.
REGIONS = (
    "af-south-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
)

_VERSION = b"\x04"
_LEGACY_VERSION = b"\x02"


def password(secret: str, region: str) -> str:
    """The SMTP password of a secret access key in one region: version byte 4, 44 characters."""
    key = _hmac(b"AWS4" + secret.encode(), "11111111")
    for part in (region, "ses", "aws4_request", "SendRawEmail"):
        key = _hmac(key, part)
    return base64.b64encode(_VERSION + key).decode("ascii")


def legacy_password(secret: str) -> str:
    """The form from before regions were part of it: version byte 2, 44 characters."""
    return base64.b64encode(_LEGACY_VERSION + _hmac(secret.encode(), "SendRawEmail")).decode("ascii")


def region_of(secret: str, given: str, regions: Iterable[str] = REGIONS, default: str = "us-east-1") -> str | None:
    """The region that ``given`` is the password of; ``default`` for the legacy form, None when it is no password
    of ``secret`` at all. Every candidate is computed and compared in constant time, whichever matches."""
    presented = given.encode("utf-8", "surrogateescape")
    found: str | None = None
    for region in regions:
        if hmac.compare_digest(password(secret, region).encode(), presented):
            found = region
    if hmac.compare_digest(legacy_password(secret).encode(), presented):
        found = default
    return found


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
