#!/usr/bin/env node
// What `mig` starts: in words that old Nodes understand too, so that they can be told.
var nodeVersion = process.versions.node.split('.').map(Number);
if (nodeVersion[0] < 24 || (nodeVersion[0] === 24 && nodeVersion[1] < 15)) {
  console.error(
    'mig: Node 24.15 or newer is needed, and this is ' +
      process.versions.node +
      '. Install a newer one from nodejs.org, or with your version manager.',
  );
  process.exit(1);
}

// To compile what runs takes half of a short command's time, so it is kept for the next time,
// beside the package: not in a folder where others could write. Node's own compile cache does
// not hold what is compiled as it is called, and that is nearly all.
const fs = require('node:fs');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

/** A run need not come by all that its command has: what the next ones add is kept too. */
const RUNS_TO_KEEP = 3;

const bundle = join(__dirname, 'bundle.cjs');
const keeper = keeperOf(process.argv[2]);
const kept = keeper === null ? null : read(keeper);
const script = new Script(
  `(function (exports, require, module) {${fs.readFileSync(bundle, 'latin1')}\n})`,
  { filename: bundle, cachedData: kept === null ? undefined : kept.code },
);
const bundled = { exports: {} };
script.runInThisContext()(bundled.exports, require, bundled);
bundled.exports.start().then((exitCode) => {
  // A run that failed has run a part of its command only.
  if (keeper !== null && exitCode === 0) keep(keeper);
  // Everything is written. Without this, Node waits until the collector is done with its work.
  process.exit(exitCode);
});

/** The file for what this command runs; null where nothing is to be kept. */
function keeperOf(command = '') {
  if (process.env.NODE_DISABLE_COMPILE_CACHE) return null;
  // BUILD is a checksum of the bundle (see Makefile): V8 itself only looks at its length.
  const engine = `${process.version}-${process.arch}-${BUILD}`;
  const name = /^\w+$/.test(command) ? command : 'mig';
  return join(__dirname, '../node_modules/.cache/mig', engine, name);
}

/** What is kept: the code, then the number of runs in a byte. Null when there is nothing. */
function read(file) {
  try {
    const bytes = fs.readFileSync(file);
    return { code: bytes.subarray(0, -1), runs: bytes.at(-1) };
  } catch {
    return null;
  }
}

function keep(file) {
  // V8 takes nothing that it made with other flags.
  const before = script.cachedDataRejected ? null : kept;
  const runs = before === null ? 1 : before.runs + 1;
  if (runs > RUNS_TO_KEEP) return;
  const own = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(dirname(file), { recursive: true });
    // Asked first, since to make it takes milliseconds.
    fs.accessSync(dirname(file), fs.constants.W_OK);
    const made = script.createCachedData();
    // In a long run, V8 drops what was not called for long.
    const code = before === null || made.length > before.code.length ? made : before.code;
    // On the disk before it has its name: V8 believes what it is given, and half of it crashes.
    fs.writeFileSync(own, Buffer.concat([code, Buffer.of(runs)]), { flush: true });
    fs.renameSync(own, file);
  } catch {
    // A folder that cannot be written: each run compiles anew.
    remove(own);
  }
}

function remove(file) {
  try {
    fs.rmSync(file);
  } catch {
    // It was never there.
  }
}
