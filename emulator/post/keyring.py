"""The private keys in use, loaded once: amazonses.com's own and those of the identities."""

from __future__ import annotations

import base64
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

from emulator.dns import amazonses
from emulator.mail.sign import Signer, load_key, public_key_of
from emulator.values import Identity, Scope

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_KEPT = 256


class Keyring:
    """Loading a PEM costs more than signing with it, so the last 256 keys stay loaded. Thread-safe.

    ``amazonses_key`` gives the PEM of amazonses.com's key (one for all regions, under each region's selector). It is
    asked once, by the first who needs the key, and may write to the store: whoever needs the key within a transaction
    calls ``ready`` before it. ``secret`` makes the constant part of Feedback-ID.
    """

    def __init__(self, amazonses_key: Callable[[], str], secret: str) -> None:
        self._amazonses_key = amazonses_key
        self._amazonses: RSAPrivateKey | None = None
        self._first = Lock()
        self.secret = secret
        self._loaded: OrderedDict[str, RSAPrivateKey] = OrderedDict()
        self._lock = Lock()

    def amazonses_public_key(self) -> str:
        """Base64 SPKI, as the DNS record says it."""
        return public_key_of(self.ready())

    def amazonses(self, region: str) -> Signer:
        return Signer("amazonses.com", amazonses.selector(region), self.ready(), feedback_id=True)

    def ready(self) -> RSAPrivateKey:
        """amazonses.com's key, loaded."""
        if self._amazonses is None:
            with self._first:
                if self._amazonses is None:
                    self._amazonses = load_key(self._amazonses_key())
        return self._amazonses

    def identity(self, identity: Identity) -> Signer:
        """The signer of an identity whose DKIM is verified: its first token is the live selector."""
        pem = identity.dkim.private_key
        if pem is None:
            raise ValueError(f"{identity.name} has no DKIM key")
        return Signer(identity.name, identity.dkim.tokens[0], self._load(pem))

    def account_hash(self, scope: Scope) -> str:
        """The 44 characters in Feedback-ID, constant for an account in a region (reference 3.2)."""
        digest = hashlib.sha256(f"{self.secret}/{scope.account}/{scope.region}".encode()).digest()
        return base64.b64encode(digest).decode("ascii")

    def _load(self, pem: str) -> RSAPrivateKey:
        with self._lock:
            key = self._loaded.get(pem)
            if key is None:
                key = self._loaded[pem] = load_key(pem)
                if len(self._loaded) > _KEPT:
                    self._loaded.popitem(last=False)
            else:
                self._loaded.move_to_end(pem)
            return key
