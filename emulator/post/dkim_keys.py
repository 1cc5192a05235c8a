"""The DKIM key of an identity: made or brought, put in the place of another, published and withdrawn.

OpenSSL takes a tenth of a second to make a key, and as long again to check one that is loaded. Both are done by
``prepared``, before the transaction that uses the key: all who write wait for that.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from emulator import ids
from emulator.mail import sign
from emulator.mail.sign import make_key
from emulator.policy import dns_records
from emulator.store.ports import Store, Writer
from emulator.values import Dkim, DkimOrigin, Identity, Status

DEFAULT_BITS = 2048
_AMAZONSES_BITS = 1024  # as observed, reference 4.1
_REMEMBERED = 128


class ByoKey(NamedTuple):
    """BYODKIM: a selector and a private key in base64 (or what the caller took for one)."""

    selector: str
    private_key: str


class EasyKey(NamedTuple):
    """Easy DKIM: a key that SES made."""

    bits: int
    private_key: str


def prepared(byo: ByoKey | None = None, bits: int | None = None) -> ByoKey | EasyKey:
    """The key that was brought, else a new one of so many bits."""
    bits = bits or DEFAULT_BITS
    key = byo if byo is not None else EasyKey(bits, make_key(bits))
    public_key(key.private_key)
    return key


def to_change_to(identity: Identity, bits: int | None, byo: ByoKey | None) -> ByoKey | EasyKey | None:
    """The key that ``changed`` needs; None where an identity with Easy DKIM has a key of that length."""
    bits = bits or identity.dkim.key_bits
    if byo is None and has_easy(identity) and bits == identity.dkim.key_bits:
        return None
    return prepared(byo, bits)


def has_easy(identity: Identity) -> bool:
    """Whether Easy DKIM was asked for, verified or not."""
    return identity.dkim.origin is DkimOrigin.EASY_DKIM and bool(identity.dkim.tokens)


def started(writer: Writer, identity: Identity, key: ByoKey | EasyKey, now: float) -> Identity:
    """The identity with a DKIM that begins at PENDING."""
    withdraw(writer, identity)
    dkim = Dkim(enabled=True, status=Status.PENDING, private_key=key.private_key, started_at=now)
    if isinstance(key, ByoKey):
        return replace(identity, dkim=replace(dkim, origin=DkimOrigin.BYODKIM, tokens=(key.selector,)))
    easy = _made(replace(dkim, tokens=ids.dkim_tokens()), key, now)
    identity = replace(identity, dkim=easy)
    _publish(writer, identity)
    return identity


def changed(writer: Writer, identity: Identity, key: ByoKey | EasyKey | None, now: float) -> Identity:
    """The identity with another key, or with its own (None). Easy to Easy keeps tokens and status: the CNAMEs still
    hold, SES changes the key behind them. Any other switch starts again at PENDING, and mail is unsigned by the domain
    meanwhile (reference 4.3)."""
    if key is not None and not (isinstance(key, EasyKey) and has_easy(identity)):
        return started(writer, identity, key, now)
    if isinstance(key, EasyKey):
        identity = replace(identity, dkim=_made(identity.dkim, key, now))
    _publish(writer, identity)
    return identity


def withdraw(writer: Writer, identity: Identity) -> None:
    """Takes back what SES published for the identity."""
    for record in dns_records.dkim_key_records(identity, ""):
        writer.delete_records(record.name)


@lru_cache(_REMEMBERED)
def public_key(private_key: str) -> str | None:
    """Of a key as ``Dkim`` has it; None where it is none that SES signs with. Remembered: one call asks for it several
    times. Decided: a key that is too short or too long fares as what is no key does (observed, ``ses/dkim.py``)."""
    try:
        key = sign.load_key(private_key)
    except ValueError:
        return None
    return sign.public_key_of(key) if key.key_size in sign.SIGNING_BITS else None


def public_key_of(identity: Identity) -> str | None:
    """Base64 SPKI of the identity's DKIM key; None when it has none, or brought something that is no key."""
    return None if identity.dkim.private_key is None else public_key(identity.dkim.private_key)


def _made(dkim: Dkim, key: EasyKey, now: float) -> Dkim:
    return replace(dkim, private_key=key.private_key, key_bits=key.bits, next_key_bits=key.bits, key_made_at=now)


def _publish(writer: Writer, identity: Identity) -> None:
    key = public_key_of(identity)
    if key is not None:
        withdraw(writer, identity)
        writer.put_records(dns_records.dkim_key_records(identity, key))


def amazonses_key(store: Store) -> str:
    """amazonses.com's private key, made for this store by whoever needs it first."""
    with store.read() as reader:
        key = reader.world("amazonses_key")
    if key is not None:
        return key
    made = make_key(_AMAZONSES_BITS)
    with store.write() as writer:
        key = writer.world("amazonses_key")
        if key is None:
            writer.set_world("amazonses_key", made)
        return key or made
