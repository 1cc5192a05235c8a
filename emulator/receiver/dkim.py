"""DKIM: each signature of a mail and what became of it. RFC 6376, results in the words of RFC 8601 2.7.1.

dkimpy canonicalises and reads the key; ``cryptography`` does the arithmetic, which takes dkimpy ten times as long.
Around them stand here: the tag rules, the clock (dkimpy asks the system's for t= and x=, which is not the emulator's),
what all signatures of a mail share (canonical fields, body hash) and what the key record allows.

Decided here:

- body hash or signature wrong: ``fail`` (Gmail writes ``neutral (body hash did not verify)`` for the former);
- broken tags, no key, revoked or unreadable key: ``permerror``; DNS without an answer: ``temperror``;
- a good signature by RSA under 1024 bits or by rsa-sha1: ``policy`` (RFC 8301 3.1, 3.2);
- ed25519-sha256: ``neutral``, since Gmail does not verify it either;
- x= in the past: ``fail``. A t= in the future is not held against anybody (RFC 6376 3.5 leaves it open).
- Only the first 20 signatures are looked at, and a field over 8 KiB, with a run of over 128 blanks or with over 256
  names in h= is ``permerror``: dkimpy's expressions grow with the square of such runs.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from emulator.dns.resolver import Resolver
from emulator.receiver.message import Field, Message, parse
from emulator.receiver.names import domain_name
from emulator.verdicts import DkimVerdict

_MOST_SIGNATURES = 20
_LONGEST_FIELD = 8192
_MOST_NAMES = 256
_MOST_FIELDS = 2000
_LONGEST_MODULUS = 8192
_LONGEST_EXPONENT = 64
_WEAK_MODULUS = 1024
_BLANK_RUN = re.compile(rb"\s{129}")
_LONG_BLANKS = re.compile(rb"[\t ]{512}")
_BLANK = re.compile(rb"\s+")
_DIGITS = re.compile(rb"[0-9]{1,76}")
_UNPRINTABLE = re.compile(r"[^!-~]")
_HASHES = {b"rsa-sha256": hashlib.sha256, b"rsa-sha1": hashlib.sha1}
_PADDING = PKCS1v15()
_DIGESTED = {b"rsa-sha256": Prehashed(SHA256()), b"rsa-sha1": Prehashed(SHA1())}
_KEYS_KEPT = 256
_FAILED = ("SERVFAIL", "TIMEOUT")


class _Stopped(Exception):
    """A signature's result, reached before the cryptography was."""

    def __init__(self, result: str, reason: str) -> None:
        super().__init__(reason)
        self.result = result
        self.reason = reason


def check(data: bytes, resolver: Resolver, now: float | None = None) -> tuple[DkimVerdict, ...]:
    """One verdict a DKIM-Signature field, in their order. Never raises. Without ``now`` no signature expires."""
    return verify(parse(data), resolver, now)


def verify(message: Message, resolver: Resolver, now: float | None = None) -> tuple[DkimVerdict, ...]:
    """As ``check``, of a mail already cut."""
    signatures = [field for field in message.fields if field.key == b"dkim-signature"][:_MOST_SIGNATURES]
    if not signatures:
        return ()
    verifier = _Verifier(message, resolver, now)
    return tuple(verifier.verdict(field) for field in signatures)


