-- The tables of schema version 1, as that version made them.

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
    folded_from VARCHAR COLLATE "C" NOT NULL,
    folded_to VARCHAR COLLATE "C" NOT NULL,
    folded_subject VARCHAR COLLATE "C" NOT NULL,
    envelope TEXT COLLATE "C" NOT NULL,
    verdict TEXT COLLATE "C" NOT NULL,
    header TEXT COLLATE "C" NOT NULL,
    text VARCHAR COLLATE "C" NOT NULL,
    folded_text VARCHAR COLLATE "C" NOT NULL,
    raw BYTEA NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT captured_delivery_key UNIQUE (delivery_key)
);

CREATE INDEX captured_scope ON captured (account, region, id);

CREATE INDEX ix_captured_message_id ON captured (message_id);

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
    PRIMARY KEY (outbound_id, recipient),
    FOREIGN KEY(outbound_id) REFERENCES outbound (id) ON DELETE CASCADE
);

CREATE INDEX identity_unsettled ON identity (unsettled) WHERE unsettled = 1;

CREATE INDEX delivery_queued ON delivery (due_at, outbound_id, recipient, outcome) WHERE outcome = 'QUEUED';

CREATE INDEX delivery_unhappy ON delivery (outbound_id, outcome) WHERE outcome IN ('BOUNCED', 'COMPLAINED');
