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
// To compile the bundle takes half of a short command's time. What was compiled is kept beside
// the package, not in a folder where others could write; where it cannot be, nothing is.
require('node:module').enableCompileCache(
  require('node:path').join(__dirname, '..', 'node_modules', '.cache', 'mig'),
);
require('./bundle.cjs').start();