class _Verifier:
    """The work shared by all signatures of one mail."""

    def __init__(self, message: Message, resolver: Resolver, now: float | None) -> None:
        self._message = message
        self._resolver = resolver
        self._now = now
        self._bodies: dict[bytes, bytes] = {}
        self._canonical: dict[tuple[bytes, bytes], list[Any]] = {}
        self._digests: dict[tuple[bytes, bytes, bytes | None], bytes] = {}

    def verdict(self, field: Field) -> DkimVerdict:
        tags: dict[bytes, bytes] = {}
        try:
            tags = self._tags(field)
            result, reason = self._result(field, tags)
        except _Stopped as stopped:
            result, reason = stopped.result, stopped.reason
        except Exception as error:
            # dkimpy raises more than its own exceptions on keys and numbers made to hurt.
            result, reason = "permerror", f"signature cannot be processed ({type(error).__name__})"
        domain = _shown(tags.get(b"d", b"")).lower()
        return DkimVerdict(
            result=result,
            domain=domain,
            selector=_shown(tags.get(b"s", b"")),
            identity=_shown(tags.get(b"i", b"")) or f"@{domain}",
            tag_b=_shown(_BLANK.sub(b"", tags.get(b"b", b""))[:8]),
            reason=reason,
        )

    def _tags(self, field: Field) -> dict[bytes, bytes]:
        from dkim.util import InvalidTagValueList, parse_tag_value

        if len(field.value) > _LONGEST_FIELD or _BLANK_RUN.search(field.value):
            raise _Stopped("permerror", "signature field is too long")
        try:
            tags: dict[bytes, bytes] = parse_tag_value(field.value)
        except InvalidTagValueList:
            raise _Stopped("permerror", "signature is not a list of tags") from None
        return tags

    def _result(self, field: Field, tags: dict[bytes, bytes]) -> tuple[str, str]:
        if self._message.malformed or len(self._message.fields) > _MOST_FIELDS:
            return "permerror", "header of the mail is malformed"
        names = self._required(tags)
        if tags[b"a"] == b"ed25519-sha256":
            return "neutral", "ed25519-sha256 is not verified here"
        if self._now is not None and b"x" in tags and int(tags[b"x"]) < self._now:
            return "fail", "signature has expired"
        name = _key_name(tags)
        key, bits = self._key(name, tags)
        if self._body_digest(tags) != _base64(tags, b"bh"):
            return "fail", "body hash did not verify"
        if not self._signed(field, tags, names, key):
            return "fail", "signature did not verify"
        if tags[b"a"] == b"rsa-sha1":
            return "policy", "rsa-sha1 is not accepted"
        if bits < _WEAK_MODULUS:
            return "policy", f"weak key of {bits} bits at {name}"
        return "pass", ""

    def _required(self, tags: dict[bytes, bytes]) -> list[bytes]:
        """RFC 6376 6.1.1: what must hold before a key is asked for. Returns the names in h=, lower case."""
        for tag in (b"v", b"a", b"b", b"bh", b"d", b"h", b"s"):
            if not tags.get(tag):
                raise _Stopped("permerror", f"tag {tag.decode()}= is missing")
        if tags[b"v"] != b"1":
            raise _Stopped("permerror", "tag v= is not 1")
        if tags[b"a"] not in _HASHES and tags[b"a"] != b"ed25519-sha256":
            raise _Stopped("permerror", "algorithm in a= is unknown")
        if b"q" in tags and b"dns/txt" not in [method.strip() for method in tags[b"q"].split(b":")]:
            raise _Stopped("permerror", "query method in q= is unknown")
        for tag in (b"l", b"t", b"x"):
            if tag in tags and not _DIGITS.fullmatch(tags[tag]):
                raise _Stopped("permerror", f"tag {tag.decode()}= is not a number")
        if b"t" in tags and b"x" in tags and int(tags[b"x"]) < int(tags[b"t"]):
            raise _Stopped("permerror", "tag x= is before t=")
        signer = tags[b"d"].lower()
        agent = tags.get(b"i", b"@" + signer).lower().rpartition(b"@")
        if not agent[1] or (agent[2] != signer and not agent[2].endswith(b"." + signer)):
            raise _Stopped("permerror", "domain of i= is not within d=")
        names = [name.strip().lower() for name in tags[b"h"].split(b":")]
        if b"from" not in names:
            raise _Stopped("permerror", "From is not signed")
        if len(names) > _MOST_NAMES:
            raise _Stopped("permerror", "signature names too many fields")
        return names

    def _key(self, name: str, tags: dict[bytes, bytes]) -> tuple[RSAPublicKey, int]:
        """The public key under ``name`` and the length of its modulus. RFC 6376 3.6.1, 6.1.2."""
        from dkim.util import InvalidTagValueList, parse_tag_value

        answer = self._resolver.query(name, "TXT")
        if answer.status in _FAILED:
            raise _Stopped("temperror", f"DNS {answer.status} for key at {name}")
        if not answer.values:
            raise _Stopped("permerror", f"no key for signature at {name}")
        # Several records: undefined by RFC 6376 3.6.2.2; the first that holds a key is taken.
        text = next((value for value in answer.values if "p=" in value), answer.values[0])
        record = text.encode("utf-8", "backslashreplace")
        try:
            allowed: dict[bytes, bytes] = parse_tag_value(record)
        except InvalidTagValueList:
            raise _Stopped("permerror", f"key at {name} is not a key record") from None
        if allowed.get(b"p") == b"":
            raise _Stopped("permerror", f"key at {name} is revoked")
        if allowed.get(b"k", b"rsa") != b"rsa":
            raise _Stopped("permerror", f"key at {name} is not for {_shown(tags[b'a'])}")
        _, _, digest = tags[b"a"].partition(b"-")
        if b"h" in allowed and digest not in _words(allowed[b"h"]):
            raise _Stopped("permerror", f"key at {name} does not allow {_shown(digest)}")
        if not {b"*", b"email"} & set(_words(allowed.get(b"s", b"*"))):
            raise _Stopped("permerror", f"key at {name} is not for mail")
        agent = tags.get(b"i", b"").lower().rpartition(b"@")[2]
        if b"s" in _words(allowed.get(b"t", b"")) and agent and agent != tags[b"d"].lower():
            raise _Stopped("permerror", f"key at {name} allows no subdomain in i=")
        # Without s=, which has been judged: dkimpy gives no key to a list of services.
        record = b"; ".join(tag + b"=" + value for tag, value in allowed.items() if tag != b"s")
        try:
            key, bits = _read_key(record)
        except Exception:
            # What stands in the record is anybody's; dkimpy raises what its ASN.1 reader stumbled over.
            raise _Stopped("permerror", f"key at {name} cannot be read") from None
        if key is None:
            raise _Stopped("permerror", f"key at {name} is too long")
        return key, bits

    def _body_digest(self, tags: dict[bytes, bytes]) -> bytes:
        body_method = _methods(tags).body_algorithm
        wanted = (tags[b"a"], body_method.name, tags.get(b"l"))
        if wanted not in self._digests:
            body = self._bodies.get(body_method.name)
            if body is None:
                body = self._bodies[body_method.name] = _canonical_body(body_method, self._message.body)
            if b"l" in tags:
                length = int(tags[b"l"])
                if length > len(body):
                    raise _Stopped("permerror", "tag l= is more than the body has")
                body = body[:length]
            self._digests[wanted] = _HASHES[tags[b"a"]](body).digest()
        return self._digests[wanted]

    def _signed(self, field: Field, tags: dict[bytes, bytes], names: list[bytes], key: RSAPublicKey) -> bool:
        import dkim

        signature = _base64(tags, b"b")
        method = _methods(tags)
        headers = [one for name in dict.fromkeys(names) for one in self._canonical_fields(method, name)]
        digest = _HASHES[tags[b"a"]]()
        # From once more than it is named: a second one that nobody signed breaks the signature.
        dkim.hash_headers(digest, method, headers, [*names, b"from"], (field.name, field.value), tags)
        try:
            key.verify(signature, digest.digest(), _PADDING, _DIGESTED[tags[b"a"]])
        except InvalidSignature:
            return False
        return True

    def _canonical_fields(self, method: Any, key: bytes) -> list[Any]:
        """The fields of one name, in their order, as dkimpy holds them. Only those that are signed are made canonical:
        others may be long."""
        wanted = (method.header_algorithm.name, key)
        if wanted not in self._canonical:
            fields = [[field.name, field.value] for field in self._message.fields if field.key == key]
            self._canonical[wanted] = list(method.canonicalize_headers(fields))
        return self._canonical[wanted]


