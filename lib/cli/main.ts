import type { AnyDocument, ErrorDocument } from '../commands/documents.ts';
import { asMigError } from '../commands/engine-errors.ts';
import type { ProjectEvent, World } from '../commands/project.ts';
import { MigError, type Problem } from '../error.ts';
import { printable } from '../graph/controls.ts';
import { type ParsedArguments, parseArguments, type Request } from './arguments.ts';
import { COMPLETE, GLOBAL_OPTIONS } from './command-table.ts';
import { COMMANDS } from './commands.ts';
import { Progress } from './progress.ts';
import { indented, placeOf, render } from './render.ts';
import { type Environment, projectFrom } from './settings.ts';
import { type Style, styleFor, wantsColor } from './style.ts';

/** The world as the program finds it; `bin/` hands in the real one, tests their own. */
interface Terminal {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly cwd: string;
  readonly out: Stream;
  readonly err: Stream;
  readonly world: Omit<World, 'tell'>;
  readonly version: string;
}

/** One of the two streams that are written to. */
export interface Stream {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  readonly columns: number;
}

/** Runs the program. Returns its exit code; nothing is thrown, whatever was typed. */
export async function main(terminal: Terminal): Promise<number> {
  const { argv, env, out, err } = terminal;
  if (argv[0] === COMPLETE) {
    const { candidates } = await import('./candidates.ts');
    out.write(candidates(argv.slice(1), env, terminal.cwd, terminal.world));
    return 0;
  }
  // Errors in the command line itself have to come out as JSON too, where it was asked for.
  let json = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined).includes('--json');
  let command: string | null = null;
  let errStyle = await styleFor(wantsColor({}, env, err.isTerminal));
  try {
    const request = parseArguments(argv, COMMANDS, GLOBAL_OPTIONS);
    if (request.kind !== 'run') return await inform(terminal, request);
    const { parsed } = request;
    command = parsed.command.name;
    // Now it is known which words are options: `-m --json` is a message.
    json = parsed.options.json === true;
    if (parsed.options.quiet === true && parsed.options.verbose === true) {
      throw new MigError({
        code: 'usage',
        message: '`--quiet` and `--verbose` exclude each other.',
      });
    }
    errStyle = await styleFor(wantsColor(parsed.options, env, err.isTerminal));
    const outStyle = await styleFor(wantsColor(parsed.options, env, out.isTerminal));
    return await perform(terminal, parsed, { json, outStyle, errStyle });
  } catch (thrown) {
    const error = familyError(thrown, env);
    if (json) out.write(`${JSON.stringify(failureDocument(command, error), null, 2)}\n`);
    else err.write(renderError(error, errStyle));
    return error.exit;
  }
}

interface Manner {
  readonly json: boolean;
  readonly outStyle: Style;
  readonly errStyle: Style;
}

async function perform(
  terminal: Terminal,
  { command, args, options }: ParsedArguments,
  { json, outStyle, errStyle }: Manner,
): Promise<number> {
  const { out, err } = terminal;
  const quiet = options.quiet === true;
  const progress = new Progress({
    out: json || quiet ? null : out,
    err: quiet ? null : err,
    outStyle,
    errStyle,
    ticks: terminal.world.ticks,
  });
  const world: World = {
    ...terminal.world,
    // Who reads JSON is no person.
    choose: json || quiet ? undefined : terminal.world.choose,
    tell: (event: ProjectEvent) => progress.tell(event),
  };
  try {
    const given = dirAsArgument(command.name, args, options);
    const project = projectFrom(given, terminal.env, terminal.cwd, world, {
      // `init` makes a project here; the one that this folder lies in is another.
      configAbove: command.name !== 'init',
    });
    const document = await command.run(project, {
      args,
      options,
      statements: options.verbose === true,
    });
    progress.end();
    if (json) out.write(`${JSON.stringify(document, null, 2)}\n`);
    else
      await report(document, { quiet, out, err, outStyle, errStyle, columns: columnsOf(terminal) });
    return document.error?.exit ?? 0;
  } finally {
    progress.end();
  }
}

/** `mig init DIR` names the folder as an argument. */
function dirAsArgument(
  command: string,
  args: readonly string[],
  options: ParsedArguments['options'],
): ParsedArguments['options'] {
  if (command !== 'init' || args[0] === undefined) return options;
  if (options.dir === undefined) return { ...options, dir: args[0] };
  throw new MigError({
    code: 'usage',
    message: 'The folder is given twice: with `--dir` and as a word.',
    hint: 'Give it once.',
  });
}

