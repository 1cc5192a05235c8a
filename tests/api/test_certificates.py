"""S/MIME certificates of identities through boto3, with certificates imported into the ACM beside SES."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.api.refusals import refused

MISSING = "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000"


def declare(lab, name: str) -> None:
    lab.api("PUT", f"identities/{name}?account={lab.account}&region={lab.region}")


def imported(
    lab, address: str, *, curve=None, signing=True, purpose=ExtendedKeyUsageOID.EMAIL_PROTECTION, ca=False
) -> str:
    """The ARN of a certificate for a sender."""
    key = ec.generate_private_key(curve or ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a sender")])
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        ("content_commitment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"), False
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(address)]), False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=signing,
                key_encipherment=not signing,
                encipher_only=False,
                decipher_only=False,
                **usage,
            ),
            True,
        )
        .add_extension(x509.ExtendedKeyUsage([purpose]), False)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    acm = lab.client("acm")
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    return acm.import_certificate(Certificate=pem, PrivateKey=private)["CertificateArn"]


def listed(lab, identity: str) -> list[tuple[str, str]]:
    found = lab.sesv2.list_email_identity_certificates(EmailIdentity=identity)["Certificates"]
    return [(one["FromAddress"], one["Status"]) for one in found]


def test_a_certificate_for_its_sender_is_active(fresh):
    lab = fresh()
    declare(lab, "sender@one.example")
    arn = imported(lab, "sender@one.example")
    lab.sesv2.associate_email_identity_certificate(EmailIdentity="sender@one.example", CertificateArn=arn)
    (one,) = lab.sesv2.list_email_identity_certificates(EmailIdentity="sender@one.example")["Certificates"]
    assert (one["FromAddress"], one["Status"], one["CertificateArn"]) == ("sender@one.example", "ACTIVE", arn)
    assert one["CertificateExpiryTime"] > datetime.now(UTC) + timedelta(days=29)
    lab.advance(31 * 86400)
    assert listed(lab, "sender@one.example") == [("sender@one.example", "FAILED")]


@pytest.mark.parametrize(
    "unfit",
    [
        {"address": "Bob@own.example"},
        {"address": "bob@own.example", "signing": False},
        {"address": "bob@own.example", "purpose": ExtendedKeyUsageOID.CLIENT_AUTH},
        {"address": "bob@own.example", "ca": True},
        {"address": "bob@own.example", "curve": ec.SECP256K1()},
    ],
    ids=["of another sender", "not for signing", "not for mail", "an authority's", "of a key SES does not take"],
)
def test_a_certificate_that_cannot_sign_fails(lab, unfit):
    declare(lab, "own.example")
    arn = imported(lab, **unfit)
    lab.sesv2.associate_email_identity_certificate(
        EmailIdentity="own.example", FromAddress="bob@own.example", CertificateArn=arn
    )
    assert listed(lab, "own.example") == [("bob@own.example", "FAILED")]


def test_senders_are_listed_in_pages_and_freed(lab):
    declare(lab, "own.example")
    ses = lab.sesv2
    for sender in ("carol@own.example", "Bob@own.example", "alice@sub.own.example"):
        ses.associate_email_identity_certificate(
            EmailIdentity="own.example", FromAddress=sender, CertificateArn=MISSING
        )
    everybody = ["alice@sub.own.example", "Bob@own.example", "carol@own.example"]
    assert listed(lab, "own.example") == [(sender, "FAILED") for sender in everybody]
    page = ses.list_email_identity_certificates(EmailIdentity="own.example", PageSize=2)
    rest = ses.list_email_identity_certificates(EmailIdentity="own.example", NextToken=page["NextToken"])
    assert [one["FromAddress"] for one in page["Certificates"] + rest["Certificates"]] == everybody
    for _ in range(2):
        ses.disassociate_email_identity_certificate(EmailIdentity="own.example", FromAddress="BOB@own.example")
    assert [sender for sender, _ in listed(lab, "own.example")] == everybody[::2]


def test_an_identity_with_certificates_stays_at_both_versions(lab):
    declare(lab, "sender@one.example")
    ses = lab.sesv2
    ses.associate_email_identity_certificate(EmailIdentity="sender@one.example", CertificateArn=MISSING)
    text = (
        f"Cannot delete <arn:aws:ses:{lab.region}:{lab.account}:identity/sender@one.example> because it has "
        "certificates associated with it. Disassociate all certificates and try again."
    )
    assert refused(ses.delete_email_identity, EmailIdentity="sender@one.example") == (400, "BadRequestException", text)
    for delete in (
        lambda: lab.ses.delete_identity(Identity="sender@one.example"),
        lambda: lab.ses.delete_verified_email_address(EmailAddress="sender@one.example"),
    ):
        assert refused(delete) == (400, "BadRequestException", text)
    ses.disassociate_email_identity_certificate(EmailIdentity="sender@one.example")
    ses.delete_email_identity(EmailIdentity="sender@one.example")


def test_the_texts_of_refusals_are_ses_own(lab):
    declare(lab, "own.example")
    declare(lab, "sender@one.example")

    def said(identity, sender=None, call=lab.sesv2.associate_email_identity_certificate, arn=MISSING):
        params = {"EmailIdentity": identity, "CertificateArn": arn}
        return refused(call, **params, **({"FromAddress": sender} if sender else {}))

    bad = (400, "BadRequestException")
    assert said("own.example") == (*bad, "FromAddress is required when EmailIdentity is a domain.")
    assert said("own.example", "nobody") == (*bad, "FromAddress <nobody> is not a valid email address.")
    assert said("own.example", "a@notown.example") == (
        *bad,
        "FromAddress <a@notown.example> does not belong to the domain identity <own.example>.",
    )
    assert said("sender@one.example", "Sender@one.example") == (
        *bad,
        "FromAddress <Sender@one.example> does not match the email identity <sender@one.example>.",
    )
    missing = (404, "NotFoundException", "Email identity <ghost.example> does not exist.")
    assert said("ghost.example", "a@ghost.example") == missing
    ses = lab.sesv2
    assert refused(ses.list_email_identity_certificates, EmailIdentity="ghost.example") == missing
    ghost = {"EmailIdentity": "ghost.example", "FromAddress": "a@ghost.example"}
    assert refused(ses.disassociate_email_identity_certificate, **ghost) == missing
    ses.associate_email_identity_certificate(
        EmailIdentity="own.example", FromAddress="alice@own.example", CertificateArn=MISSING
    )
    assert said("own.example", "ALICE@own.example") == (
        400,
        "AlreadyExistsException",
        "A certificate is already associated with sender <alice@own.example> on identity <own.example>.",
    )
    of_domain = {"EmailIdentity": "own.example"}
    assert refused(ses.list_email_identity_certificates, **of_domain, PageSize=0) == (
        *bad,
        "1 validation error detected: Value '0' at 'pageSize' failed to satisfy constraint: Member must have value "
        "greater than or equal to 1",
    )
    assert refused(ses.list_email_identity_certificates, **of_domain, NextToken="bogus") == (
        *bad,
        "Invalid NextToken.",
    )
