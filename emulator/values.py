"""The frozen values that cross rooms: parsed once at the edge, never a dict inwards.

Instants are seconds since the epoch, UTC, as ``float``. Names of domains are lower case without a final dot.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from emulator.identity_parts import (
    Dkim,
    DkimOrigin,
    IdentityKind,
    MailFrom,
    Notifications,
    OnMxFailure,
    Status,
    Verification,
)
from emulator.submission_parts import (
    Attachment,
    Header,
    IdentityArns,
    ListManagement,
    RawContent,
    SimpleContent,
    Tag,
    TemplateUse,
    Text,
    TrackingOverrides,
)
from emulator.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose SES: everything (identities, quota, mail) is separate for each account and region."""

    account: str
    region: str


class Door(StrEnum):
    """Where a call came in. The same rule speaks with another code at each."""

    V1 = "v1"
    V2 = "v2"
    SMTP = "smtp"


# --- what a caller wants sent -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Submission:
    """One mail as handed in at any door; all doors make this same value.

    Addresses are the raw strings that the caller gave. ``source`` is v1 ``Source``, v2 ``FromEmailAddress`` or
    SMTP's MAIL FROM. For raw content ``to`` + ``cc`` + ``bcc`` are the destinations given beside the message
    (SMTP: its RCPT TO); when all three are empty the message's own To, Cc and Bcc are the recipients. ``trace`` is what
    the SMTP door's Received line says of the connection, "" elsewhere.
    """

    scope: Scope
    door: Door
    operation: str
    caller: str
    source_ip: str
    source: str | None
    content: SimpleContent | RawContent
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    return_path: str | None = None
    configuration_set: str | None = None
    tags: tuple[Tag, ...] = ()
    arns: IdentityArns | None = None
    list_management: ListManagement | None = None
    template: TemplateUse | None = None
    tenant: str | None = None
    tracking: TrackingOverrides | None = None
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """What the rules look at in a submission, the same for composed and raw content.

    All addresses are raw strings as the caller wrote them, one address each, display names kept. ``senders`` are
    those that must be verified, in the order in which SES lists them: From, then Source / MAIL FROM where it is
    another string, then Sender, then Return-Path. ``headers`` are the fields of a raw message, values unfolded
    (None for composed content). ``size`` is in bytes after base64.
    """

    from_: tuple[str, ...]
    senders: tuple[str, ...]
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    reply_to: tuple[str, ...]
    return_path: str | None
    headers: tuple[Header, ...] | None
    size: int

    @property
    def recipients(self) -> tuple[str, ...]:
        return self.to + self.cc + self.bcc


# --- identities ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Identity:
    """A verified, or not yet verified, sender. Email identities keep their case, domains are lower case.

    ``configuration_set`` is the default one of its mail. ``has_policies``: it has sending authorization policies,
    which are documents; so that a send looks for them only where there are some.
    """

    scope: Scope
    name: str
    kind: IdentityKind
    created_at: float
    verification: Verification = field(default_factory=Verification)
    dkim: Dkim = field(default_factory=Dkim)
    mail_from: MailFrom = field(default_factory=MailFrom)
    configuration_set: str | None = None
    notifications: Notifications = field(default_factory=Notifications)
    has_policies: bool = False

    @property
    def verified(self) -> bool:
        """May it send: also true while a lost record still has its 72 h of grace (TEMPORARY_FAILURE)."""
        return self.verification.status in (Status.SUCCESS, Status.TEMPORARY_FAILURE)


# --- the account --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """What PutAccountDetails said, and what became of it (``review_status``: PENDING, GRANTED, …)."""

    mail_type: str
    website_url: str
    contact_language: str | None
    use_case_description: str | None
    additional_contacts: tuple[str, ...]
    review_status: str
    case_id: str


@dataclass(frozen=True, slots=True)
class Account:
    """One account in one region.

    ``sent_total`` counts recipients ever counted against the daily quota. ``bucket_level`` is the rate bucket at
    ``bucket_at``: it refills by the send rate per second and may be in debt after a many-recipient message.
    """

    scope: Scope
    production: bool = False
    sending_enabled: bool = True
    sent_total: int = 0
    bucket_level: float = 0.0
    bucket_at: float | None = None
    details: AccountDetails | None = None


