"""What the rest of the emulator asks of its memory. One implementation: ``store/sql``.

A ``Reader`` sees a consistent state; a ``Writer`` is one transaction: all of it happens, or nothing. Whoever
locks an account (``Writer.account_for_update``) is alone with that account until the transaction ends, in every
process on the same database: quota and rate rest on that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from emulator.documents.document import Document
from emulator.sending_events import SendingEvent
from emulator.store.receiving import ReceivingReader, ReceivingWriter
from emulator.values import (
    Account,
    Captured,
    Delivery,
    Identity,
    IdentityKind,
    OutboundMessage,
    Outcome,
    Record,
    Scope,
)

D = TypeVar("D", bound=Document)


class StoreError(Exception):
    """The store cannot be opened or used; the text is for the user."""


class DatabaseUrlError(StoreError, ValueError):
    """What was given is no URL of a database that could be used."""


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which captured mails. ``to``, ``from_``, ``subject`` and ``text`` are substrings taken literally, compared after
    case folding (Unicode); ``message_id``, ``region`` and ``account`` are compared whole; ``q`` is a search in the
    language of ``store/search.py``. None and "" do not filter.

    ``from_`` looks at the From field, or at the envelope's sender when there is none; ``to`` at the envelope's
    recipients and at To and Cc; ``text`` at subject and text body. ``after`` / ``before`` are captured ids, both
    exclusive. ``unread`` True or False: only those that are so marked. A mail from a stranger has neither account nor
    region, so it matches no such filter. A ``q`` that cannot be meant is a ``search.SearchError`` from whoever is
    asked to use it.
    """

    to: str | None = None
    from_: str | None = None
    subject: str | None = None
    text: str | None = None
    q: str | None = None
    message_id: str | None = None
    region: str | None = None
    account: str | None = None
    after: int | None = None
    before: int | None = None
    unread: bool | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What a list shows of a captured mail. ``from_`` is the From field, or the envelope's sender where there is none;
    ``to`` the To field, or the envelope's recipients. ``snippet`` is how the text begins, on one line. ``dkim`` are the
    results of all signatures without repetition, empty when it is unsigned; ``via`` the domain shown, else None."""

    id: int
    received_at: float
    message_id: str | None
    scope: Scope | None
    from_: str
    to: tuple[str, ...]
    subject: str
    snippet: str
    size: int
    attachments: int
    unread: bool
    spf: str
    dkim: tuple[str, ...]
    dmarc: str
    via: str | None


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The ids of the mails next to one in a list; None at its ends."""

    newer: int | None
    older: int | None


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """One recipient of an accepted message and what became of it. ``dialogue`` is what was said over SMTP at the last
    attempt, "" where nothing was."""

    recipient: str
    outcome: Outcome
    reply: str
    attempts: int
    updated_at: float | None
    dialogue: str = ""


@dataclass(frozen=True, slots=True)
class SendCounts:
    """What happened to mail accepted in ``[at, at + 900)``: one point of GetSendStatistics."""

    at: float
    delivery_attempts: int
    bounces: int
    complaints: int
    rejects: int


@dataclass(frozen=True, slots=True)
class SentCopy:
    """One recipient's copy of an accepted message with what statistics ask of both. ``updated_at`` None: still QUEUED
    and never tried."""

    message_id: str
    accepted_at: float
    source: str
    source_arn: str | None
    configuration_set: str | None
    recipient: str
    outcome: Outcome
    reply: str
    updated_at: float | None
    tenant: str | None = None


