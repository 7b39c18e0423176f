#!/usr/bin/env node
// What `mig` starts: in words that any Node understands, so that an old one can be told.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 24 || (version[0] === 24 && version[1] < 15)) {
  console.error(
    'mig: Node 24.15 or newer is needed, and this is ' +
      process.versions.node +
      '. Install a newer one from nodejs.org, or with your version manager.',
  );
  process.exit(1);
}
require('./bundle.cjs').start();