async function report(
  document: AnyDocument,
  {
    quiet,
    out,
    err,
    outStyle,
    errStyle,
    columns,
  }: Omit<Manner, 'json'> & Pick<Terminal, 'out' | 'err'> & { quiet: boolean; columns: number },
): Promise<void> {
  const isFile =
    document.command === 'completion' ||
    (document.command === 'graph' && document.format !== 'text') ||
    (document.command === 'check' && document.format !== undefined) ||
    ('sql' in document && document.sql !== undefined);
  if (!quiet || isFile) out.write(await render(document, outStyle, columns));
  if (document.error !== undefined) err.write(renderError(document.error, errStyle));
}

/** How wide lines may be: a file or a pipe gets them whole, unless COLUMNS says otherwise. */
function columnsOf({ out, env }: Pick<Terminal, 'out' | 'env'>): number {
  const said = out.isTerminal ? out.columns : Number(env.COLUMNS);
  return said > 0 ? said : Number.POSITIVE_INFINITY;
}

async function inform(
  { out, env, version, argv }: Terminal,
  request: Exclude<Request, { kind: 'run' }>,
): Promise<number> {
  const options = {
    color: argv.includes('--color') || undefined,
    'no-color': argv.includes('--no-color') || undefined,
  };
  const style = await styleFor(
    wantsColor(options as ParsedArguments['options'], env, out.isTerminal),
  );
  if (request.kind === 'version') {
    out.write(`mig ${version}\n`);
    return 0;
  }
  const { commandHelp, generalHelp } = await import('./help.ts');
  out.write(
    request.command === null ? generalHelp(COMMANDS, style) : commandHelp(request.command, style),
  );
  return 0;
}

/** Whatever was thrown, as an error of the family: a defect of mig is told as one, without a stack. */
function familyError(thrown: unknown, env: Environment): MigError {
  const error = asMigError(thrown);
  if (error instanceof MigError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new MigError(
    {
      code: 'internal',
      message: `Something that should not happen did: ${text}`,
      hint:
        env.MIG_DEBUG && error instanceof Error
          ? error.stack
          : 'This is a defect of mig. `MIG_DEBUG=1` shows where; please report it.',
    },
    { cause: error },
  );
}

function failureDocument(command: string | null, error: MigError): unknown {
  return { version: 1, command, ...error.document, error: errorDocument(error) };
}

function errorDocument(error: MigError): ErrorDocument {
  const { code, message, exit, problems } = error;
  return {
    code,
    message,
    exit,
    ...defined(error),
    ...(problems.length === 0
      ? {}
      : {
          problems: problems.map((each) => ({
            code: each.code,
            message: each.message,
            ...defined(each),
          })),
        }),
  };
}

function defined({
  hint,
  file,
  line,
  column,
  revision,
}: Pick<Problem, 'hint' | 'file' | 'line' | 'column' | 'revision'>) {
  return {
    ...(hint === undefined ? {} : { hint }),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    ...(revision === undefined ? {} : { revision }),
  };
}

type Shown = Pick<MigError, 'message'> &
  Partial<
    Pick<MigError, 'hint' | 'file' | 'line' | 'column' | 'excerpt' | 'headline' | 'problems'>
  >;

/** `mig: sentence`, then the place, the lines around it, and what to do. */
function renderError(error: Shown | ErrorDocument, style: Style): string {
  const { message, headline, problems = [], excerpt = [], hint } = error as Shown;
  const lines = [`${style.red('mig:')} ${printable(headline ?? message)}`];
  for (const problem of problems) {
    const place = placeOf(problem);
    lines.push(`  ${place === '' ? '' : `${place}: `}${printable(problem.message)}`);
    if (problem.hint !== undefined) {
      lines.push(style.dim(indented(indented(printable(problem.hint, { lines: true })))));
    }
  }
  const place = placeOf(error);
  if (place !== '' && !message.includes(place)) lines.push(`  ${place}`);
  lines.push(...excerpt.map((line) => `  ${printable(line, { lines: true })}`));
  if (hint !== undefined) lines.push(indented(printable(hint, { lines: true })));
  return `${lines.join('\n')}\n`;
}