class Reader(ReceivingReader, Protocol):
    def account(self, scope: Scope) -> Account | None: ...

    def accounts(self) -> Sequence[Account]: ...

    def scopes(self) -> Sequence[Scope]:
        """Every account and region that has been used: that has an account or an identity. In order."""
        ...

    def identities(self, scope: Scope, names: Iterable[str]) -> Sequence[Identity]:
        """Those of ``names`` that exist, in no particular order. One round trip."""
        ...

    def list_identities(
        self, scope: Scope, kind: IdentityKind | None = None, after: str | None = None, limit: int | None = None
    ) -> Sequence[Identity]:
        """By name, ascending; names greater than ``after``."""
        ...

    def unsettled_identities(self) -> Sequence[Identity]:
        """In all scopes: every identity that a DNS check or the passing of time could change (all domains, every
        identity with a MAIL FROM or DKIM of its own, addresses that are pending)."""
        ...

    def sent_before(self, scope: Scope, instant: float) -> int:
        """The account's ``sent_total`` as it stood after its last message accepted at or before ``instant``
        (0 when there is none): ``account.sent_total - sent_before(now - 86400)`` are the last 24 hours."""
        ...

    def send_counts(self, scope: Scope, since: float) -> Sequence[SendCounts]:
        """15-minute points of what was accepted at or after ``since``, oldest first, empty ones left out. Every copy
        of an accepted message is an attempt, delivered yet or not; simulator outcomes count, as at SES. ``rejects``
        are copies of mails with a virus. SES's own mails are left out."""
        ...

    def sent(self, scope: Scope, since: float, until: float) -> Sequence[SentCopy]:
        """Copies of messages accepted in ``[since, until)``, oldest first, SES's own mails left out. All are brought
        into memory: for periods that somebody asks for."""
        ...

    def outbound(self, message_id: str) -> OutboundMessage | None: ...

    def deliveries(self, message_id: str) -> Sequence[DeliveryState]: ...

    def undelivered(self) -> int:
        """How many copies are still QUEUED, claimed and postponed ones included."""
        ...

    def unpublished(self) -> int:
        """How many events wait to be published, claimed ones included."""
        ...

    def captured(self, id: int) -> Captured | None:
        """Any number may be asked for. NUL and lone surrogates in ``text`` come back as U+FFFD, since no database
        holds them; everything else comes back as it was stored."""
        ...

    def search(self, wanted: MessageFilter, limit: int) -> Sequence[Captured]:
        """Newest first. ``raw`` (b"") and ``text`` ("") are left empty here: lists do not need them."""
        ...

    def lines(self, wanted: MessageFilter, limit: int, *, oldest: bool = False) -> Sequence[Line]:
        """Newest first, and much cheaper than ``search``. ``oldest``: of those that match the oldest ``limit``, newest
        first all the same; with ``MessageFilter.after`` that is the page before."""
        ...

    def count(self, wanted: MessageFilter) -> int: ...

    def neighbours(self, wanted: MessageFilter, id: int) -> Neighbours:
        """The nearest newer and older of those that match; ``id`` itself need not match or exist."""
        ...

    def unindexed(self) -> int:
        """How many captured mails are not in the search index yet. They are found all the same, at the cost of being
        read."""
        ...

    def document(self, cls: type[D], scope: Scope, name: str, parent: str = "") -> D | None: ...

    def documents(self, cls: type[D], scope: Scope, names: Iterable[str], parent: str = "") -> Sequence[D]:
        """Those of ``names`` that exist, in no particular order."""
        ...

    def list_documents(
        self, cls: type[D], scope: Scope, parent: str = "", after: str | None = None, limit: int | None = None
    ) -> Sequence[D]:
        """By name, ascending; names greater than ``after``."""
        ...

    def newest_documents(
        self,
        cls: type[D],
        scope: Scope,
        parent: str = "",
        before: tuple[float, str] | None = None,
        limit: int | None = None,
    ) -> Sequence[D]:
        """By creation, newest first (of the same instant by name, descending); those after the one whose
        ``(created_at, name)`` is ``before``."""
        ...

    def count_documents(self, cls: type[Document], scope: Scope, parent: str = "") -> int: ...

    def records_at(self, name: str) -> Sequence[Record]: ...

    def name_exists_below(self, name: str) -> bool:
        """Whether any record stands at or below ``name`` (an empty non-terminal is not NXDOMAIN)."""
        ...

    def records(self) -> Sequence[Record]:
        """All, by name and type."""
        ...

    def dns_serial(self) -> int:
        """Grows with every change of the records."""
        ...

    def world(self, key: str) -> str | None:
        """A single value of the world: ``amazonses_key``, ``clock_offset``, ``secret`` … ``forget()`` leaves those
        whose key ends in ``_key``, and ``secret``."""
        ...


