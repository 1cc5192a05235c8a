"""The certificate of SES's SMTP door: self-made, so that STARTTLS and the TLS wrapper work offline.

A client that verifies must be told to trust the file ``smtp.pem`` and connect by one of its names: each region's
``email-smtp.<region>.amazonaws.com``, ``localhost`` or a loopback address. A certificate that is in the folder already
is used as it is, also one that the user put there.
"""

from __future__ import annotations

import datetime
import os
import ssl
import tempfile
from pathlib import Path

from emulator.smtp.credentials import REGIONS

FILE_NAME = "smtp.pem"
_LIFE = datetime.timedelta(days=3652)
_HOST = "email-smtp.amazonaws.com"


def server_context(folder: Path | None, now: float) -> ssl.SSLContext:
    """A context for servers, TLS 1.2 and later. The certificate is read from ``folder``, made there when there is
    none or a broken one; None makes one that is nowhere kept. ``now`` dates a new one. Raises OSError when the
    folder cannot be written."""
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="ses-emulator-") as fleeting:
            return server_context(Path(fleeting), now)
    path = folder / FILE_NAME
    try:
        return _load(path)
    except (FileNotFoundError, ssl.SSLError):
        _write(path, make(now))
        return _load(path)


def make(now: float) -> bytes:
    """A new key and its certificate, PEM: EC P-256, valid for ten years from a day before ``now``."""
    # Here, not above: cryptography takes a while to load, and most runs never speak TLS.
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _HOST)])
    today = datetime.datetime.fromtimestamp(now, datetime.UTC)
    hosts = (_HOST, *(f"email-smtp.{region}.amazonaws.com" for region in REGIONS), "localhost")
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", "::1")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + _LIFE)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        # It is its own authority: strict verifiers ask that an authority says so.
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)


def _load(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(path)
    return context


def _write(path: Path, pem: bytes) -> None:
    """All or nothing, and readable by its owner alone: several processes may share the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=FILE_NAME, dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    os.replace(name, path)