@lru_cache(_KEYS_KEPT)
def _read_key(record: bytes) -> tuple[RSAPublicKey | None, int]:
    """The key in a record, None where it would be slow to use, and the length of its modulus. Raises anything."""
    import dkim

    numbers, bits, _, _ = dkim.evaluate_pk("", record)
    if bits > _LONGEST_MODULUS or numbers["publicExponent"].bit_length() > _LONGEST_EXPONENT:
        return None, bits
    return RSAPublicNumbers(numbers["publicExponent"], numbers["modulus"]).public_key(), bits


def _methods(tags: dict[bytes, bytes]) -> Any:
    from dkim.canonicalization import CanonicalizationPolicy, InvalidCanonicalizationPolicyError

    try:
        return CanonicalizationPolicy.from_c_value(tags.get(b"c"))
    except InvalidCanonicalizationPolicyError:
        raise _Stopped("permerror", "canonicalization in c= is unknown") from None


def _canonical_body(method: Any, body: bytes) -> bytes:
    from dkim.canonicalization import compress_whitespace

    if method.name == b"relaxed" and _LONG_BLANKS.search(body):
        # The same result, but dkimpy's own order of steps takes the square of a run of blanks.
        body = compress_whitespace(body)
    canonical: bytes = method.canonicalize_body(body)
    return canonical


def _key_name(tags: dict[bytes, bytes]) -> str:
    selector = domain_name(tags[b"s"].decode("utf-8", "replace"))
    domain = domain_name(tags[b"d"].decode("utf-8", "replace"))
    if not selector or not domain:
        raise _Stopped("permerror", "s= or d= is not a domain name")
    return f"{selector}._domainkey.{domain}"


def _base64(tags: dict[bytes, bytes], tag: bytes) -> bytes:
    try:
        return base64.b64decode(_BLANK.sub(b"", tags[tag]), validate=True)
    except binascii.Error:
        raise _Stopped("permerror", f"tag {tag.decode()}= is not base64") from None


def _words(value: bytes) -> list[bytes]:
    return [word.strip() for word in value.split(b":")]


def _shown(value: bytes) -> str:
    return _UNPRINTABLE.sub("?", _BLANK.sub(b"", value).decode("utf-8", "replace"))
