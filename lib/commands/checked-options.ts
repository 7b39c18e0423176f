import { MigError } from '../error.ts';
import { didYouMean } from '../graph/nearest.ts';
import type { AutogenerateOptions } from './autogenerate.ts';
import type { CheckOptions } from './check.ts';
import type { DowngradeOptions } from './downgrade.ts';
import type { DumpOptions } from './dump.ts';
import { CHECK_FORMATS, GRAPH_FORMATS } from './formats.ts';
import type { GraphOptions } from './graph.ts';
import type { HistoryOptions } from './history.ts';
import type { ImportOptions } from './import.ts';
import type { InitOptions } from './init.ts';
import type { MergeOptions } from './merge.ts';
import type { RedoOptions } from './redo.ts';
import type { RepairOptions } from './repair.ts';
import type { RevisionOptions } from './revision.ts';
import type { StampOptions } from './stamp.ts';
import type { StatusOptions } from './status.ts';
import type { SyncOptions } from './sync.ts';
import type { TestOptions } from './test.ts';
import type { UpgradeOptions } from './upgrade.ts';

/** What a value has to be. */
export interface Kind {
  readonly admits: (value: unknown) => boolean;
  /** Behind "has to be". */
  readonly words: string;
  /** Whether it may not be left out. */
  readonly isRequired?: boolean;
  /** The options inside it. */
  readonly inside?: Kinds;
}

export type Kinds = Readonly<Record<string, Kind>>;

/** One for each option that a type has, so that none is forgotten. */
type KindsOf<Options> = { readonly [Key in keyof Required<Options>]: Kind };

const isText = (value: unknown) => typeof value === 'string' && !value.includes('\0');
const isFlag = (value: unknown) => typeof value === 'boolean';
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const TEXT: Kind = { admits: isText, words: 'a text without NUL characters' };
export const NAME: Kind = {
  admits: (value) => isText(value) && value !== '',
  words: 'a text without NUL characters, and not empty',
};
const TEXTS: Kind = {
  admits: (value) => Array.isArray(value) && value.every(isText),
  words: 'a list of texts without NUL characters',
};
const FLAG: Kind = { admits: isFlag, words: 'true or false' };
const FLAG_OR_NAME: Kind = {
  admits: (value) => isFlag(value) || NAME.admits(value),
  words: `true, false or ${NAME.words}`,
};
const COUNT: Kind = {
  admits: (value) => Number.isSafeInteger(value) && Number(value) > 0,
  words: 'a whole number above 0',
};
const PAIRS: Kind = {
  admits: (value) => isRecord(value) && Object.values(value).every(isText),
  words: 'an object of texts without NUL characters',
};
export const FUNCTION: Kind = {
  admits: (value) => typeof value === 'function',
  words: 'a function',
};

export function oneOf(words: readonly string[]): Kind {
  const admits = (value: unknown) => words.some((word) => word === value);
  return { admits, words: words.map((word) => `\`${word}\``).join(' or ') };
}

export function objectOf(inside: Kinds): Kind {
  return { admits: isRecord, words: 'an object', inside };
}

function required(kind: Kind): Kind {
  return { ...kind, isRequired: true };
}

const AUTOGENERATE: KindsOf<AutogenerateOptions> = {
  renames: PAIRS,
  noRename: FLAG,
  allowDrop: FLAG,
  fill: PAIRS,
  strictOrder: FLAG,
  dryRun: FLAG,
};

const RUN = { dryRun: FLAG, group: FLAG, backup: FLAG_OR_NAME, statements: FLAG };

