-- ---
-- parents: base
-- message: Create the initial tables
-- created: 2026-11-18T08:30:00Z
-- ---

CREATE TABLE projects (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  settings TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings))
);

CREATE TABLE tasks (
  id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'queued'
    CHECK (status IN ('queued', 'running', 'done', 'failed')),
  payload TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(payload)),
  result TEXT CHECK (result IS NULL OR json_valid(result)),
  created_at TEXT NOT NULL
);

CREATE INDEX tasks_by_status ON tasks (status, created_at);
