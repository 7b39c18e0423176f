/** What keeps a text from being well-formed XML, as far as a picture has it. */
export function faultsOf(xml: string): readonly string[] {
  const open: string[] = [];
  const faults: string[] = [];
  const token = /<(\/?)([a-z][\w:-]*)((?: [a-zA-Z][\w:-]*="[^"<&]*")*)(\/?)>|&#\d+;|[^<&]|[<&]/gs;
  for (const [text, close, name, , empty] of xml.matchAll(token)) {
    if (name === undefined) {
      if (text === '<' || text === '&') faults.push(`a bare ${text}`);
      else if (/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text))
        faults.push('a control character');
    } else if (close === '/') {
      if (open.pop() !== name) faults.push(`</${name}> closes nothing`);
    } else if (empty !== '/') open.push(name);
  }
  if (!xml.isWellFormed()) faults.push('half a character');
  return [...faults, ...open.map((name) => `<${name}> is open`)];
}
