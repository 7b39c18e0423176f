-- ---
-- parents: 1c7e52d0b8f4
-- message: Add expiry settings
-- created: 2026-11-21T09:00:00Z
-- ---

CREATE TABLE expiry_settings (
  status TEXT PRIMARY KEY CHECK (status IN ('queued', 'running')),
  keep_for_hours INTEGER NOT NULL CHECK (keep_for_hours > 0)
) WITHOUT ROWID;

INSERT INTO expiry_settings (status, keep_for_hours)
VALUES ('queued', 72), ('running', 24);
