/**
 * A time for a person: `<1 ms`, `12 ms`, `3.4 s`, `2 min 5 s`, `1 h 30 min`. What would round
 * up to the next unit is said in that.
 *
 * @param ms milliseconds, 0 or more.
 */
export function duration(ms: number): string {
  if (ms < 1) return '<1 ms';
  if (Math.round(ms) < 1000) return `${Math.round(ms)} ms`;
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(ms / 60_000);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
