"""S/MIME certificates of identities (v2): which certificate of ACM a sender would sign with.

Whether it may is found out when somebody looks: ACTIVE or FAILED by the certificate that ACM has then (observed).
Nothing is signed with it here: signing is asked for by a configuration set (MessageSecurityOptions).

Source: API2 AssociateEmailIdentityCertificate; checks observed (``errors/certificates.py``). Senders of a domain are
told apart without regard to case, the sender of an address identity must be written as the identity is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.aws import faults
from emulator.documents.certificates import IdentityCertificate
from emulator.errors import Fault
from emulator.errors import certificates as errors
from emulator.policy.addresses import parse
from emulator.ses import lookup, paging, resources
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.store.ports import Reader
from emulator.values import Identity, Scope

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_MOST = 1000
_RSA_BITS = (2048, 3072, 4096)
_CURVES = ("secp256r1", "secp384r1", "secp521r1")


def associate_email_identity_certificate(desk: Desk, call: Call, params: Params) -> Result:
    """One a sender; the certificate itself is not looked at yet."""
    sender = _sender(lookup.key(params["EmailIdentity"]), params.get("FromAddress"))
    identity = _identity(desk, call, params["EmailIdentity"])
    with desk.store.write() as writer:
        known = writer.document_for_update(IdentityCertificate, call.scope, sender.lower(), identity.name)
        if known is not None:
            raise errors.already_associated(known.from_address, params["EmailIdentity"])
        writer.save_document(
            IdentityCertificate(
                scope=call.scope,
                parent=identity.name,
                name=sender.lower(),
                created_at=desk.clock.now(),
                from_address=sender,
                certificate_arn=params["CertificateArn"],
            )
        )
    return {}


def disassociate_email_identity_certificate(desk: Desk, call: Call, params: Params) -> Result:
    """Silent when there is none (observed)."""
    sender = _sender(lookup.key(params["EmailIdentity"]), params.get("FromAddress"))
    identity = _identity(desk, call, params["EmailIdentity"])
    with desk.store.write() as writer:
        writer.delete_document(IdentityCertificate, call.scope, sender.lower(), identity.name)
    return {}


def list_email_identity_certificates(desk: Desk, call: Call, params: Params) -> Result:
    """By sender. ``CertificateExpiryTime`` of those that are ACTIVE only."""
    size, token = params.get("PageSize", _MOST), params.get("NextToken")
    if not 1 <= size <= _MOST:
        bound = "greater than or equal to 1" if size < 1 else f"less than or equal to {_MOST}"
        constraint = f"failed to satisfy constraint: Member must have value {bound}"
        raise faults.validation_error([f"Value '{size}' at 'pageSize' {constraint}"])
    identity = _identity(desk, call, params["EmailIdentity"])
    kind = f"certificates of {identity.name}"
    after = paging.begin(desk, call, kind, token, errors.invalid_page_token(), empty_is_none=True)
    with desk.store.read() as reader:
        found = reader.list_documents(IdentityCertificate, call.scope, identity.name, after, size + 1)
    of_arn = {arn: _certificate(desk, call, arn) for arn in {one.certificate_arn for one in found[:size]}}
    told = []
    for one in found[:size]:
        certificate = of_arn[one.certificate_arn]
        active = identity.verified and certificate is not None
        active = active and _may_sign(certificate, one.from_address, desk.clock.now())
        told.append(
            {
                "FromAddress": one.from_address,
                "Status": "ACTIVE" if active else "FAILED",
                "CertificateArn": one.certificate_arn,
                "CertificateExpiryTime": (
                    certificate.not_valid_after_utc.timestamp() if active and certificate is not None else None
                ),
            }
        )
    return paging.told(desk, call, kind, "Certificates", told, [one.name for one in found], size)


def require_no_certificates(reader: Reader, scope: Scope, identity: str) -> None:
    """Whoever deletes an identity asks this first, at both versions (observed)."""
    if reader.list_documents(IdentityCertificate, scope, parent=identity, limit=1):
        raise errors.has_certificates(resources.arn(scope, resources.part(resources.IDENTITY, identity)))


def _identity(desk: Desk, call: Call, name: str) -> Identity:
    identity = lookup.find(desk, call, name)
    if identity is None:
        raise errors.identity_does_not_exist(name)
    return identity


def _sender(identity: str, given: str | None) -> str:
    """Checked before the identity is looked up (observed): whether it is a domain is seen from its name."""
    is_domain = "@" not in identity
    if given is None:
        if is_domain:
            raise errors.from_address_required()
        return identity
    try:
        mailbox = parse(given)
    except Fault as problem:
        raise errors.not_an_address(given) from problem
    if mailbox.addr_spec != given:
        raise errors.not_an_address(given)
    domain = mailbox.domain.lower()
    if is_domain and domain != identity and not domain.endswith(f".{identity}"):
        raise errors.not_of_the_domain(given, identity)
    if not is_domain and given != identity:
        raise errors.not_the_identity(given, identity)
    return given


def _certificate(desk: Desk, call: Call, arn: str) -> Certificate | None:
    """ACM's certificate of this account and region; None when there is none that was issued, or none of X.509."""
    from botocore.exceptions import BotoCoreError, ClientError
    from cryptography.x509 import load_pem_x509_certificate

    if arn.split(":")[3:5] != [call.scope.region, call.scope.account]:
        return None
    acm: Any = desk.neighbour("acm", call.scope)
    try:
        if acm.describe_certificate(CertificateArn=arn)["Certificate"].get("Status") != "ISSUED":
            return None
        return load_pem_x509_certificate(acm.get_certificate(CertificateArn=arn)["Certificate"].encode())
    except (BotoCoreError, ClientError, ValueError):
        return None


def _may_sign(certificate: Certificate | None, sender: str, now: float) -> bool:
    """What SES was seen to ask of one: it is of this time, of a strong key, made for signing mail, no authority's, and
    for exactly this address."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.x509.oid import ExtendedKeyUsageOID

    if certificate is None:
        return False
    if not certificate.not_valid_before_utc.timestamp() <= now < certificate.not_valid_after_utc.timestamp():
        return False
    try:
        key = certificate.public_key()
        strong = (isinstance(key, rsa.RSAPublicKey) and key.key_size in _RSA_BITS) or (
            isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES
        )
        extensions = certificate.extensions
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        authority = any(isinstance(one.value, x509.BasicConstraints) and one.value.ca for one in extensions)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError, TypeError):
        return False
    return (
        strong
        and usage.digital_signature
        and ExtendedKeyUsageOID.EMAIL_PROTECTION in purposes
        and not authority
        and sender in names.get_values_for_type(x509.RFC822Name)
    )


V1: dict[str, Operation] = {}
V2 = {
    "AssociateEmailIdentityCertificate": associate_email_identity_certificate,
    "DisassociateEmailIdentityCertificate": disassociate_email_identity_certificate,
    "ListEmailIdentityCertificates": list_email_identity_certificates,
}
# Which of the operations change nothing but what is told, and why (docs/coverage.md).
STORES = dict.fromkeys(V2, "mail is not signed with S/MIME")
