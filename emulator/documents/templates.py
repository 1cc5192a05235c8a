"""Email templates, those of custom verification mails, and where the links in such mails lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.documents.document import Document


@dataclass(frozen=True, slots=True)
class Parts:
    """What a template is made of, in Handlebars; None for a part that it has not."""

    subject: str | None = None
    text: str | None = None
    html: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailTemplate(Document):
    KIND: ClassVar[str] = "email-template"

    parts: Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomVerificationTemplate(Document):
    """``content`` is HTML."""

    KIND: ClassVar[str] = "custom-verification-template"

    from_address: str
    subject: str
    content: str
    success_url: str
    failure_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomVerification(Document):
    """``name`` is the address that was asked last with a custom mail; ``token`` the secret in that mail's link."""

    KIND: ClassVar[str] = "custom-verification"

    token: str
    success_url: str
    failure_url: str
