-- ---
-- parents: 1c7e52d0b8f4
-- message: Let tasks expire
-- created: 2026-11-20T16:45:00Z
-- ---

ALTER TABLE tasks ADD COLUMN expires_at TEXT;

-- Only what can still expire is in the index.
CREATE INDEX tasks_by_expiry ON tasks (expires_at)
  WHERE expires_at IS NOT NULL AND status IN ('queued', 'running');
