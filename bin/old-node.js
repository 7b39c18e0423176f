// Stands first in the built program, in words that any Node understands (see Makefile).
var version = process.versions.node.split('.').map(Number);
if (version[0] < 24 || (version[0] === 24 && version[1] < 15)) {
  console.error(
    'mig: Node 24.15 or newer is needed, and this is ' +
      process.versions.node +
      '. Install a newer one from nodejs.org, or with your version manager.',
  );
  process.exit(1);
}
