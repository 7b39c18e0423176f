import type { Random } from './random.ts';
import type {
  RandomColumn,
  RandomIndex,
  RandomSchema,
  RandomTable,
  RandomTrigger,
  RandomView,
} from './random-schemas.ts';

/** A schema as statements, each said in one of its many ways; triggers last, in their order. */
export function render(random: Random, schema: RandomSchema): readonly string[] {
  const { chance, pick, shuffle } = random;
  return [
    ...shuffle(schema.tables).map(tableSql),
    ...shuffle(schema.indexes).map(indexSql),
    ...schema.fullText.map(
      ({ name, table, column }) =>
        `CREATE VIRTUAL TABLE ${name} USING fts5("${column.name.replaceAll('"', '""')}", content='${table.name.replaceAll("'", "''")}')`,
    ),
    ...schema.views.map(viewSql),
    ...schema.triggers.map(triggerSql),
  ];

  function nameSql(name: string): string {
    const choices = [`"${name.replaceAll('"', '""')}"`, `\`${name}\``];
    if (!name.includes(']')) choices.push(`[${name}]`);
    if (/^[a-z]\w*$/i.test(name) && !/^(order|key|new|text)$/i.test(name)) choices.push(name, name);
    return pick(choices);
  }
  function filled(template: string, column: RandomColumn): string {
    return template.replaceAll('?', () => nameSql(column.name));
  }
  function list(columns: readonly RandomColumn[]): string {
    return columns.map((each) => nameSql(each.name)).join(', ');
  }
  function tableSql(table: RandomTable): string {
    const { key } = table;
    const isInline = key.kind === 'counted' || (key.columns.length === 1 && chance(0.6));
    const lines = table.columns.map((column) => {
      const words = isInline && key.columns.includes(column) ? [' PRIMARY KEY'] : [];
      if (words.length > 0 && key.kind === 'counted') words.push(' AUTOINCREMENT');
      return `${columnSql(column)}${words.join('')}`;
    });
    if (!isInline && key.columns.length > 0) lines.push(`PRIMARY KEY (${list(key.columns)})`);
    const constraints = [
      ...table.unique.map((each) => `UNIQUE (${list(each)})`),
      ...table.checks.map(
        ({ template, of, name }) =>
          `${name === null ? '' : `CONSTRAINT "${name}" `}CHECK (${filled(template, of)})`,
      ),
      ...table.foreignKeys.map(
        ({ columns, parent, parentColumns, actions }) =>
          `FOREIGN KEY (${list(columns)}) REFERENCES ${nameSql(parent.name)} (${list(parentColumns)})${actions}`,
      ),
    ];
    const options = [
      ...(table.strict ? ['STRICT'] : []),
      ...(table.withoutRowid ? ['WITHOUT ROWID'] : []),
    ];
    const comments = table.columns.map((each) => each.comment);
    const all = [...lines, ...constraints].map((line, index, { length }) => {
      const comment = comments[index] ?? null;
      return `  ${line}${index === length - 1 ? '' : ','}${comment === null ? '' : ` ${comment}`}`;
    });
    const head = table.comment === null ? '' : `${table.comment}\n`;
    return `CREATE TABLE ${nameSql(table.name)} (${head === '' ? '' : ` ${head}`}\n${all.join('\n')}\n) ${options.join(', ')}`.trimEnd();
  }
  function columnSql(column: RandomColumn): string {
    const parts = [
      ...(column.notNull ? ['NOT NULL'] : []),
      ...(column.default === null ? [] : [`DEFAULT ${column.default}`]),
      ...(column.collation === null ? [] : [`COLLATE ${column.collation}`]),
      ...(column.unique ? ['UNIQUE'] : []),
      ...(column.check === null ? [] : [`CHECK (${filled(column.check, column)})`]),
    ];
    const { generated } = column;
    const as =
      generated === null
        ? []
        : [
            `${pick(['GENERATED ALWAYS ', ''])}AS (${filled(generated.template, generated.of)}) ${generated.kind}`,
          ];
    return [nameSql(column.name), column.type, ...as, ...shuffle(parts)]
      .filter((each) => each !== '')
      .join(' ');
  }
  function indexSql({ name, table, columns, unique, where }: RandomIndex): string {
    const on = columns.map((each) => filled(each.template, each.of)).join(', ');
    const end = where === null ? '' : ` WHERE ${filled(where.template, where.of)}`;
    return `CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${nameSql(name)} ON ${nameSql(table.name)} (${on})${end}`;
  }
  function viewSql({ name, from, columns, where }: RandomView): string {
    const what = columns.length === 0 ? '*' : list(columns);
    const end = where === null ? '' : ` WHERE ${where}`;
    return `CREATE VIEW ${nameSql(name)} AS SELECT ${what} FROM ${nameSql(from.name)}${end}`;
  }
  function triggerSql({ name, on, event, when, into, number }: RandomTrigger): string {
    const row = event.endsWith('DELETE') ? 'old' : 'new';
    const condition = when === null ? '' : ` WHEN ${row}.${nameSql(when.name)} IS NOT NULL`;
    const does =
      into === null
        ? `SELECT ${number}, 'a;b'`
        : `UPDATE ${nameSql(into.table.name)} SET ${nameSql(into.column.name)} = ${number} WHERE 0`;
    return `CREATE TRIGGER ${nameSql(name)} ${event} ON ${nameSql(on.name)}${condition}\nBEGIN\n  ${does};\nEND`;
  }
}
