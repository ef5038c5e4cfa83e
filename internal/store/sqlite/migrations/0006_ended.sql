-- What caps add up: the operations of an account that have not ended, or ended after
-- some time, however many ended before.

CREATE INDEX operations_ended ON operations (account, coalesce(ended_at, 'open'));
