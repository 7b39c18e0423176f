import { isUtf8 } from 'node:buffer';
import type { Problem } from '../error.ts';
import { positionAt } from '../sql/statements.ts';

/** The text of a file, or why it has none. */
export type Decoded =
  | { readonly text: string; readonly problem?: never }
  | { readonly text?: never; readonly problem: Problem };

/** Decodes a file as UTF-8, BOM kept. Bytes that are none, and NUL, are told with their offset. */
export function decode(read: Uint8Array, file: string): Decoded {
  const bytes = Buffer.from(read.buffer, read.byteOffset, read.byteLength);
  if (!isUtf8(bytes)) return { problem: notUtf8(bytes, file) };
  const nul = bytes.indexOf(0);
  const text = bytes.toString('utf8');
  if (nul === -1) return { text };
  return {
    problem: {
      code: 'file-encoding',
      message: `This file has a NUL byte, at byte ${nul}.`,
      hint: 'SQLite would read no further than that: delete it, or save the file as UTF-8.',
      file,
      ...positionAt(text, text.indexOf('\0')),
    },
  };
}

function notUtf8(bytes: Buffer, file: string): Problem {
  const text = bytes.toString('utf8');
  let offset = 0;
  let before = 0;
  for (let at = text.indexOf('\uFFFD'); at !== -1; at = text.indexOf('\uFFFD', at + 1)) {
    offset += Buffer.byteLength(text.slice(before, at));
    before = at;
    // The replacement character itself may stand in a file; its three bytes tell.
    if (bytes.subarray(offset, offset + 3).toString('hex') !== 'efbfbd') break;
  }
  const utf16 = bytes[0] === 0xff || bytes[0] === 0xfe;
  const hex = (bytes[offset] ?? 0).toString(16).padStart(2, '0');
  return {
    code: 'file-encoding',
    message: `This file is not UTF-8: byte ${offset} (0x${hex}) begins no character.`,
    hint: utf16 ? 'It looks like UTF-16: save it as UTF-8.' : 'Save it as UTF-8.',
    file,
    ...positionAt(text, before),
  };
}
