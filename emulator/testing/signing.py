"""Signature Version 4 of one request, for the single SES call that the plugin makes by itself: loading boto3 for it
would take longer than the test. Source: AWS's SigV4 reference."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime


def signed_headers(
    method: str, path: str, body: bytes, *, host: str, region: str, access_key: str, secret: str, at: datetime
) -> Mapping[str, str]:
    """The headers that a request for SES has to carry. ``path`` needs no escaping and has no query; ``at`` in UTC."""
    stamp, day = f"{at:%Y%m%dT%H%M%SZ}", f"{at:%Y%m%d}"
    where = f"{day}/{region}/ses/aws4_request"
    names = "host;x-amz-date"
    canonical = f"{method}\n{path}\n\nhost:{host}\nx-amz-date:{stamp}\n\n{names}\n{hashlib.sha256(body).hexdigest()}"
    key = f"AWS4{secret}".encode()
    for part in where.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{where}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    return {
        "Host": host,
        "X-Amz-Date": stamp,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={access_key}/{where}, SignedHeaders={names}, "
        f"Signature={signature}",
    }
