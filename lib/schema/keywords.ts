/** The keywords of SQLite 3.53, and what each may stand for (tried on 3.51 and 3.53). */

/** Keywords that are never a name unless they are quoted. */
const RESERVED = new Set(
  `ADD ALL ALTER AND AS AUTOINCREMENT BETWEEN CASE CHECK COLLATE COMMIT CONSTRAINT CREATE DEFAULT
  DEFERRABLE DELETE DISTINCT DROP ELSE ESCAPE EXCEPT EXISTS FOREIGN FROM GROUP HAVING IN INDEX INSERT
  INTERSECT INTO IS ISNULL JOIN LIMIT NOT NOTHING NOTNULL NULL ON OR ORDER PRIMARY REFERENCES
  RETURNING SELECT SET TABLE THEN TO TRANSACTION UNION UNIQUE UPDATE USING VALUES WHEN WHERE`.split(
    /\s+/,
  ),
);

/** Keywords that may name a table or a column, but are no part of a type. */
const NEVER_IN_TYPE = new Set('CROSS FULL INDEXED INNER LEFT NATURAL OUTER RIGHT'.split(' '));

/** Keywords that may be names, where the grammar has no other place for them. */
const TOLERANT = new Set(
  `ABORT ACTION AFTER ALWAYS ANALYZE ASC ATTACH BEFORE BEGIN BY CASCADE CAST COLUMN CONFLICT CURRENT
  CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DATABASE DEFERRED DESC DETACH DO EACH END EXCLUDE
  EXCLUSIVE EXPLAIN FAIL FILTER FIRST FOLLOWING FOR GENERATED GLOB GROUPS IF IGNORE IMMEDIATE
  INITIALLY INSTEAD KEY LAST LIKE MATCH MATERIALIZED NO NULLS OF OFFSET OTHERS OVER PARTITION PLAN
  PRAGMA PRECEDING QUERY RAISE RANGE RECURSIVE REGEXP REINDEX RELEASE RENAME REPLACE RESTRICT
  ROLLBACK ROW ROWS SAVEPOINT TEMP TEMPORARY TIES TRIGGER UNBOUNDED VACUUM VIEW VIRTUAL WINDOW WITH
  WITHIN WITHOUT`.split(/\s+/),
);

/** Words that are values where they are not quoted. */
const VALUES = new Set(['TRUE', 'FALSE']);

/** Whether a bare word (in capitals) can be a name. */
export function canBeName(word: string): boolean {
  return !RESERVED.has(word);
}

/** Whether a bare word (in capitals) can be part of a type. */
export function canBeType(word: string): boolean {
  return !RESERVED.has(word) && !NEVER_IN_TYPE.has(word);
}

/** Whether a word (in capitals) means something else in quotes than without. */
export function needsQuotes(word: string): boolean {
  return RESERVED.has(word) || NEVER_IN_TYPE.has(word) || TOLERANT.has(word) || VALUES.has(word);
}
