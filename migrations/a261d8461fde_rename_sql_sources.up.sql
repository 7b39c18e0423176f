-- ---
-- parents: b8c1bd22cb20
-- message: Rename SQL sources to data sources
-- created: 2026-11-22T10:20:00Z
-- ---

-- Not only the name: a source may be something else than SQL now, so `kind` comes in and
-- `query` may be missing. SQLite's ALTER cannot loosen NOT NULL, hence the rebuild.
CREATE TABLE data_sources (
  id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  kind TEXT NOT NULL DEFAULT 'sql' CHECK (kind IN ('sql', 'http', 'file')),
  url TEXT NOT NULL,
  query TEXT,
  CHECK (kind <> 'sql' OR query IS NOT NULL)
);

INSERT INTO data_sources (id, project_id, kind, url, query)
SELECT id, project_id, 'sql', url, query FROM sql_sources;

DROP TABLE sql_sources;

CREATE INDEX data_sources_by_project ON data_sources (project_id);
