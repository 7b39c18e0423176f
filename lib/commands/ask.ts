import { MigError } from '../error.ts';
import { printable } from '../graph/controls.ts';
import { executableSql } from '../graph/revision.ts';
import type { PreparedStep } from './prepare.ts';
import type { Project } from './project.ts';

/** Before revisions are reverted that nobody named. @throws MigError when it must not be */
export function askToRevert(project: Project, going: readonly PreparedStep[]): void {
  const list = going.map(({ plan, message }) => `  ${plan.revision}  ${message}`).join('\n');
  const many = going.length === 1 ? 'This revision' : `These ${going.length} revisions`;
  const ids = going.map((each) => each.plan.revision).join(' ');
  ask(project, {
    question: `${many} will be reverted:\n${list}\nGo on?`,
    unasked: `Somebody has to agree before these are reverted: ${ids}`,
    hint: '`--yes` reverts without asking; `--dry-run` shows the plan.',
  });
}

/** Before SQL runs that no file here shows. @throws MigError when it must not */
export function askToRunStored(project: Project, unseen: readonly PreparedStep[]): void {
  const ids = unseen.map((each) => each.plan.revision).join(' ');
  const sql = unseen
    .map(
      ({ plan, sql }) =>
        `-- down of ${plan.revision}\n${sql === null ? '' : executableSql(sql).trim()}`,
    )
    .join('\n\n');
  ask(project, {
    question: `There is no such down file here. This SQL is from the ledger:\n\n${sql}\n\nRun it?`,
    unasked: `Somebody has to agree before SQL from the ledger runs: no file here has the down of ${ids}`,
    hint: `\`mig show ${ids}\` prints it; \`--yes\` runs it.`,
  });
}

function ask(
  { world }: Project,
  { question, unasked, hint }: { question: string; unasked: string; hint: string },
): void {
  // Part of it may come from the ledger: nothing in it may steer a terminal.
  const answer = world.confirm(printable(question.replaceAll('\r\n', '\n'), { lines: true }));
  if (answer === true) return;
  throw answer === null
    ? new MigError({ code: 'usage', message: unasked, hint })
    : new MigError({ code: 'usage', message: 'Nothing was run.' });
}
