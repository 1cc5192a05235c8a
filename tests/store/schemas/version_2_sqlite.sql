-- The tables of schema version 2, as that version made them.

CREATE TABLE account (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    production BOOLEAN NOT NULL,
    sending_enabled BOOLEAN NOT NULL,
    sent_total BIGINT NOT NULL,
    bucket_level DOUBLE NOT NULL,
    bucket_at DOUBLE,
    details TEXT,
    PRIMARY KEY (account, region)
)
 WITHOUT ROWID;

CREATE TABLE captured (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    received_at DOUBLE NOT NULL,
    account TEXT,
    region TEXT,
    message_id TEXT,
    delivery_key TEXT,
    spf TEXT NOT NULL,
    dkim TEXT NOT NULL,
    dmarc TEXT NOT NULL,
    via TEXT,
    attachments INTEGER NOT NULL,
    snippet TEXT NOT NULL,
    envelope TEXT NOT NULL,
    header TEXT NOT NULL,
    verdict TEXT NOT NULL,
    folded_from TEXT NOT NULL,
    folded_to TEXT NOT NULL,
    folded_subject TEXT NOT NULL,
    text TEXT NOT NULL,
    folded_text TEXT NOT NULL,
    raw BLOB NOT NULL,
    CONSTRAINT captured_delivery_key UNIQUE (delivery_key)
);

CREATE INDEX captured_scope ON captured (account, region, id);

CREATE INDEX ix_captured_message_id ON captured (message_id);

CREATE TABLE captured_indexing (
    id INTEGER NOT NULL,
    up_to BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE captured_seen (
    id INTEGER NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE dns_record (
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    type TEXT NOT NULL,
    value TEXT NOT NULL,
    ttl INTEGER NOT NULL,
    origin TEXT NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_dns_record_name ON dns_record (name);

CREATE INDEX ix_dns_record_origin ON dns_record (origin);

CREATE INDEX ix_dns_record_path ON dns_record (path);

CREATE TABLE document (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at DOUBLE NOT NULL,
    updated_at DOUBLE NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, region, kind, parent, name)
);

CREATE INDEX document_newest ON document (account, region, kind, parent, created_at, name);

CREATE TABLE emulator_state (
    id INTEGER NOT NULL,
    schema_version INTEGER NOT NULL,
    dns_serial BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE identity (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    created_at DOUBLE NOT NULL,
    unsettled INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
);

CREATE TABLE outbound (
    id INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    accepted_at DOUBLE NOT NULL,
    sent_total BIGINT NOT NULL,
    copies INTEGER NOT NULL,
    door TEXT NOT NULL,
    operation TEXT NOT NULL,
    caller TEXT NOT NULL,
    source TEXT NOT NULL,
    feedback_to TEXT NOT NULL,
    counted INTEGER NOT NULL,
    envelope TEXT NOT NULL,
    tags TEXT NOT NULL,
    configuration_set TEXT,
    source_arn TEXT,
    tenant TEXT,
    size BIGINT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (message_id)
);

CREATE INDEX outbound_window ON outbound (account, region, accepted_at, sent_total, copies);

CREATE TABLE world (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY ("key")
);

CREATE TABLE delivery (
    outbound_id INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reply TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    updated_at DOUBLE,
    due_at DOUBLE NOT NULL,
    claimed_at DOUBLE,
    owner TEXT,
    dialogue TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (outbound_id, recipient),
    FOREIGN KEY(outbound_id) REFERENCES outbound (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX identity_unsettled ON identity (unsettled) WHERE unsettled = 1;

CREATE INDEX delivery_queued ON delivery (due_at, outbound_id, recipient, outcome) WHERE outcome = 'QUEUED';

CREATE INDEX delivery_unhappy ON delivery (outbound_id, outcome) WHERE outcome IN ('BOUNCED', 'COMPLAINED');

CREATE VIRTUAL TABLE captured_words USING fts5 (sender, recipients, cc, reply_to, subject, body, facts, content='', columnsize=0, tokenize='ascii');

CREATE TABLE captured_gone (id INTEGER PRIMARY KEY);

CREATE TABLE captured_times (id INTEGER PRIMARY KEY, received_at REAL NOT NULL);
