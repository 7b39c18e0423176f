-- Sources that are not SQL have no place in the old table. Rather than lose them, the
-- downgrade stops while there are any: their query becomes NULL, which the table refuses.
CREATE TABLE sql_sources (
  id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  url TEXT NOT NULL,
  query TEXT NOT NULL
);

INSERT INTO sql_sources (id, project_id, url, query)
SELECT id, project_id, url, CASE kind WHEN 'sql' THEN query END FROM data_sources;

DROP TABLE data_sources;

CREATE INDEX sql_sources_by_project ON sql_sources (project_id);
