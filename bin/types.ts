/**
 * Makes one file of the types that tsc wrote: `node bin/types.ts FOLDER OUT`. It begins with
 * what lib/index.ts exports, and takes along what that mentions, and no more.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Declaration {
  readonly name: string;
  readonly kind: string;
  readonly text: string;
}

/** A name that another file declares. */
interface Elsewhere {
  readonly file: string;
  readonly name: string;
}

interface Source {
  readonly file: string;
  readonly declared: ReadonlyMap<string, Declaration>;
  readonly imported: ReadonlyMap<string, Elsewhere>;
  /** What Node declares, with its module. */
  readonly ofNode: ReadonlyMap<string, string>;
  /** `import type * as name`. */
  readonly namespaces: ReadonlyMap<string, string>;
  /** `export type * from`. */
  readonly handedOn: readonly string[];
  readonly exported: ReadonlySet<string>;
}

const DECLARATION =
  /^(export )?(?:declare )?(?:abstract )?(interface|type|class|const|function|enum) (\w+)/;
const NAMES = /^(import|export) (?:type )?\{([^}]*)\}(?: from '([^']+)')?;$/;
const ALL = /^(import|export) type \*(?: as (\w+))? from '([^']+)';$/;
/** What only the newest library of TypeScript has; who sets an older one cannot say `using` either. */
const DISPOSABLE = /^(?=export interface \w+ extends Disposable\b)/m;
const OLD_LIBRARY = '// @ts-ignore: `lib` may be older than `Disposable`.\n';
/** A file's own comment stands above that of its first declaration. */
const OTHER_COMMENTS = /^(?:\/\*\*[\s\S]*?\*\/\n)+(?=\/\*\*)/;

const [folder, out] = process.argv.slice(2);
if (folder === undefined || out === undefined) throw new Error('node bin/types.ts FOLDER OUT');
const sources = new Map<string, Source>();
const taken = new Map<string, { readonly file: string; readonly text: string }>();
const takenOfNode = new Map<string, string>();
const index = sourceOf(join(folder, 'lib/index.d.ts'));
const open = publicNames(index);
for (const name of open) take(index, name);
const text = [
  ...[...takenOfNode].map(
    ([name, module]) =>
      `// @ts-ignore: without the types of Node it is \`any\`.\nimport type { ${name} } from '${module}';`,
  ),
  ...[...taken.values()].map((each) => each.text.replace(DISPOSABLE, OLD_LIBRARY)),
  // Without this line, everything in a file of declarations would be public.
  'export {};\n',
].join('\n');
writeFileSync(join(out, 'index.d.cts'), text);
// Once in the package: a module may take its types from what `require` gives, not the reverse.
writeFileSync(join(out, 'index.d.ts'), "export * from './index.cjs';\n");

function publicNames({ exported, handedOn }: Source): ReadonlySet<string> {
  return new Set([...exported, ...handedOn.flatMap((file) => [...publicNames(sourceOf(file))])]);
}

function take(from: Source, wanted: string): void {
  const { file, declaration } = find(from, wanted);
  const { name, kind } = declaration;
  const other = taken.get(name);
  if (other?.file === file) return;
  if (other !== undefined) {
    throw new Error(`${name} is declared in ${other.file} and in ${file}: rename one of them.`);
  }
  const source = sourceOf(file);
  const isValue = kind !== 'interface' && kind !== 'type';
  const prefix = `${open.has(name) ? 'export ' : ''}${isValue ? 'declare ' : ''}`;
  let text = declaration.text.replace(
    /^(export )?(declare )?(?=(abstract )?(interface|type|class|const|function|enum) \w)/m,
    prefix,
  );
  for (const alias of source.namespaces.keys()) text = text.replaceAll(`${alias}.`, '');
  taken.set(name, { file, text });
  for (const word of mentioned(declaration, source)) {
    const module = source.ofNode.get(word);
    if (module === undefined) take(source, word);
    else takenOfNode.set(word, module);
  }
}

