-- The tables of schema version 2, as that version made them.

CREATE TABLE account (
    account VARCHAR COLLATE "C" NOT NULL,
    region VARCHAR COLLATE "C" NOT NULL,
    production BOOLEAN NOT NULL,
    sending_enabled BOOLEAN NOT NULL,
    sent_total BIGINT NOT NULL,
    bucket_level DOUBLE PRECISION NOT NULL,
    bucket_at DOUBLE PRECISION,
    details TEXT COLLATE "C",
    PRIMARY KEY (account, region)
);

CREATE TABLE captured (
    id BIGSERIAL NOT NULL,
    received_at DOUBLE PRECISION NOT NULL,
    account VARCHAR COLLATE "C",
    region VARCHAR COLLATE "C",
    message_id VARCHAR COLLATE "C",
    delivery_key VARCHAR COLLATE "C",
    spf TEXT COLLATE "C" NOT NULL,
    dkim TEXT COLLATE "C" NOT NULL,
    dmarc TEXT COLLATE "C" NOT NULL,
    via VARCHAR COLLATE "C",
    attachments INTEGER NOT NULL,
    snippet VARCHAR COLLATE "C" NOT NULL,
    envelope TEXT COLLATE "C" NOT NULL,
    header TEXT COLLATE "C" NOT NULL,
    verdict TEXT COLLATE "C" NOT NULL,
    folded_from VARCHAR COLLATE "C" NOT NULL,
    folded_to VARCHAR COLLATE "C" NOT NULL,
    folded_subject VARCHAR COLLATE "C" NOT NULL,
    text VARCHAR COLLATE "C" NOT NULL,
    folded_text VARCHAR COLLATE "C" NOT NULL,
    raw BYTEA NOT NULL,
    PRIMARY KEY (id),
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
    id BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE dns_record (
    id BIGSERIAL NOT NULL,
    name VARCHAR COLLATE "C" NOT NULL,
    path VARCHAR COLLATE "C" NOT NULL,
    type VARCHAR COLLATE "C" NOT NULL,
    value VARCHAR COLLATE "C" NOT NULL,
    ttl INTEGER NOT NULL,
    origin VARCHAR COLLATE "C" NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_dns_record_name ON dns_record (name);

CREATE INDEX ix_dns_record_origin ON dns_record (origin);

CREATE INDEX ix_dns_record_path ON dns_record (path);

CREATE TABLE document (
    account VARCHAR COLLATE "C" NOT NULL,
    region VARCHAR COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    parent VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR COLLATE "C" NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    updated_at DOUBLE PRECISION NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
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
    account VARCHAR COLLATE "C" NOT NULL,
    region VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    unsettled INTEGER NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, region, name)
);

CREATE TABLE outbound (
    id BIGSERIAL NOT NULL,
    message_id VARCHAR COLLATE "C" NOT NULL,
    account VARCHAR COLLATE "C" NOT NULL,
    region VARCHAR COLLATE "C" NOT NULL,
    accepted_at DOUBLE PRECISION NOT NULL,
    sent_total BIGINT NOT NULL,
    copies INTEGER NOT NULL,
    door TEXT COLLATE "C" NOT NULL,
    operation VARCHAR COLLATE "C" NOT NULL,
    caller VARCHAR COLLATE "C" NOT NULL,
    source VARCHAR COLLATE "C" NOT NULL,
    feedback_to VARCHAR COLLATE "C" NOT NULL,
    counted INTEGER NOT NULL,
    envelope TEXT COLLATE "C" NOT NULL,
    tags TEXT COLLATE "C" NOT NULL,
    configuration_set VARCHAR COLLATE "C",
    source_arn VARCHAR COLLATE "C",
    tenant VARCHAR COLLATE "C",
    size BIGINT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (message_id)
);

CREATE INDEX outbound_window ON outbound (account, region, accepted_at, sent_total, copies);

CREATE TABLE world (
    key VARCHAR COLLATE "C" NOT NULL,
    value VARCHAR COLLATE "C" NOT NULL,
    PRIMARY KEY (key)
);

CREATE TABLE delivery (
    outbound_id BIGINT NOT NULL,
    recipient VARCHAR COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    reply VARCHAR COLLATE "C" NOT NULL,
    attempts INTEGER NOT NULL,
    updated_at DOUBLE PRECISION,
    due_at DOUBLE PRECISION NOT NULL,
    claimed_at DOUBLE PRECISION,
    owner VARCHAR COLLATE "C",
    dialogue VARCHAR COLLATE "C" DEFAULT '' NOT NULL,
    PRIMARY KEY (outbound_id, recipient),
    FOREIGN KEY(outbound_id) REFERENCES outbound (id) ON DELETE CASCADE
);

CREATE INDEX identity_unsettled ON identity (unsettled) WHERE unsettled = 1;

CREATE INDEX delivery_queued ON delivery (due_at, outbound_id, recipient, outcome) WHERE outcome = 'QUEUED';

CREATE INDEX delivery_unhappy ON delivery (outbound_id, outcome) WHERE outcome IN ('BOUNCED', 'COMPLAINED');

CREATE TABLE captured_words (id BIGINT PRIMARY KEY, received_at DOUBLE PRECISION NOT NULL, words tsvector NOT NULL, sender TEXT NOT NULL, recipients TEXT NOT NULL, cc TEXT NOT NULL, reply_to TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL);

CREATE INDEX captured_words_found ON captured_words USING gin (words);
