/**
 * Files of lines, each a JSON text. A line ends at a newline and nowhere else: JSON leaves U+2028 and U+2029 as they
 * are, and `node:readline` splits there, which would cut a record in two where somebody's SQL holds one.
 */
import { createReadStream } from 'node:fs';
import { errorText } from './errors.ts';

/** What some readers of lines (Node's, Python's) take for the end of one, and JSON does not escape. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;

const escaped = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A value as one line without its newline, which no reader can take for two. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(LINE_ENDS, escaped);
}

/** The lines of a text that comes in chunks, in batches as they come; the last one also without its newline. */
export async function* textLines(chunks: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  // A long line comes in many chunks: they are put together once.
  let begun: string[] = [];
  for await (const chunk of chunks) {
    const pieces = chunk.split('\n');
    const rest = pieces.pop() ?? '';
    if (pieces.length > 0) {
      pieces[0] = begun.join('') + (pieces[0] ?? '');
      begun = [];
      yield pieces;
    }
    if (rest !== '') begun.push(rest);
  }
  if (begun.length > 0) yield [begun.join('')];
}

/** One line of a file: its number from 1, and its value or why it has none. */
export type JsonLine =
  | { readonly line: number; readonly value: unknown }
  | { readonly line: number; readonly reason: string };

/** Every line of a file that is not empty. */
export async function* jsonLinesOf(file: string): AsyncGenerator<JsonLine> {
  let line = 0;
  for await (const batch of textLines(createReadStream(file, 'utf8')))
    for (const text of batch) {
      line++;
      if (text.trim() !== '') yield readLine(text, line);
    }
}

function readLine(text: string, line: number): JsonLine {
  try {
    return { line, value: JSON.parse(text) as unknown };
  } catch (error) {
    return { line, reason: errorText(error) };
  }
}

/** A line's value as an object, for a look at its fields; no object has none. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
