-- Operations that a cloud goes on with.

ALTER TABLE operations ADD COLUMN jobs TEXT;

DROP INDEX operations_open_call;
CREATE UNIQUE INDEX operations_open_call ON operations (call)
    WHERE state IN ('waiting', 'approved', 'executing', 'running', 'unknown');
