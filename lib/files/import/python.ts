/** What stands in a variable of a Python module, as far as it is a literal. */
export type Literal = string | null | readonly string[];

interface Assignment {
  /** Undefined where the value is no literal of this kind. */
  readonly value: Literal | undefined;
  /** From 1. */
  readonly line: number;
}

export interface PythonModule {
  readonly docstring: string | null;
  readonly variables: ReadonlyMap<string, Assignment>;
}

const SPACE = /(?:[ \t\r\n]|\\\r?\n|#[^\n]*)*/y;
const STRING = /([rRuU]?)("""|'''|"|')/y;
const ASSIGNMENT = /^(\w+)[ \t]*(?::[^=\n]+)?=(?!=)[ \t]*/gm;

/**
 * Reads the docstring and the variables of a Python module that hold text, nothing, or a
 * list of texts. Nothing of it is run.
 */
export function readPython(text: string): PythonModule {
  const reader = new LiteralReader(text);
  reader.skipSpace();
  const docstring = reader.string();
  const variables = new Map<string, Assignment>();
  const end = /^(?:async )?(?:def|class)\b/m.exec(text.slice(reader.at));
  const limit = end === null ? text.length : reader.at + end.index;
  ASSIGNMENT.lastIndex = reader.at;
  for (let match = ASSIGNMENT.exec(text); match !== null; match = ASSIGNMENT.exec(text)) {
    if (match.index >= limit) break;
    reader.at = ASSIGNMENT.lastIndex;
    const value = reader.literal();
    const line = text.slice(0, match.index).split('\n').length;
    variables.set(match[1]!, { value, line });
    if (value !== undefined) ASSIGNMENT.lastIndex = reader.at;
  }
  return { docstring: docstring ?? null, variables };
}

class LiteralReader {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  skipSpace(): void {
    SPACE.lastIndex = this.at;
    SPACE.exec(this.#text);
    this.at = SPACE.lastIndex;
  }

  literal(): Literal | undefined {
    const value = this.#value();
    if (value === undefined) return undefined;
    // Whatever follows on the line would make it an expression.
    const rest = /[^\n]*/y;
    rest.lastIndex = this.at;
    const after = rest.exec(this.#text)![0].replace(/#.*/, '').trim();
    if (after === '') return value;
    return after === ',' && typeof value === 'string' ? [value] : undefined;
  }

  #value(): Literal | undefined {
    const text = this.#text;
    if (/^None\b/.test(text.slice(this.at, this.at + 5))) {
      this.at += 4;
      return null;
    }
    const open = text[this.at];
    const close = open === '(' ? ')' : open === '[' ? ']' : open === '{' ? '}' : null;
    if (close === null) return this.string();
    this.at++;
    return this.#list(close);
  }

  /** Behind the bracket. One text in parentheses without a comma is that text. */
  #list(close: string): Literal | undefined {
    const items: string[] = [];
    let commas = 0;
    for (;;) {
      this.skipSpace();
      if (this.#text[this.at] === close) break;
      const item = this.string();
      if (item === undefined) return undefined;
      items.push(item);
      this.skipSpace();
      if (this.#text[this.at] === ',') {
        commas++;
        this.at++;
      } else if (this.#text[this.at] !== close) return undefined;
    }
    this.at++;
    return close === ')' && commas === 0 && items.length === 1 ? items[0]! : items;
  }

  /** A string, or several side by side, which Python joins. */
  string(): string | undefined {
    let value: string | undefined;
    for (;;) {
      const part = this.#oneString();
      if (part === undefined) return value;
      value = (value ?? '') + part;
      const here = this.at;
      const blank = /[ \t]*/y;
      blank.lastIndex = here;
      blank.exec(this.#text);
      this.at = blank.lastIndex;
      STRING.lastIndex = this.at;
      if (!STRING.test(this.#text)) {
        this.at = here;
        return value;
      }
    }
  }

  #oneString(): string | undefined {
    STRING.lastIndex = this.at;
    const match = STRING.exec(this.#text);
    if (match === null) return undefined;
    const [whole, prefix = '', quote = ''] = match;
    const start = this.at + whole.length;
    let end = start;
    while (end < this.#text.length && !this.#text.startsWith(quote, end)) {
      end += this.#text[end] === '\\' ? 2 : 1;
    }
    this.at = end + quote.length;
    const inside = this.#text.slice(start, end);
    return prefix.toLowerCase() === 'r' ? inside : unescaped(inside);
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\n': '' };

function unescaped(text: string): string {
  return text.replace(/\\([\s\S])/g, (whole, letter: string) => {
    if ('\\\'"'.includes(letter)) return letter;
    return ESCAPES[letter] ?? whole;
  });
}
