/** Text as the columns of a database hold it. */
import type { ColumnLimit } from './engines/engine.ts';

/** Text columns of PostgreSQL hold no NUL; a replacement character stands for one. */
const NUL = /\0/g;
const REPLACEMENT = '�';
const NOT_ASCII = /[^\x20-\x7e\t\r\n]/gu;

/** Cut to what the column holds, never through the middle of a character. */
export function fitted(text: string, limit: ColumnLimit | undefined): string {
  const clean = text.includes('\0') ? text.replace(NUL, REPLACEMENT) : text;
  if (limit === undefined) return clean;
  return limit.unit === 'characters' ? firstUnits(clean, limit.most) : firstBytes(clean, limit.most);
}

/** Counts UTF-16 units, of which a character has one or two: no database counts more. */
function firstUnits(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, most);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}

function firstBytes(text: string, most: number): string {
  if (text.length * 3 <= most) return text;
  const bytes = Buffer.from(text);
  return bytes.length <= most ? text : decodedStart(bytes, most);
}

/** The first bytes of UTF-8 text; a character that is cut in two is left out. */
export function decodedStart(bytes: Buffer, most: number): string {
  let end = Math.min(bytes.length, most);
  // Back to where a character begins: continuation bytes are 10xxxxxx.
  if (end < bytes.length) while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}

/** For a database whose character set cannot hold the text. */
export function plainText(text: string): string {
  return text.replace(NOT_ASCII, '?');
}