@dataclass(frozen=True, slots=True)
class SendQuota:
    """-1 means unlimited, as SES writes it."""

    max_24_hour_send: float
    max_send_rate: float


# --- mail on its way ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Envelope:
    """What SMTP says: who sent it (``mail_from``; "" is the null sender) to whom, from which address and name."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    client_ip: str
    helo: str


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """An accepted message as it will leave SES: finished bytes, one delivery per recipient.

    ``recipients`` are bare addresses (the envelope). ``counted`` is how many of them count against the daily
    quota (simulator addresses do not). ``feedback_to`` is where bounces go. ``configuration_set`` is the one in force,
    named or an identity's default. ``source_arn`` is that of the identity whose settings count, None where there is
    none (another account's with sending authorization). ``in_statistics`` False: SES's own mail, which no statistic of
    the account counts. ``tenant`` is the name of the one that sent it. ``source_ip`` is the caller's address.
    ``headers`` are name and unfolded value of each field as the caller gave or SES composed them, before SES's own,
    ``destination`` the recipients as the caller wrote them: kept only where somebody is told of the mail (a
    configuration set with destinations, an identity with topics).
    """

    message_id: str
    scope: Scope
    accepted_at: float
    door: Door
    operation: str
    caller: str
    source: str
    feedback_to: str
    envelope: Envelope
    data: bytes
    counted: int
    tags: tuple[Tag, ...] = ()
    configuration_set: str | None = None
    source_arn: str | None = None
    in_statistics: bool = True
    tenant: str | None = None
    source_ip: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    destination: tuple[str, ...] = ()

    @property
    def recipients(self) -> tuple[str, ...]:
        return self.envelope.rcpt_to


class Outcome(StrEnum):
    """What became of one recipient's copy."""

    QUEUED = "QUEUED"
    DELIVERED = "DELIVERED"
    BOUNCED = "BOUNCED"
    COMPLAINED = "COMPLAINED"
    AUTO_REPLIED = "AUTO_REPLIED"
    # Never sent: on a suppression list because of a bounce, because of a complaint; opted out of the contact list.
    SUPPRESSED = "SUPPRESSED"
    SUPPRESSED_COMPLAINT = "SUPPRESSED_COMPLAINT"
    UNSUBSCRIBED = "UNSUBSCRIBED"
    # Never sent: its template could not be rendered with the data of the call.
    RENDERING_FAILED = "RENDERING_FAILED"
    # Never sent: it contains a virus.
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One recipient's copy, claimed from the outbox. ``accepted_at`` is by the emulator's clock."""

    message_id: str
    scope: Scope
    recipient: str
    mail_from: str
    client_ip: str
    helo: str
    data: bytes
    attempts: int
    accepted_at: float = 0.0
    configuration_set: str | None = None
    tenant: str | None = None
    source_arn: str | None = None
    feedback_to: str = ""


# --- the receiver's view ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Captured:
    """A mail in the inbox. ``raw`` is what the receiver stored: its trace headers, then the bytes as received.

    ``id`` is 0 until stored. ``message_id`` is SES's id when the mail bears one, else None; ``scope`` likewise.
    ``size`` is that of ``raw`` in bytes, known also where lists leave ``raw`` out.
    ``delivery_key`` makes a repeated delivery of the same copy harmless; None for mail from strangers.
    ``attachments`` is how many parts the mail has beside its bodies; ``unread`` until somebody marks it as read.
    """

    id: int
    received_at: float
    envelope: Envelope
    raw: bytes
    verdict: Verdict
    message_id: str | None = None
    scope: Scope | None = None
    from_: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    size: int = 0
    delivery_key: str | None = None
    attachments: int = 0
    unread: bool = True


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """What a resolver brings back. ``status``: NOERROR, NXDOMAIN, SERVFAIL or TIMEOUT. ``values``: the asked type's
    values in presentation form after CNAMEs were followed (TXT joined and unquoted); empty with NOERROR is NODATA."""

    status: str
    values: tuple[str, ...] = ()


# --- the world ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """A DNS record. ``name`` lower case without a final dot, ``type`` upper case, ``value`` in presentation form
    (TXT: the joined text without quotes; MX: ``10 host``). ``origin`` says who put it there: ``api``, ``ses``,
    ``route53:<zone id>``, ``publish``, ``seed`` …"""

    name: str
    type: str
    value: str
    ttl: int = 300
    origin: str = "api"
