/** JSON as rows: one object a line, an array of objects, or objects spread over lines; streamed. */
import { DumpFault } from './fault.ts';
import type { Fields } from './format.ts';
import { MAX_ROW_LENGTH, type Row } from './rows.ts';

/** One object a line. A line that is no object is a bad row; the next line is read all the same. */
export async function* jsonLines(chunks: AsyncIterable<string>): AsyncGenerator<Row> {
  // A long line arrives in many chunks: only a line's last piece is looked at again, never the whole of it.
  let carry: string[] = [];
  let length = 0;
  let line = 1;
  for await (const chunk of chunks) {
    const pieces = chunk.split('\n');
    const rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      const text = carry.join('') + piece;
      if (text.trim() !== '') yield jsonRow(text, line);
      carry = [];
      length = 0;
      line++;
    }
    carry.push(rest);
    length += rest.length;
    checkLength(length, line);
  }
  const last = carry.join('');
  if (last.trim() !== '') yield jsonRow(last, line);
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

/** Where a scan over JSON text stands. */
interface Scan {
  /** Inside an array that is not closed yet. */
  inArray: boolean;
  depth: number;
  inString: boolean;
  escaped: boolean;
  line: number;
  /** Line on which the object being read began. */
  startLine: number;
  text: string;
}

/** Objects of an array, or objects that follow each other, over any number of lines. */
export async function* jsonObjects(chunks: AsyncIterable<string>): AsyncGenerator<Row> {
  const scan: Scan = {
    inArray: false,
    depth: 0,
    inString: false,
    escaped: false,
    line: 1,
    startLine: 1,
    text: '',
  };
  for await (const chunk of chunks) {
    yield* scanChunk(scan, chunk);
    checkLength(scan.text.length, scan.startLine);
  }
  if (scan.depth > 0) {
    throw new DumpFault('unreadable', 'the JSON ends inside an object: the file was cut', scan.startLine);
  }
  if (scan.inArray)
    throw new DumpFault('unreadable', 'the JSON array is not closed: the file was cut', scan.line);
}

function* scanChunk(scan: Scan, chunk: string): Generator<Row> {
  let from = 0;
  for (let i = 0; i < chunk.length; i++) {
    const seen = step(scan, chunk[i] as string);
    if (seen === 'opened') from = i;
    if (seen !== 'closed') continue;
    yield jsonRow(scan.text + chunk.slice(from, i + 1), scan.startLine);
    scan.text = '';
  }
  if (scan.depth > 0) scan.text += chunk.slice(from);
}

/** Moves a scan over one character; says when an outermost object opened or closed with it. */
function step(scan: Scan, c: string): 'opened' | 'closed' | undefined {
  if (c === '\n') scan.line++;
  if (scan.inString) {
    stringCharacter(scan, c);
  } else if (c === '"') {
    scan.inString = scan.depth > 0;
  } else if (c === '{') {
    scan.depth++;
    if (scan.depth > 1) return undefined;
    scan.startLine = scan.line;
    return 'opened';
  } else if (c === '}' && scan.depth > 0) {
    scan.depth--;
    if (scan.depth === 0) return 'closed';
  } else if (scan.depth === 0 && (c === '[' || c === ']')) {
    scan.inArray = c === '[';
  }
  return undefined;
}

function stringCharacter(scan: Scan, c: string): void {
  if (scan.escaped) scan.escaped = false;
  else if (c === '\\') scan.escaped = true;
  else if (c === '"') scan.inString = false;
}
