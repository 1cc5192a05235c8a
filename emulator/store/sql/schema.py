"""The tables, the same for SQLite and PostgreSQL.

Text compares byte by byte on both (PostgreSQL: collation "C"), so names sort alike everywhere. Bytes of mails stand
in the last column of their table: what does not ask for them does not read them. Partial indexes hold only queued
and failed deliveries, so their cost follows the queue and not the history.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from emulator.documents.receiving import Receiving
from emulator.values import Outcome

SCHEMA_VERSION = 3


class Plain(TypeDecorator[str]):
    """Text that any Python string fits into. NUL and lone surrogates, which PostgreSQL or UTF-8 cannot hold, are
    stored as U+FFFD; where they matter the value is JSON, which escapes them."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text(collation="C") if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return storable(value)


def storable(text: str) -> str:
    """``text`` as every database can hold it."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)
    return text


# Text that we write ourselves, JSON and the names of enums, holds nothing that would have to be looked for.
Ascii = Text().with_variant(Text(collation="C"), "postgresql")

# SQLite numbers rows by itself only in a column that is called INTEGER.
_Id = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()

state = Table(
    "emulator_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("schema_version", Integer, nullable=False),
    Column("dns_serial", BigInteger, nullable=False),
)

world = Table("world", metadata, Column("key", Plain, primary_key=True), Column("value", Plain, nullable=False))

account = Table(
    "account",
    metadata,
    Column("account", Plain, primary_key=True),
    Column("region", Plain, primary_key=True),
    Column("production", Boolean, nullable=False),
    Column("sending_enabled", Boolean, nullable=False),
    Column("sent_total", BigInteger, nullable=False),
    Column("bucket_level", Double, nullable=False),
    Column("bucket_at", Double),
    Column("details", Ascii),
    # Every accepted mail writes its account: one page, where a table with an index beside it would be two.
    sqlite_with_rowid=False,
)

identity = Table(
    "identity",
    metadata,
    Column("account", Plain, primary_key=True),
    Column("region", Plain, primary_key=True),
    Column("name", Plain, primary_key=True),
    Column("kind", Ascii, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("unsettled", Integer, nullable=False),
    Column("body", Ascii, nullable=False),
)
# Literals, not parameters, here and below: both databases use a partial index only where the query's own text implies
# its condition.
UNSETTLED = identity.c.unsettled == literal_column("1")

outbound = Table(
    "outbound",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("message_id", Plain, nullable=False, unique=True),
    Column("account", Plain, nullable=False),
    Column("region", Plain, nullable=False),
    Column("accepted_at", Double, nullable=False),
    Column("sent_total", BigInteger, nullable=False),
    Column("copies", Integer, nullable=False),
    Column("door", Ascii, nullable=False),
    Column("operation", Plain, nullable=False),
    Column("caller", Plain, nullable=False),
    Column("source", Plain, nullable=False),
    Column("feedback_to", Plain, nullable=False),
    Column("counted", Integer, nullable=False),
    Column("envelope", Ascii, nullable=False),
    Column("tags", Ascii, nullable=False),
    Column("configuration_set", Plain),
    Column("source_arn", Plain),
    Column("tenant", Plain),
    Column("source_ip", Plain),
    Column("headers", Ascii),
    Column("destination", Ascii),
    Column("size", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
# Holds all that the quota and the statistics ask, so neither reads a mail's row.
Index(
    "outbound_window",
    outbound.c.account,
    outbound.c.region,
    outbound.c.accepted_at,
    outbound.c.sent_total,
    outbound.c.copies,
)

delivery = Table(
    "delivery",
    metadata,
    Column("outbound_id", _Id, ForeignKey("outbound.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("recipient", Plain, primary_key=True),
    Column("outcome", Ascii, nullable=False),
    Column("reply", Plain, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("updated_at", Double),
    Column("due_at", Double, nullable=False),
    Column("claimed_at", Double),
    Column("owner", Plain),
    Column("dialogue", Plain, nullable=False, server_default=""),
    sqlite_with_rowid=False,
)
QUEUED = delivery.c.outcome == literal_column(f"'{Outcome.QUEUED}'")
UNHAPPY = delivery.c.outcome.in_(
    [literal_column(f"'{one}'") for one in (Outcome.BOUNCED, Outcome.COMPLAINED, Outcome.REJECTED)]
)

# What waits to be published; goes when it has been.
sending_event = Table(
    "sending_event",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("outbound_id", _Id, ForeignKey("outbound.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("type", Ascii, nullable=False),
    Column("at", Double, nullable=False),
    Column("recipients", Ascii, nullable=False),
    Column("outcome", Ascii),
    Column("replies", Ascii, nullable=False),
    Column("template", Plain, nullable=False),
    Column("seen", Ascii),
    Column("subscription", Ascii),
    Column("claimed_at", Double),
    Column("owner", Plain),
)

# Mail that waits for the receipt rules of the account that receives it; goes when they have been followed. It has its
# own copy of the mail, since whoever empties the inbox meanwhile must not take it from SES.
inbound = Table(
    "inbound",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("message_id", Plain, nullable=False),
    Column("account", Plain, nullable=False, index=True),
    Column("region", Plain, nullable=False),
    Column("received_at", Double, nullable=False),
    Column("envelope", Ascii, nullable=False),
    Column("recipients", Ascii, nullable=False),
    Column("verdict", Ascii, nullable=False),
    Column("claimed_at", Double),
    Column("owner", Plain),
    Column("data", LargeBinary, nullable=False),
)

captured = Table(
    "captured",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("received_at", Double, nullable=False),
    Column("account", Plain),
    Column("region", Plain),
    Column("message_id", Plain, index=True),
    Column("delivery_key", Plain),
    # What lists show and searches ask of the verdict, so that neither has to read it; ``via`` is the domain shown.
    Column("spf", Ascii, nullable=False),
    Column("dkim", Ascii, nullable=False),
    Column("dmarc", Ascii, nullable=False),
    Column("via", Plain),
    Column("attachments", Integer, nullable=False),
    Column("snippet", Plain, nullable=False),
    Column("envelope", Ascii, nullable=False),
    Column("header", Ascii, nullable=False),
    Column("verdict", Ascii, nullable=False),
    Column("folded_from", Plain, nullable=False),
    Column("folded_to", Plain, nullable=False),
    Column("folded_subject", Plain, nullable=False),
    Column("text", Plain, nullable=False),
    Column("folded_text", Plain, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    UniqueConstraint("delivery_key", name="captured_delivery_key"),
    # An id once given is never given again: cursors and "after" rest on it.
    sqlite_autoincrement=True,
)
Index("captured_scope", captured.c.account, captured.c.region, captured.c.id)

# The mails that somebody marked as read. What is captured is unread, and that costs the capture nothing.
seen = Table("captured_seen", metadata, Column("id", _Id, primary_key=True, autoincrement=False))

# One row: captured mails up to this id are in the search index. Whoever brings mails into it, deletes or marks them
# holds the row, so that nothing is kept of a mail that is gone.
indexing = Table(
    "captured_indexing",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("up_to", BigInteger, nullable=False),
)

document = Table(
    "document",
    metadata,
    Column("account", Plain, primary_key=True),
    Column("region", Plain, primary_key=True),
    Column("kind", Ascii, primary_key=True),
    Column("parent", Plain, primary_key=True),
    Column("name", Plain, primary_key=True),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("body", Ascii, nullable=False),
)
Index(
    "document_newest",
    document.c.account,
    document.c.region,
    document.c.kind,
    document.c.parent,
    document.c.created_at,
    document.c.name,
)

# Of every account and region that receives mail: asked for each recipient of each mail that comes in.
RECEIVING = document.c.kind == literal_column(f"'{Receiving.KIND}'")

record = Table(
    "dns_record",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", Plain, nullable=False, index=True),
    # The labels from the root down, "com.example.www.": what stands below a name is a range of it.
    Column("path", Plain, nullable=False, index=True),
    Column("type", Plain, nullable=False),
    Column("value", Plain, nullable=False),
    Column("ttl", Integer, nullable=False),
    Column("origin", Plain, nullable=False, index=True),
)

DELIVERY_UNHAPPY = (
    "CREATE INDEX delivery_unhappy ON delivery (outbound_id, outcome) "
    f"WHERE outcome IN ('{Outcome.BOUNCED}', '{Outcome.COMPLAINED}', '{Outcome.REJECTED}')"
)
DOCUMENT_RECEIVING = f"CREATE INDEX document_receiving ON document (account, region) WHERE kind = '{Receiving.KIND}'"
# As text, which both databases read alike: Index() knows partial ones only by options of each dialect, and asking
# about PostgreSQL's would import it (30 ms) where SQLite is in use. The last columns of ``delivery_queued`` are there
# so that the queue is counted in the index alone.
PARTIAL_INDEXES = (
    "CREATE INDEX identity_unsettled ON identity (unsettled) WHERE unsettled = 1",
    "CREATE INDEX delivery_queued ON delivery (due_at, outbound_id, recipient, outcome) "
    f"WHERE outcome = '{Outcome.QUEUED}'",
    DELIVERY_UNHAPPY,
    DOCUMENT_RECEIVING,
)
