"""DKIM signatures laid out as SES lays them out (reference sending.md 4.1, reproduced from raw mails; RFC 6376).

The layout is that of "DKIM for JavaMail": tags in the order v a q c s d t [i] h bh b, folded greedily at 67
characters with TAB, ``i=`` only when From's domain lies below ``d=``, no ``l=`` and no ``x=``. Only the fields that
RFC 6376 5.4.1 recommends are signed, with every ``List-*`` and ``Resent-*`` but Resent-Bcc (RFC 4871 5.5), each as
often as it occurs, in the order and spelling of the message. amazonses.com's signature covers Feedback-ID as well.

The two canonicalisations (RFC 6376 3.4.2, 3.4.3) are our own few lines: dkimpy's cannot be had without importing its
DNS client (0.1 s and its memory in a process that never verifies), they treat every field of the message, signed or
not, and a signer that shares code with the verifier could not be caught by it. The RSA operation is OpenSSL's,
through ``cryptography``, which is imported when the first key is needed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.mail.raw import Field, Message, addresses, domain_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

SIGNING_BITS = range(1024, 2049)
"""The lengths of keys that SES signs with (documented for BYODKIM, reference sending.md 2.1)."""

_MAX_LINE = 67
_RECOMMENDED = frozenset(
    b"from sender reply-to subject date message-id to cc mime-version content-type content-transfer-encoding "
    b"content-id content-description in-reply-to references".split()
)
_BLANKS = re.compile(rb"[ \t]+")


@dataclass(frozen=True, slots=True)
class Signer:
    """One signature to make: ``d=``, ``s=`` and the loaded private key. ``feedback_id``: cover Feedback-ID too, as
    amazonses.com's signature does and a sender's own does not."""

    domain: str
    selector: str
    key: RSAPrivateKey
    feedback_id: bool = False


def sign(message: Message, signers: Sequence[Signer], now: float) -> Message:
    """``message`` with one DKIM-Signature field for each signer on top, in the order given; none signs another.

    ``message`` must be finished (``stamp``). ``now`` becomes ``t=`` in whole seconds.
    """
    if not signers:
        return message
    body_hash = base64.b64encode(hashlib.sha256(canonical_body(message.body)).digest()).decode("ascii")
    plain = _signed([field for field in message.fields if _is_signed(field.name.lower())])
    feedback = _signed([field for field in message.fields if field.name.lower() == b"feedback-id"])
    whole = _Signed((*plain.names, *feedback.names), plain.data + feedback.data)
    sender = _from_domain(message)
    made = tuple(
        _signature(signer, whole if signer.feedback_id else plain, body_hash, sender, int(now)) for signer in signers
    )
    return Message(made + message.fields, message.body, message.separator)


def canonical_body(body: bytes) -> bytes:
    """RFC 6376 3.4.3 "simple": exactly one line end after the last line that is not empty."""
    if not body.endswith(b"\r\n"):
        return body + b"\r\n"
    if not body.endswith(b"\r\n\r\n"):
        return body
    end = len(body)
    while end and body.endswith(b"\r\n", 0, end):
        end -= 2
    return body[:end] + b"\r\n"


def canonical_field(raw: bytes) -> bytes:
    """RFC 6376 3.4.2 "relaxed": one whole field, without its line end."""
    name, _, value = raw.partition(b":")
    value = value.replace(b"\r\n", b"")
    if b"  " in value or b"\t" in value:
        value = _BLANKS.sub(b" ", value)
    return name.rstrip(b" \t").lower() + b":" + value.strip(b" ")


def load_key(text: str) -> RSAPrivateKey:
    """A private key from PEM, or from the bare base64 that BYODKIM takes (PKCS #1 or PKCS #8, no PEM lines).

    Raises ValueError when it is neither or not RSA.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

    try:
        if "-----" in text:
            key = load_pem_private_key(text.encode("utf-8"), None)
        else:
            key = load_der_private_key(base64.b64decode(text, validate=True), None)
    except (UnsupportedAlgorithm, TypeError, binascii.Error) as error:
        raise ValueError(f"not a usable private key: {error}") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA private key")
    return key


def make_key(bits: int) -> str:
    """A new RSA private key as unencrypted PKCS #8 PEM. SES uses 1024 and 2048 bits."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def public_key_of(key: RSAPrivateKey) -> str:
    """What ``p=`` of the published record says for a private key: base64 of its SPKI."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(public).decode("ascii")


@dataclass(frozen=True, slots=True)
class _Signed:
    """What ``h=`` names, and those fields canonical, in the order in which they are hashed."""

    names: tuple[str, ...]
    data: bytes


def _signed(fields: Sequence[Field]) -> _Signed:
    # A name that h= repeats means its instances from the bottom up (RFC 6376 5.4.2).
    instances: dict[bytes, list[Field]] = {}
    for field in fields:
        instances.setdefault(field.name.lower(), []).append(field)
    data = b"".join([canonical_field(instances[field.name.lower()].pop().raw) + b"\r\n" for field in fields])
    return _Signed(tuple([field.name.decode("ascii") for field in fields]), data)


def _is_signed(name: bytes) -> bool:
    if name in _RECOMMENDED:
        return True
    if not name.startswith((b"list-", b"resent-")) or name == b"resent-bcc":
        return False
    # h= can only name what RFC 5322 calls a field name.
    return name.isascii() and b";" not in name and b" " not in name and name.decode("ascii").isprintable()


def _from_domain(message: Message) -> str:
    for value in message.values("From"):
        for address in addresses(value):
            return domain_of(address)
    return ""


def _signature(signer: Signer, signed: _Signed, body_hash: str, sender: str, now: int) -> Field:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    tags = ["v=1;", "a=rsa-sha256;", "q=dns/txt;", "c=relaxed/simple;"]
    tags += [f"s={signer.selector};", f"d={signer.domain};", f"t={now};"]
    if sender.endswith("." + signer.domain):
        tags.append(f"i=@{sender};")
    tags += [f"h={':'.join(signed.names)};", f"bh={body_hash};"]
    header = f"DKIM-Signature:{_folded(tags)}\r\n\tb=".encode()
    signature = signer.key.sign(signed.data + canonical_field(header), PKCS1v15(), SHA256())
    return Field(b"DKIM-Signature", header + _folded_signature(base64.b64encode(signature)) + b"\r\n")


def _folded(tags: Sequence[str]) -> str:
    folded: list[str] = []
    position = 0
    for tag in tags:
        if position + len(tag) + 1 > _MAX_LINE:
            folded.append("\r\n\t" + tag)
            position = len(tag)
        else:
            folded.append(" " + tag)
            position += len(tag) + 1
    return "".join(folded)


def _folded_signature(value: bytes) -> bytes:
    first = _MAX_LINE - len("b=") - 1
    lines = [value[:first]]
    lines += [value[start : start + _MAX_LINE] for start in range(first, len(value), _MAX_LINE)]
    return b"\r\n\t".join(lines)
