"""S/MIME certificates that senders of an identity sign with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.documents.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityCertificate(Document):
    """``parent`` is the identity's name, ``name`` the sender's address in lower case, ``from_address`` as it was given.
    The certificate itself is ACM's: whether it may sign is found out when somebody looks."""

    KIND: ClassVar[str] = "identity-certificate"

    from_address: str
    certificate_arn: str
