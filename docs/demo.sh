#!/bin/sh
# Two heads, a merge, an upgrade and a downgrade, on a real SQLite file in a folder of its
# own, which is removed afterwards. Ends with 1 at the first step that goes wrong.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
PATH="$root/node_modules/.bin:$PATH"
unset MIG_DATABASE DATABASE_URL MIG_DIR MIG_TABLE MIG_CONFIG MIG_SCHEMA_FILE MIG_LOCK_TIMEOUT || true

work=$(mktemp -d "${TMPDIR:-/tmp}/mig-demo.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

wrong() {
  echo "demo: $1" >&2
  exit 1
}

# step STATUS TEXT ARGUMENT...: runs mig, which has to end with STATUS and print TEXT.
step() {
  expected=$1 text=$2
  shift 2
  echo
  echo "\$ mig $*"
  status=0
  node "$root/dist/mig.cjs" "$@" >"$work/shown" 2>&1 || status=$?
  cat "$work/shown"
  [ "$status" -eq 0 ] || echo "(exit code $status)"
  [ "$status" -eq "$expected" ] || wrong "mig $* ended with $status instead of $expected"
  grep -qF -e "$text" "$work/shown" || wrong "mig $* did not print: $text"
}

mkdir "$work/demo" "$work/demo/migrations"
for revision in 1c7e52d0b8f4 adfa6c905b9d 32c843eb8225; do
  cp "$root/migrations/${revision}"_*.sql "$work/demo/migrations/"
done
cd "$work/demo"

echo "Three revisions, two of which follow the first:"
ls migrations

step 0 'Made mig.json' init -d sqlite:demo.db
step 0 '32c843eb8225' heads
step 4 'There are 2 heads' heads --check
step 0 'The branches commute' merge
for file in migrations/8daafc64754e_*; do
  cmp "$file" "$root/$file" || wrong "$file is not what the same merge was elsewhere"
done
step 0 'The database is at 8daafc64754e' upgrade
step 0 'nothing' status
step 0 'merge point' history -i
step 0 '4 applied' graph
step 0 'The database is at 1c7e52d0b8f4' downgrade 1c7e52d0b8f4
step 0 'The database is at 8daafc64754e' upgrade

echo
echo 'The tables in demo.db:'
cat >"$work/tables.cjs" <<'END'
const { DatabaseSync } = require('node:sqlite');
const db = new DatabaseSync('demo.db', { readOnly: true });
const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
for (const { name } of tables) {
  const columns = db.prepare('SELECT name FROM pragma_table_info(?)').all(name);
  const { rows } = db.prepare(`SELECT count(*) AS rows FROM "${name}"`).get();
  console.log(`  ${name} (${columns.map((column) => column.name).join(', ')}): ${rows} rows`);
}
END
node "$work/tables.cjs" >"$work/shown"
cat "$work/shown"
for expected in 'expiry_settings (status, keep_for_hours): 2 rows' 'mig_log (' 'projects (' 'created_at, expires_at)'; do
  grep -qF -e "$expected" "$work/shown" || wrong "the database has no $expected"
done

echo
echo 'The demo did what it should.'
