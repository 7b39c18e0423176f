import { MigError } from '../../error.ts';
import { statements } from '../../sql/statements.ts';
import {
  compareNumbers,
  draftOf,
  GO_MIGRATION,
  inChain,
  originIn,
  placeFor,
  placeRemark,
  type Remark,
  refuseTwins,
  type ToolFolder,
  type ToolHistory,
  type ToolRevision,
  topLevel,
} from './history.ts';

const NAME = /^(\d+)(?:_(.*))?\.sql$/;
/** dbmate takes whatever begins with digits. */
const DBMATE_NAME = /^(\d+)(.*)\.sql$/;
const DBMATE = /^--[ \t]*migrate:(up|down)(?:[ \t]+(.*?))?[ \t]*$/;
const GOOSE = /^--[ \t]*\+goose[ \t]+(.*?)[ \t]*$/i;

type Draft = Omit<ToolRevision, 'parents'>;

interface Section {
  text: string;
  transaction: 'on' | 'off';
}

interface Sections {
  readonly up: Section;
  readonly down: Section | null;
}

/** One file a migration, its two directions marked by `-- migrate:up` and `-- migrate:down`. */
export function readDbmate(folder: ToolFolder): ToolHistory {
  return readMarked(folder, {
    tool: 'dbmate',
    name: DBMATE_NAME,
    sectionsOf: (path) => dbmateSections(folder, path),
    places: [],
    remarks: [],
  });
}

/** One file a migration, its two directions marked by `-- +goose Up` and `-- +goose Down`. */
export function readGoose(folder: ToolFolder): ToolHistory {
  const remarks: Remark[] = [];
  const places = topLevel(folder).flatMap((path): Draft[] => {
    const [, name, title = ''] = GO_MIGRATION.exec(path) ?? [];
    if (name === undefined) return [];
    remarks.push(placeRemark(path, 'Go'));
    return [{ ...draftOf(path, name, title), ...placeFor(path, 'Go') }];
  });
  return readMarked(folder, {
    tool: 'goose',
    name: NAME,
    sectionsOf: (path) => gooseSections(folder, path, remarks),
    places,
    remarks,
  });
}

interface Format {
  readonly tool: 'dbmate' | 'goose';
  /** With the version, and what stands behind it. */
  readonly name: RegExp;
  readonly sectionsOf: (path: string) => Sections | null;
  /** Revisions that no SQL file has. */
  readonly places: readonly Draft[];
  readonly remarks: Remark[];
}

function readMarked(
  folder: ToolFolder,
  { tool, name: pattern, sectionsOf, places, remarks }: Format,
): ToolHistory {
  const revisions: Draft[] = [...places];
  for (const path of topLevel(folder)) {
    if (!path.endsWith('.sql')) continue;
    const [, name, title = ''] = pattern.exec(path) ?? [];
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
      ...draftOf(path, name, title),
      ...scriptsOf(sections, tool),
      origin: originIn(folder, path),
    });
  }
  // dbmate goes by the names of the files, and in that order the paths are.
  if (tool === 'goose') revisions.sort((a, b) => compareNumbers(a.name, b.name));
  refuseTwins(folder, revisions, (name) => BigInt(name).toString());
  return { tool, revisions: inChain(revisions), remarks };
}

function scriptsOf({ up, down }: Sections, tool: string) {
  const script = ({ text, transaction }: Section) => ({ sql: text, transaction });
  return {
    up: script(up),
    down: down === null ? null : script(down),
    irreversible: `${tool} had no down section`,
  };
}

/** Of several parts for one direction, which dbmate runs one after the other, one is made. */
function dbmateSections(folder: ToolFolder, path: string): Sections | null {
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
    current.text = closed(current.text);
    if (side === 'up') current = up ??= { text: before.text, transaction: 'on' };
    else current = down ??= { text: '', transaction: 'on' };
    if (/(?:^|\s)transaction:false(?:\s|$)/.test(options)) current.transaction = 'off';
  }
  return up === null ? null : { up, down };
}

function gooseSections(folder: ToolFolder, path: string, remarks: Remark[]): Sections | null {
  const before: Section = { text: '', transaction: 'on' };
  let up: Section | null = null;
  let down: Section | null = null;
  let current = before;
  let transaction: 'on' | 'off' = 'on';
  let substitutes = false;
  let number = 0;
  let begun = 0;
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
    else if (mark === 'statementbegin') begun = current.text.length;
    else if (mark === 'statementend') {
      current.text = current.text.slice(0, begun) + closed(current.text.slice(begun));
    } else if (mark === 'envsub on') substitutes = true;
    else if (mark === 'envsub off') substitutes = false;
    else {
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

/**
 * With a `;` behind the last statement. What these tools mark off they run by itself, so that
 * it needs none there; in one file, it would run into what follows.
 */
function closed(sql: string): string {
  const last = [...statements(sql)].at(-1);
  if (last === undefined || sql[last.end - 1] === ';') return sql;
  return `${sql.slice(0, last.end)};${sql.slice(last.end)}`;
}

function markedTwice(folder: ToolFolder, path: string, mark: string): MigError {
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
