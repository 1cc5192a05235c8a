"""What an identity is made of; ``emulator.values`` has them beside ``Identity`` itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class IdentityKind(StrEnum):
    EMAIL_ADDRESS = "EMAIL_ADDRESS"
    DOMAIN = "DOMAIN"


class Status(StrEnum):
    """A verification state by its v2 name; v1 spells the same five ``Success``, ``TemporaryFailure`` …"""

    NOT_STARTED = "NOT_STARTED"
    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    TEMPORARY_FAILURE = "TEMPORARY_FAILURE"


class DkimOrigin(StrEnum):
    EASY_DKIM = "AWS_SES"
    BYODKIM = "EXTERNAL"


class OnMxFailure(StrEnum):
    USE_DEFAULT_VALUE = "USE_DEFAULT_VALUE"
    REJECT_MESSAGE = "REJECT_MESSAGE"


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether SES believes that the caller owns the identity.

    ``token`` is the ``_amazonses`` TXT value of a domain, or the secret in an address's link. ``lost_at`` is when
    a record that was there went missing (TEMPORARY_FAILURE counts its 72 h from it). ``error_type`` is v2's
    VerificationInfo ErrorType.
    """

    status: Status = Status.PENDING
    token: str = ""
    started_at: float = 0.0
    last_checked_at: float | None = None
    last_success_at: float | None = None
    lost_at: float | None = None
    error_type: str | None = None


@dataclass(frozen=True, slots=True)
class Dkim:
    """An identity's DKIM. ``tokens``: Easy DKIM's three, or BYODKIM's one selector. ``private_key`` is PEM (BYODKIM:
    as brought); the key that signs is published under ``tokens[0]``. ``next_key_bits`` is what v2 calls
    NextSigningKeyLength."""

    enabled: bool = False
    status: Status = Status.NOT_STARTED
    origin: DkimOrigin = DkimOrigin.EASY_DKIM
    tokens: tuple[str, ...] = ()
    private_key: str | None = None
    key_bits: int | None = None
    next_key_bits: int | None = None
    key_made_at: float | None = None
    started_at: float | None = None
    lost_at: float | None = None


@dataclass(frozen=True, slots=True)
class MailFrom:
    """The custom MAIL FROM of an identity; ``domain`` None means SES's own is used."""

    domain: str | None = None
    on_mx_failure: OnMxFailure = OnMxFailure.USE_DEFAULT_VALUE
    status: Status | None = None
    started_at: float | None = None
    lost_at: float | None = None


@dataclass(frozen=True, slots=True)
class Notifications:
    """What an identity tells of its mail beside configuration sets: the ARN of an SNS topic for each type, None where
    there is none, and whether the mail's headers go with it; ``forwarding``: bounces and complaints by email."""

    bounce_topic: str | None = None
    complaint_topic: str | None = None
    delivery_topic: str | None = None
    bounce_headers: bool = False
    complaint_headers: bool = False
    delivery_headers: bool = False
    forwarding: bool = True
