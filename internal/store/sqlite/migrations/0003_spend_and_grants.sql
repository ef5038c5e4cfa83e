-- What rules want, what calls add to the bill, and what was granted beforehand.

ALTER TABLE operations ADD COLUMN needs TEXT NOT NULL DEFAULT '';
ALTER TABLE operations ADD COLUMN charge TEXT;
ALTER TABLE operations ADD COLUMN granted TEXT NOT NULL DEFAULT '';

CREATE INDEX operations_by_grant ON operations (granted);
CREATE INDEX operations_charged ON operations (account) WHERE charge IS NOT NULL;

CREATE TABLE grants (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT, -- order of insertion
    id          TEXT NOT NULL UNIQUE,
    principal   TEXT NOT NULL,
    account     TEXT NOT NULL,
    tool        TEXT NOT NULL,
    equal       TEXT NOT NULL,
    summary     TEXT NOT NULL,
    uses        INTEGER NOT NULL,
    per_hour    TEXT NOT NULL,
    operation   TEXT NOT NULL UNIQUE,
    approver    TEXT NOT NULL,
    road        TEXT NOT NULL,
    created_at  TEXT,
    until       TEXT,
    revoked_at  TEXT,
    revoked_by  TEXT NOT NULL,
    plan        TEXT,
    version     INTEGER NOT NULL
) STRICT;

CREATE INDEX grants_by_equal ON grants (equal);
