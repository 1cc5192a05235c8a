"""Page tokens: where a list goes on, signed, so that only a token that we issued is ever believed.

A token holds for one kind of list in one account and region, and is shared by the v1 and v2 lists of that kind
(observed, events-and-api.md 7). It is plain base64, which the model's pattern of v2 tokens asks for.
"""

from __future__ import annotations

import hmac

from emulator.aws import wire
from emulator.values import Scope

_MAC_BYTES = 16
# The model's limit of a token.
_MAX_TOKEN = 5000


class Tokens:
    """Issues and reads tokens under one secret."""

    def __init__(self, secret: str) -> None:
        self._key = secret.encode("utf-8")

    def issue(self, kind: str, scope: Scope, last: str) -> str:
        """The token of the page after ``last``, the last name of this page."""
        data = last.encode("utf-8", "surrogatepass")
        return wire.base64_text(self._mac(kind, scope, data) + data)

    def read(self, kind: str, scope: Scope, token: str) -> str | None:
        """What ``issue`` was given; None when the token is not ours, was changed, or is of another list."""
        if not token or len(token) > _MAX_TOKEN:
            return None
        try:
            packed = wire.base64_bytes(token.encode("ascii"))
            mac, data = packed[:_MAC_BYTES], packed[_MAC_BYTES:]
            if not hmac.compare_digest(mac, self._mac(kind, scope, data)):
                return None
            return data.decode("utf-8", "surrogatepass")
        except ValueError:
            return None

    def _mac(self, kind: str, scope: Scope, data: bytes) -> bytes:
        about = "\0".join((kind, scope.account, scope.region)).encode("utf-8", "replace")
        return hmac.digest(self._key, about + b"\0" + data, "sha256")[:_MAC_BYTES]
