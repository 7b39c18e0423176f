import { relative, resolve } from 'node:path';
import { repositoryRoot } from '../files/repository-root.ts';
import type { CheckFormat, Finding } from './documents.ts';
import type { Project } from './project.ts';

/**
 * Findings as a file for another program; null for formats that need none. Paths are relative
 * to the root of the repository, wherever mig was started: that is how GitHub knows files.
 */
export function reportOf(
  format: CheckFormat,
  findings: readonly Finding[],
  { cwd, dir }: Pick<Project, 'cwd' | 'dir'>,
): string | null {
  if (format !== 'github' && format !== 'sarif') return null;
  const root = repositoryRoot(cwd);
  const inRepository = (path: string) => relative(root, resolve(cwd, path)).replaceAll('\\', '/');
  const placed = findings.map((each) => ({
    ...each,
    file: each.file === null ? null : inRepository(each.file),
  }));
  return format === 'github' ? githubReport(placed) : sarifReport(placed, inRepository(dir));
}

/** Workflow commands, which GitHub Actions shows beside the lines that they name. */
export function githubReport(findings: readonly Finding[]): string {
  return findings
    .map(({ severity, file, line, column, code, message, hint }) => {
      const properties = Object.entries({ file, line, col: column, title: `mig: ${code}` })
        .filter(([, value]) => value !== null)
        .map(([name, value]) => `${name}=${escapedProperty(String(value))}`);
      const text = hint === undefined ? message : `${message}\n${hint}`;
      return `::${severity} ${properties.join(',')}::${escaped(text)}\n`;
    })
    .join('');
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapedProperty(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/**
 * SARIF 2.1.0, one run.
 *
 * @param elsewhere the place of findings that name no file: code scanning takes none without.
 */
export function sarifReport(findings: readonly Finding[], elsewhere: string): string {
  const codes = [...new Set(findings.map((each) => each.code))].sort();
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'mig', rules: codes.map(sarifRule) } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((each) => ({
          ruleId: each.code,
          ruleIndex: codes.indexOf(each.code),
          level: each.severity,
          message: {
            text: each.hint === undefined ? each.message : `${each.message} ${each.hint}`,
          },
          locations: [{ physicalLocation: sarifPlace(each, elsewhere) }],
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

/** What code scanning wants to know of a rule. */
function sarifRule(id: string): unknown {
  const text = id.replaceAll('-', ' ');
  return {
    id,
    shortDescription: { text },
    fullDescription: { text },
    help: { text: '`mig check` says what to do about each finding.' },
  };
}

function sarifPlace({ file, line, column }: Finding, elsewhere: string): unknown {
  const uri = (file ?? elsewhere).split('/').map(encodeURIComponent).join('/');
  const region = { startLine: line, ...(column === null ? {} : { startColumn: column }) };
  return {
    artifactLocation: { uri, uriBaseId: '%SRCROOT%' },
    ...(line === null ? {} : { region }),
  };
}
