DROP TABLE sql_sources;
