/** JSON as rows: one object a line, an array of objects, or objects one after the other; streamed. */
import { DumpFault } from '../fault.ts';
import type { Fields } from '../format.ts';
import { MAX_ROW_LENGTH, type Row } from './rows.ts';

/**
 * One object a line. A line that is no object is a bad row; the next line is read all the same. With `prefixed`, what
 * stands before the line's first brace is left away.
 */
export async function* jsonLines(
  chunks: AsyncIterable<string>,
  prefixed = false,
): AsyncGenerator<readonly Row[]> {
  // A long line arrives in many chunks: only a line's last piece is looked at again, never the whole of it.
  let carry: string[] = [];
  let length = 0;
  let line = 1;
  const read = (text: string): Row => jsonRow(prefixed ? withoutPrefix(text) : text, line);
  for await (const chunk of chunks) {
    const rows: Row[] = [];
    const pieces = chunk.split('\n');
    const rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      const text = carry.length === 0 ? piece : carry.join('') + piece;
      if (text.trim() !== '') rows.push(read(text));
      carry = [];
      length = 0;
      line++;
    }
    if (rest !== '') carry.push(rest);
    length += rest.length;
    yield rows;
    checkLength(length, line);
  }
  const last = carry.join('');
  if (last.trim() === '') return;
  const row = read(last);
  // Of lines of a log the last one may be none of ours, as others are.
  if ('reason' in row && !(prefixed && !last.includes('{')) && isCut(withoutPrefix(last)))
    throw new DumpFault('unreadable', 'the last line ends inside its JSON: the file was cut', line);
  yield [row];
}

/** True for JSON whose only mistake is that it ends. */
function isCut(text: string): boolean {
  const scan = new ObjectScan();
  try {
    scan.scan(text);
    return scan.depth > 0;
  } catch {
    return false;
  }
}

function withoutPrefix(text: string): string {
  const brace = text.indexOf('{');
  return brace < 0 ? text : text.slice(brace);
}

function checkLength(length: number, line: number): void {
  if (length <= MAX_ROW_LENGTH) return;
  throw new DumpFault('unreadable', 'this row is longer than 16 MB', line);
}

function jsonRow(text: string, line: number): Row {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { line, reason: `not JSON: ${excerpt(text)}` };
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return { line, fields: value as Fields };
  }
  return { line, reason: `not a JSON object: ${excerpt(text)}` };
}

function excerpt(text: string): string {
  const shown = text.trim();
  return shown.length > 40 ? `${shown.slice(0, 40)}…` : shown;
}

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
/** What may stand between objects: blanks, commas, and the record separator of RFC 7464. */
const BETWEEN: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d, 0x2c, 0x1e]);

/** Where a scan over JSON text stands. */
export class ObjectScan {
  /** Inside an array that is not closed yet. */
  inArray = false;
  depth = 0;
  inString = false;
  line = 1;
  /** Line on which the object being read began. */
  startLine = 1;
  #isEscaped = false;
  #text = '';

  get length(): number {
    return this.#text.length;
  }

  /** The objects that end in this chunk. Throws `DumpFault` for text between objects. */
  scan(chunk: string): Row[] {
    const rows: Row[] = [];
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const code = chunk.charCodeAt(i);
      if (code === NEWLINE) this.line++;
      if (this.inString) this.#inString(code);
      else if (this.depth > 0) {
        if (!this.#closes(code)) continue;
        rows.push(jsonRow(this.#text + chunk.slice(from, i + 1), this.startLine));
        this.#text = '';
      } else if (this.#opens(code, chunk, i)) from = i;
    }
    if (this.depth > 0) this.#text += chunk.slice(from);
    return rows;
  }

  /** Inside an object, outside its texts: true when the object ends here. */
  #closes(code: number): boolean {
    if (code === QUOTE) this.inString = true;
    else if (code === OPEN) this.depth++;
    else if (code === CLOSE) this.depth--;
    return this.depth === 0;
  }

  #inString(code: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (code === BACKSLASH) this.#isEscaped = true;
    else if (code === QUOTE) this.inString = false;
  }

  /** Outside of objects: true when one begins here. */
  #opens(code: number, chunk: string, at: number): boolean {
    if (code === OPEN) {
      this.depth = 1;
      this.startLine = this.line;
      return true;
    }
    if (code === OPEN_ARRAY) this.inArray = true;
    else if (code === CLOSE_ARRAY) this.inArray = false;
    else if (code !== NEWLINE && !BETWEEN.has(code)) {
      const what = `only objects are understood here, and this is none: ${excerpt(chunk.slice(at, at + 41).split('\n', 1)[0] ?? '')}`;
      throw new DumpFault('unreadable', what, this.line);
    }
    return false;
  }
}

/** Objects of an array, or objects that follow each other, over any number of lines. */
export async function* jsonObjects(chunks: AsyncIterable<string>): AsyncGenerator<readonly Row[]> {
  const scan = new ObjectScan();
  for await (const chunk of chunks) {
    yield scan.scan(chunk);
    checkLength(scan.length, scan.startLine);
  }
  if (scan.depth > 0) {
    throw new DumpFault('unreadable', 'the JSON ends inside an object: the file was cut', scan.startLine);
  }
  if (scan.inArray)
    throw new DumpFault('unreadable', 'the JSON array is not closed: the file was cut', scan.line);
}
