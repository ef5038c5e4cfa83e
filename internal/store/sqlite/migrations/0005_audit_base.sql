-- Where the audit chain begins, once its first records were removed by a compaction.

CREATE TABLE audit_base (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    seq    INTEGER NOT NULL,
    hash   TEXT NOT NULL,
    count  INTEGER NOT NULL,
    at     TEXT
) STRICT;
INSERT INTO audit_base (one, seq, hash, count) VALUES (1, 0, '', 0);

CREATE INDEX audit_by_operation ON audit (operation);

-- Only what stands before the base goes; a record in the chain vouches for that.
DROP TRIGGER audit_is_not_removed;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
WHEN OLD.seq > (SELECT coalesce(max(seq), 0) FROM audit_base)
BEGIN SELECT RAISE(ABORT, 'audit records are never removed'); END;
