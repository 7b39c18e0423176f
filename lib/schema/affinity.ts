/** What a column does to the values that it is given. */
export type Affinity = 'integer' | 'real' | 'text' | 'blob' | 'numeric';

/** By the rules of SQLite, for a type in capitals. */
export function affinityOf(type: string): Affinity {
  if (type.includes('INT')) return 'integer';
  if (/CHAR|CLOB|TEXT/.test(type)) return 'text';
  if (type === '' || type.includes('BLOB')) return 'blob';
  if (/REAL|FLOA|DOUB/.test(type)) return 'real';
  return 'numeric';
}