class Writer(ReceivingWriter, Reader, Protocol):
    def account_for_update(self, scope: Scope) -> Account:
        """The account, made with defaults when new (``production`` as the store was told), and locked."""
        ...

    def save_account(self, account: Account) -> None: ...

    def identity_for_update(self, scope: Scope, name: str) -> Identity | None:
        """Of that name, locked: whoever asked is alone with the name, taken or not, until the transaction ends. What is
        saved of an identity has been read so, else a change made meanwhile is lost."""
        ...

    def save_identity(self, identity: Identity) -> None:
        """Insert or replace."""
        ...

    def delete_identity(self, scope: Scope, name: str) -> bool: ...

    def document_for_update(self, cls: type[D], scope: Scope, name: str, parent: str = "") -> D | None:
        """As ``identity_for_update``: alone with the name until the transaction ends."""
        ...

    def save_document(self, document: Document) -> None:
        """Insert or replace."""
        ...

    def delete_document(self, cls: type[Document], scope: Scope, name: str, parent: str = "") -> bool: ...

    def delete_documents(self, cls: type[Document], scope: Scope, parent: str = "") -> int:
        """All of a kind that belong to ``parent``; returns how many."""
        ...

    def add_outbound(self, message: OutboundMessage, sent_total: int) -> None:
        """Stores the message with one QUEUED delivery per recipient; ``sent_total`` is the account's count
        including it. A recipient named twice is one delivery."""
        ...

    def claim(self, owner: str, now: float, lease: float, limit: int) -> Sequence[Delivery]:
        """Takes up to ``limit`` QUEUED copies whose ``due_at`` is not after ``now`` and that nobody holds (a claim
        older than ``lease`` seconds is nobody's), first due first, then in the order of acceptance. Fewer than
        there are when their mails would fill more than 16 MiB of memory, but never none. ``Delivery.attempts`` are
        those before this one. ``now`` is real time: leases outlive the emulator's clock."""
        ...

    def settle(
        self, message_id: str, recipient: str, outcome: Outcome, reply: str, at: float, dialogue: str = ""
    ) -> bool:
        """Ends a delivery; counts an attempt. One that has ended already stays as it is, so whoever held it too long
        cannot overrule the one who took it over. Returns whether this ended it: False also where the message has been
        forgotten meanwhile."""
        ...

    def postpone(self, message_id: str, recipient: str, reply: str, due_at: float, dialogue: str = "") -> bool:
        """Gives a claimed copy back, to be tried at ``due_at`` (real time); counts an attempt. Nothing happens to a
        delivery that has ended, or whose message has been forgotten: False."""
        ...

    def queue_events(self, events: Iterable[SendingEvent]) -> None:
        """To be published, of messages that are there. They go when their message is forgotten."""
        ...

    def claim_events(self, owner: str, now: float, lease: float, limit: int) -> Sequence[SendingEvent]:
        """Takes up to ``limit`` events that nobody holds, oldest first; as ``claim`` does copies."""
        ...

    def release_events(self, ids: Iterable[int]) -> None:
        """Gives claimed events back: anybody may take them at once."""
        ...

    def end_event(self, id: int) -> bool:
        """The event has been published. False when somebody else has ended it, or its message has been forgotten."""
        ...

    def capture(self, mail: Captured) -> int | None:
        """Stores a received mail and returns its id; None when its ``delivery_key`` is already there. ``scope`` is
        filled in from the outbound message of the same ``message_id`` when the mail has none. Ids grow in the order
        in which mails become visible and are never given twice."""
        ...

    def mark_read(self, which: MessageFilter | Iterable[int], unread: bool = False) -> int:
        """Marks mails as read, or with ``unread`` as unread; returns how many were not so marked before. Ids that do
        not exist are passed over."""
        ...

    def delete_captured(self, wanted: MessageFilter) -> int: ...

    def delete_captured_id(self, id: int) -> bool: ...

    def put_records(self, records: Iterable[Record]) -> None:
        """Adds; a record of the same name, type and value is replaced (its ttl and origin)."""
        ...

    def delete_records(self, name: str, type: str | None = None, value: str | None = None) -> int: ...

    def replace_origin(self, origin: str, records: Iterable[Record]) -> bool:
        """Makes ``records`` the only ones of that origin prefix (``route53`` also owns ``route53:<zone>``). Returns
        whether anything changed. A record of another origin with the same name, type and value is taken over.
        ``ValueError`` when one of ``records`` is of another origin."""
        ...

    def set_world(self, key: str, value: str) -> None: ...

    def pull_back(self, now: float) -> None:
        """After the clock was turned back: what was accepted later than ``now`` is taken to be accepted now, so that
        the 24 h window stays exact; rate buckets last filled later than ``now`` likewise."""
        ...

    def forget(self, scope: Scope | None = None) -> None:
        """Empties the store: of one account in all regions (``scope.region`` is ignored), or of everything except
        the world's keys and secret. DNS records of ``publish`` and ``ses`` origin of a forgotten identity go with it,
        unless another account has an identity that rests on them; with None all records go. ``dns_serial`` goes on.
        Mails from strangers belong to no account and stay when one account is forgotten."""
        ...


class Store(Protocol):
    def read(self) -> AbstractContextManager[Reader]: ...

    def write(self) -> AbstractContextManager[Writer]: ...

    def index(self, most: int) -> int:
        """Brings up to ``most`` captured mails, oldest first, into the search index, in one short transaction of its
        own. Returns how many it was; 0 when there is nothing to do, or when somebody else is at it."""
        ...

    def close(self) -> None: ...