/** What the commands take, by their names in the library. */
export const OPTIONS_OF = {
  init: {
    database: NAME,
    schemaFile: NAME,
    dryRun: FLAG,
    fromDatabase: NAME,
    message: TEXT,
    revId: NAME,
  } satisfies KindsOf<InitOptions>,
  revision: {
    message: TEXT,
    parent: NAME,
    depends: TEXTS,
    labels: TEXTS,
    revId: NAME,
    autogenerate: {
      ...objectOf(AUTOGENERATE),
      admits: (value) => value === null || isRecord(value),
    },
  } satisfies KindsOf<RevisionOptions>,
  merge: {
    revisions: TEXTS,
    message: TEXT,
    labels: TEXTS,
    noProve: FLAG,
    on: NAME,
    depends: NAME,
  } satisfies KindsOf<MergeOptions>,
  import: {
    source: required(NAME),
    from: NAME,
    sqlScripts: TEXTS,
    stampFrom: FLAG_OR_NAME,
    dryRun: FLAG,
  } satisfies KindsOf<ImportOptions>,
  upgrade: {
    ...RUN,
    target: NAME,
    sql: FLAG,
    atomic: FLAG,
    allowMissing: FLAG,
    allowInserted: FLAG,
  } satisfies KindsOf<UpgradeOptions>,
  downgrade: {
    ...RUN,
    target: required(NAME),
    sql: FLAG,
    atomic: FLAG,
    yes: FLAG,
  } satisfies KindsOf<DowngradeOptions>,
  redo: { ...RUN, count: COUNT, atomic: FLAG } satisfies KindsOf<RedoOptions>,
  stamp: { targets: required(TEXTS), purge: FLAG, dryRun: FLAG } satisfies KindsOf<StampOptions>,
  status: { check: FLAG } satisfies KindsOf<StatusOptions>,
  current: { checkHeads: FLAG },
  heads: { check: FLAG },
  sync: { ...RUN, yes: FLAG } satisfies KindsOf<SyncOptions>,
  pull: { revisions: TEXTS },
  repair: {
    revisions: required(TEXTS),
    resume: FLAG,
    applied: FLAG,
    reverted: FLAG,
    statements: FLAG,
  } satisfies KindsOf<RepairOptions>,
  branches: {},
  history: {
    range: NAME,
    indicateCurrent: FLAG,
    graph: FLAG,
  } satisfies KindsOf<HistoryOptions>,
  graph: { format: oneOf(GRAPH_FORMATS), range: NAME } satisfies KindsOf<GraphOptions>,
  show: { revisions: required(TEXTS) },
  test: { since: NAME, on: NAME } satisfies KindsOf<TestOptions>,
  check: {
    against: NAME,
    format: oneOf(CHECK_FORMATS),
    strictOrder: FLAG,
  } satisfies KindsOf<CheckOptions>,
  dump: { revisions: FLAG } satisfies KindsOf<DumpOptions>,
} as const satisfies Record<string, Kinds>;

/**
 * Looks at options that came from code without types: a slip in a name would else have no
 * effect, and `dryrun: true` would run everything. What is undefined counts as left out.
 *
 * @param of what they are the options of, as it goes into messages.
 * @throws MigError `unknown-option` for a name, `usage` for a value
 */
export function checkOptions(of: string, given: unknown, kinds: Kinds): void {
  if (given !== undefined && !isRecord(given)) {
    throw bad(`The options of \`${of}\` have to be an object.`);
  }
  const values = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  for (const [name, value] of values) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) throw unknown(of, name, Object.keys(kinds));
    if (!kind.admits(value)) throw bad(`\`${name}\` of \`${of}\` has to be ${kind.words}.`);
    if (kind.inside !== undefined && value !== null) checkOptions(name, value, kind.inside);
  }
  const names = values.map(([name]) => name);
  for (const [name, { isRequired }] of Object.entries(kinds)) {
    if (isRequired && !names.includes(name)) throw bad(`\`${of}\` needs \`${name}\`.`);
  }
}

function unknown(of: string, name: string, names: readonly string[]): MigError {
  const all = names.length === 0 ? 'It has none.' : `It has ${names.join(', ')}.`;
  return new MigError({
    code: 'unknown-option',
    message: `\`${of}\` has no option \`${name}\`.`,
    hint: didYouMean(name, names) ?? all,
  });
}

function bad(message: string): MigError {
  return new MigError({ code: 'usage', message, hint: 'docs/api.md lists the options.' });
}
