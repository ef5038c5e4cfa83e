-- Times are RFC 3339, UTC, nine digits: their texts sort as they do.
-- NULL is the zero time, or a JSON text that is not there.

CREATE TABLE operations (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT, -- order of insertion
    id            TEXT NOT NULL UNIQUE,
    principal     TEXT NOT NULL,
    tool          TEXT NOT NULL,
    account       TEXT NOT NULL,
    effect        TEXT NOT NULL,
    state         TEXT NOT NULL,
    call          TEXT NOT NULL,
    arguments     TEXT,
    plan          TEXT,
    plan_digest   TEXT NOT NULL,
    summary       TEXT NOT NULL,
    equal         TEXT NOT NULL,
    marker        TEXT NOT NULL,
    nonce         TEXT NOT NULL,
    instance      TEXT NOT NULL,
    created_at    TEXT,
    asked_at      TEXT,
    expires_at    TEXT,
    approver      TEXT NOT NULL,
    road          TEXT NOT NULL,
    terminal      TEXT NOT NULL,
    answered_at   TEXT,
    sent_at       TEXT,
    ended_at      TEXT,
    result        TEXT,
    failure       TEXT,
    delivered_at  TEXT,
    version       INTEGER NOT NULL
) STRICT;

CREATE INDEX operations_by_call ON operations (call);
-- Of an open operation there is one per call: whoever comes second finds it.
CREATE UNIQUE INDEX operations_open_call ON operations (call)
    WHERE state IN ('waiting', 'approved', 'executing', 'unknown');
CREATE INDEX operations_by_equal ON operations (equal);
CREATE INDEX operations_by_state ON operations (state);

CREATE TABLE audit (
    seq        INTEGER PRIMARY KEY,
    at         TEXT,
    operation  TEXT NOT NULL,
    kind       TEXT NOT NULL,
    body       TEXT,
    prev       TEXT NOT NULL,
    hash       TEXT NOT NULL
) STRICT;

-- Mistakes of this program stop here; whoever drops these is found by the hashes.
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit records are never changed'); END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit records are never removed'); END;

-- One row: where the chain was left, so that a cut-off end is found.
CREATE TABLE audit_head (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    seq   INTEGER NOT NULL,
    hash  TEXT NOT NULL
) STRICT;
INSERT INTO audit_head (one, seq, hash) VALUES (1, 0, '');

CREATE TABLE names (
    account     TEXT NOT NULL,
    kind        TEXT NOT NULL,
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    first_seen  TEXT NOT NULL,
    last_seen   TEXT NOT NULL,
    PRIMARY KEY (account, kind, id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE instances (
    id              TEXT PRIMARY KEY,
    pid             INTEGER NOT NULL,
    started_at      TEXT,
    client_pid      INTEGER NOT NULL,
    client_started  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
