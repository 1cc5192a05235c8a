"""A small mail as v1 SendEmail takes it, for tests that change something about it."""

from __future__ import annotations

from typing import Any

DOMAIN = "letters.example"
SENDER = f"sender@{DOMAIN}"
TO = "to@reader.example"


def params(**changes: Any) -> dict[str, Any]:
    return {
        "Source": SENDER,
        "Destination": {"ToAddresses": [TO]},
        "Message": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
    } | changes