function find(source: Source, name: string): { file: string; declaration: Declaration } {
  const here = source.declared.get(name);
  if (here !== undefined) return { file: source.file, declaration: here };
  const elsewhere = source.imported.get(name);
  if (elsewhere !== undefined) return find(sourceOf(elsewhere.file), elsewhere.name);
  for (const file of [...source.handedOn, ...source.namespaces.values()]) {
    const next = sourceOf(file);
    if (next.exported.has(name)) return find(next, name);
  }
  throw new Error(`${source.file} declares no ${name}.`);
}

/** The names in a declaration that stand for types, or for values by `typeof`. */
function mentioned({ text, name: own }: Declaration, source: Source): readonly string[] {
  const code = withoutWords(text);
  const words = new Set(code.match(/[A-Za-z_]\w*/g));
  const values = new Set([...code.matchAll(/\btypeof (\w+)/g)].map((match) => match[1]));
  return [...words].filter((word) => {
    if (word === own) return false;
    if (source.ofNode.has(word)) return true;
    const isKnown =
      source.declared.has(word) ||
      source.imported.has(word) ||
      [...source.namespaces.values()].some((file) => sourceOf(file).exported.has(word));
    if (!isKnown) return false;
    const { kind } = find(source, word).declaration;
    return (kind !== 'function' && kind !== 'const') || values.has(word);
  });
}

function sourceOf(file: string): Source {
  const known = sources.get(file);
  if (known !== undefined) return known;
  const declared = new Map<string, Declaration>();
  const imported = new Map<string, Elsewhere>();
  const ofNode = new Map<string, string>();
  const namespaces = new Map<string, string>();
  const handedOn: string[] = [];
  const exported = new Set<string>();
  const resolve = (path: string) =>
    path.startsWith('.') ? join(dirname(file), path.replace(/\.ts$/, '.d.ts')) : path;
  for (const text of statements(readFileSync(file, 'utf8'))) {
    const code = text.replace(/^(?:\/\*\*[\s\S]*?\*\/\n)+/, '');
    const [, isPublic, kind, name] = DECLARATION.exec(code) ?? [];
    const [, verb, list, from] = NAMES.exec(code) ?? [];
    const [, all, alias, path] = ALL.exec(code) ?? [];
    if (kind !== undefined && name !== undefined) {
      declared.set(name, { name, kind, text: text.replace(OTHER_COMMENTS, '') });
      if (isPublic !== undefined) exported.add(name);
    } else if (list !== undefined) {
      for (const each of list.split(',').map((part) => part.trim().replace(/^type /, ''))) {
        if (each === '') continue;
        if (each.includes(' as ')) throw new Error(`${file}: ${each} cannot be renamed here.`);
        if (from?.startsWith('node:')) ofNode.set(each, from);
        else if (from !== undefined) imported.set(each, { file: resolve(from), name: each });
        if (verb === 'export') exported.add(each);
      }
    } else if (path !== undefined) {
      if (all === 'export') handedOn.push(resolve(path));
      else namespaces.set(alias!, resolve(path));
    } else {
      throw new Error(`${file}: what is this?\n${text}`);
    }
  }
  const source = { file, declared, imported, ofNode, namespaces, handedOn, exported };
  sources.set(file, source);
  return source;
}

/** Each with the comments above it. */
function statements(text: string): readonly string[] {
  const found: string[] = [];
  let statement = '';
  for (const line of text.split('\n')) {
    if (line === '') continue;
    statement += statement === '' ? line : `\n${line}`;
    const code = withoutWords(statement).trim();
    const open = code.match(/[{([]/g)?.length ?? 0;
    const closed = code.match(/[})\]]/g)?.length ?? 0;
    if (open !== closed || !/[;}]$/.test(code)) continue;
    found.push(statement);
    statement = '';
  }
  return found;
}

/** Without comments and strings. */
function withoutWords(text: string): string {
  return text.replace(/\/\*[\s\S]*?(\*\/|$)/g, '').replace(/'[^']*'|"[^"]*"/g, "''");
}
