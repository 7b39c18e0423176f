-- ---
-- parents: 8daafc64754e
-- message: Add SQL sources
-- created: 2026-11-21T14:10:00Z
-- ---

CREATE TABLE sql_sources (
  id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  url TEXT NOT NULL,
  query TEXT NOT NULL
);

CREATE INDEX sql_sources_by_project ON sql_sources (project_id);
