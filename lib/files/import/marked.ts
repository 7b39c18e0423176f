import { MigError } from '../../error.ts';
import { holdsStatement } from '../../sql/statements.ts';
import {
  compareNumbers,
  createdOf,
  type ForeignFolder,
  type ForeignHistory,
  type ForeignRevision,
  inChain,
  messageOf,
  type Remark,
  refuseTwins,
  topLevel,
} from './history.ts';

const NAME = /^(\d+)(?:_(.*))?\.sql$/;
const DBMATE = /^--[ \t]*migrate:(up|down)(?:[ \t]+(.*?))?[ \t]*$/;
const GOOSE = /^--[ \t]*\+goose[ \t]+(.*?)[ \t]*$/i;

interface Section {
  text: string;
  transaction: 'on' | 'off';
}

interface Sections {
  readonly up: Section;
  readonly down: Section | null;
}

/** One file a migration, its two directions marked by `-- migrate:up` and `-- migrate:down`. */
export function readDbmate(folder: ForeignFolder): ForeignHistory {
  return readMarked(folder, 'dbmate', (path) => dbmateSections(folder, path));
}

/** One file a migration, its two directions marked by `-- +goose Up` and `-- +goose Down`. */
export function readGoose(folder: ForeignFolder): ForeignHistory {
  const remarks: Remark[] = topLevel(folder)
    .filter((path) => /^\d+_.*\.go$/.test(path) && !path.endsWith('_test.go'))
    .map((path) => ({
      code: 'not-carried',
      message: 'A migration in Go cannot be carried over: mig runs SQL only.',
      hint: 'Write what it does as SQL, in a revision at this place.',
      path,
    }));
  return readMarked(folder, 'goose', (path) => gooseSections(folder, path, remarks), remarks);
}

function readMarked(
  folder: ForeignFolder,
  tool: 'dbmate' | 'goose',
  sectionsOf: (path: string) => Sections | null,
  remarks: Remark[] = [],
): ForeignHistory {
  const revisions: Omit<ForeignRevision, 'parents'>[] = [];
  for (const path of topLevel(folder)) {
    if (!path.endsWith('.sql')) continue;
    const [, name, title = ''] = NAME.exec(path) ?? [];
    const sections = name === undefined ? null : sectionsOf(path);
    if (name === undefined || sections === null) {
      const mark = tool === 'dbmate' ? '-- migrate:up' : '-- +goose Up';
      const message =
        name === undefined
          ? `This file is not named as ${tool} names migrations.`
          : `This file has no line \`${mark}\`, so it is no migration of ${tool}.`;
      remarks.push({ code: 'not-carried', message, path });
      continue;
    }
    revisions.push({
      name,
      id: name,
      depends: [],
      labels: [],
      message: messageOf(title),
      created: createdOf(name),
      path,
      ...scriptsOf(sections, tool),
    });
  }
  revisions.sort((a, b) => compareNumbers(a.name, b.name));
  refuseTwins(folder, revisions, (name) => BigInt(name).toString());
  return { tool, revisions: inChain(revisions), remarks };
}

/** A down section without a statement takes nothing back, whatever the tool believed. */
function scriptsOf(
  { up, down }: Sections,
  tool: string,
): Pick<ForeignRevision, 'up' | 'down' | 'irreversible'> {
  const script = ({ text, transaction }: Section) => ({ sql: text, transaction });
  const isEmpty = down !== null && holdsStatement(up.text) && !holdsStatement(down.text);
  return {
    up: script(up),
    down: down === null || isEmpty ? null : script(down),
    irreversible: isEmpty
      ? `the down section of ${tool} had no statement`
      : `${tool} had no down section`,
  };
}

function dbmateSections(folder: ForeignFolder, path: string): Sections | null {
  const before: Section = { text: '', transaction: 'on' };
  let up: Section | null = null;
  let down: Section | null = null;
  let current = before;
  for (const line of linesOf(folder.read(path))) {
    const [, side, options = ''] = DBMATE.exec(line.trimEnd()) ?? [];
    if (side === undefined) {
      current.text += line;
      continue;
    }
    const transaction = /(?:^|\s)transaction:false(?:\s|$)/.test(options) ? 'off' : 'on';
    if (side === 'up') {
      if (up !== null) throw markedTwice(folder, path, '-- migrate:up');
      up = current = { text: before.text, transaction };
    } else {
      if (down !== null) throw markedTwice(folder, path, '-- migrate:down');
      down = current = { text: '', transaction };
    }
  }
  return up === null ? null : { up, down };
}

function gooseSections(folder: ForeignFolder, path: string, remarks: Remark[]): Sections | null {
  const before: Section = { text: '', transaction: 'on' };
  let up: Section | null = null;
  let down: Section | null = null;
  let current = before;
  let transaction: 'on' | 'off' = 'on';
  let substitutes = false;
  let number = 0;
  for (const line of linesOf(folder.read(path))) {
    number++;
    const mark = GOOSE.exec(line.trimEnd())?.[1]?.toLowerCase().replace(/\s+/g, ' ');
    if (mark === undefined) {
      if (substitutes && /\$(?:\{|[A-Za-z_])/.test(line)) {
        remarks.push({
          code: 'not-carried',
          message: 'goose puts an environment variable in here; mig leaves the text as it is.',
          hint: 'Write the value itself.',
          path,
          line: number,
        });
      }
      current.text += line;
    } else if (mark === 'up') {
      if (up !== null) throw markedTwice(folder, path, '-- +goose Up');
      up = current = { text: before.text, transaction: 'on' };
    } else if (mark === 'down') {
      if (down !== null) throw markedTwice(folder, path, '-- +goose Down');
      down = current = { text: '', transaction: 'on' };
    } else if (mark === 'no transaction') transaction = 'off';
    else if (mark === 'envsub on') substitutes = true;
    else if (mark === 'envsub off') substitutes = false;
    else if (mark !== 'statementbegin' && mark !== 'statementend') {
      remarks.push({
        code: 'not-carried',
        message: `mig does not know this annotation of goose: \`${line.trim()}\`.`,
        path,
        line: number,
      });
    }
  }
  if (up === null) return null;
  const of = ({ text }: Section): Section => ({ text, transaction });
  return { up: of(up), down: down === null ? null : of(down) };
}

function markedTwice(folder: ForeignFolder, path: string, mark: string): MigError {
  return new MigError({
    code: 'invalid-files',
    message: `${folder.shown(path)} has the line \`${mark}\` twice.`,
    hint: 'One file is one migration: mend it in the source.',
    file: folder.shown(path),
  });
}

/** Lines with their ends. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
