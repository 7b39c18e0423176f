// The library for `require`: the names stand here for whoever reads exports without running.
const bundle = require('./bundle.cjs');

exports.createMig = bundle.createMig;
exports.createSnapshot = bundle.createSnapshot;
exports.MigError = bundle.MigError;
