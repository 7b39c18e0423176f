// Loaded before a measured script: leaves the peak of its memory, in KiB, in a file.
process.on('exit', () => {
  require('node:fs').writeFileSync(process.env.MAX_RSS_FILE, `${process.resourceUsage().maxRSS}`);
});
