DROP INDEX tasks_by_expiry;
ALTER TABLE tasks DROP COLUMN expires_at;
