-- The approver's PIN, the client's group of processes, and who closed what stayed
-- unknown.

-- At most one row. What stands in it stands in the audit too, so that a change by
-- hand is found.
CREATE TABLE approver (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    hash          TEXT NOT NULL,
    wrong         INTEGER NOT NULL,
    locked_until  TEXT,
    version       INTEGER NOT NULL
) STRICT;

CREATE INDEX audit_by_kind ON audit (kind, seq);

ALTER TABLE instances ADD COLUMN client_group TEXT NOT NULL DEFAULT '';

ALTER TABLE operations ADD COLUMN closed_by TEXT NOT NULL DEFAULT '';
