import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Finding } from '../../lib/commands/documents.ts';
import { checkFormat } from '../../lib/commands/formats.ts';
import { githubReport, reportOf, sarifReport } from '../../lib/commands/report.ts';
import { MigError } from '../../lib/error.ts';
import { suite } from '../support/suite.ts';
import { inTemp, thrownBy, writeTree } from '../support/temp.ts';

const PLACED: Finding = {
  code: 'statement',
  severity: 'error',
  message: '100% wrong: a, b',
  hint: 'Mend it.\r\nThen go on.',
  revision: 'a1',
  file: 'migrations/a,1: x.up.sql',
  line: 3,
  column: 5,
};
const PLACELESS: Finding = {
  code: 'several-heads',
  severity: 'warning',
  message: 'There are 2 heads: a b',
  revision: null,
  file: null,
  line: null,
  column: null,
};

suite('a report for GitHub Actions', (test) => {
  test('is a workflow command for each finding, escaped', () =>
    assert.is(
      githubReport([PLACED, PLACELESS]),
      '::error file=migrations/a%2C1%3A x.up.sql,line=3,col=5,title=mig%3A statement::100%25 wrong: a, b%0AMend it.%0D%0AThen go on.\n' +
        '::warning title=mig%3A several-heads::There are 2 heads: a b\n',
    ));
  test('is empty where nothing was found', () => assert.is(githubReport([]), ''));
});

suite('a report as SARIF', (test) => {
  test('has a rule for each code and a result for each finding', () => {
    const log = JSON.parse(sarifReport([PLACED, PLACELESS, PLACED], 'db/migrations'));
    assert.is(log.version, '2.1.0');
    assert.is(log.runs.length, 1);
    const [{ tool, results, columnKind }] = log.runs;
    assert.is(columnKind, 'utf16CodeUnits');
    assert.is(tool.driver.name, 'mig');
    assert.equal(
      tool.driver.rules.map(({ id }: { id: string }) => id),
      ['several-heads', 'statement'],
    );
    assert.equal(
      results.map((each: { ruleIndex: number; level: string }) => [each.ruleIndex, each.level]),
      [
        [1, 'error'],
        [0, 'warning'],
        [1, 'error'],
      ],
    );
    assert.equal(results[0].locations, [
      {
        physicalLocation: {
          artifactLocation: { uri: 'migrations/a%2C1%3A%20x.up.sql', uriBaseId: '%SRCROOT%' },
          region: { startLine: 3, startColumn: 5 },
        },
      },
    ]);
    assert.is(results[0].message.text, '100% wrong: a, b Mend it.\r\nThen go on.');
    assert.equal(
      results[1].locations,
      [
        {
          physicalLocation: {
            artifactLocation: { uri: 'db/migrations', uriBaseId: '%SRCROOT%' },
          },
        },
      ],
      'code scanning takes no result without a place',
    );
  });
});

suite('reportOf', (test) => {
  test('names files from the root of the repository', () =>
    inTemp((dir) => {
      writeTree(dir, { '.git/HEAD': '', 'apps/shop/migrations/a.sql': '' });
      const cwd = join(dir, 'apps/shop');
      const finding = { ...PLACED, file: 'migrations/a.sql' };
      const at = { cwd, dir: join(cwd, 'migrations') };
      assert.match(reportOf('github', [finding], at)!, 'file=apps/shop/migrations/a.sql,');
      assert.match(reportOf('sarif', [PLACELESS], at)!, '"uri": "apps/shop/migrations"');
      const outside = { ...PLACED, file: join(dir, 'migrations/b.sql') };
      assert.match(reportOf('github', [outside], at)!, 'file=migrations/b.sql,');
    }));
  test('makes none for people', () => {
    assert.is(reportOf('text', [], { cwd: '/', dir: '/' }), null);
    assert.is(reportOf('json', [], { cwd: '/', dir: '/' }), null);
  });
  test('knows its formats', async () => {
    assert.is(checkFormat('sarif'), 'sarif');
    const error = await thrownBy(MigError, () => checkFormat('sarf'));
    assert.is(error.exit, 2);
    assert.match(error.hint!, 'sarif');
  });
});
