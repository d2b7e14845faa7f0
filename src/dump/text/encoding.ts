/** Which encoding a dump's bytes are in, and the bytes as text, checked. */
import { isUtf8 } from 'node:buffer';
import { DumpFault } from '../fault.ts';

/** What the setting `encoding` may be. */
export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'latin1', 'windows-1252'] as const;
export type Encoding = (typeof ENCODINGS)[number];

const MARKS: readonly { readonly bytes: readonly number[]; readonly encoding: Encoding }[] = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
];

const ASK =
  'save the dump as UTF-8, or name what it is in, such as `encoding: windows-1252` (--encoding windows-1252)';

const NEWLINE = 0x0a;

/**
 * The encoding by the byte order mark; without one UTF-16 shows by every other byte of its beginning being zero, and
 * all else is UTF-8.
 */
export function detectEncoding(head: Buffer): { readonly encoding: Encoding; readonly markBytes: number } {
  const mark = MARKS.find(({ bytes }) => bytes.every((byte, i) => head[i] === byte));
  if (mark !== undefined) return { encoding: mark.encoding, markBytes: mark.bytes.length };
  const start = head.subarray(0, 64);
  const pairs = start.length >> 1;
  let zeroFirst = 0;
  let zeroSecond = 0;
  for (let i = 0; i < pairs; i++) {
    if (start[2 * i] === 0) zeroFirst++;
    if (start[2 * i + 1] === 0) zeroSecond++;
  }
  if (pairs > 1 && zeroFirst === 0 && zeroSecond > pairs * 0.6) return { encoding: 'utf-16le', markBytes: 0 };
  if (pairs > 1 && zeroSecond === 0 && zeroFirst > pairs * 0.6) return { encoding: 'utf-16be', markBytes: 0 };
  return { encoding: 'utf-8', markBytes: 0 };
}

/** The text of bytes in an encoding, in pieces. Throws `DumpFault` with the line where the bytes are none of it. */
export async function* decoded(
  chunks: AsyncIterable<Buffer>,
  encoding: Encoding,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  const pieces = encoding === 'utf-8' ? decodedUtf8(chunks) : decodedOther(chunks, encoding);
  for await (const piece of pieces) {
    signal?.throwIfAborted();
    if (piece !== '') yield piece;
  }
}

async function* decodedUtf8(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let line = 1;
  for await (const piece of wholeCharacters(chunks)) {
    checkUtf8(piece, line);
    yield piece.toString('utf8');
    line += newlines(piece);
  }
}

/** Cuts chunks where a character ends, so that each piece is UTF-8 on its own. */
async function* wholeCharacters(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let carry: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    const end = bytes.length - openCharacterBytes(bytes);
    if (end > 0) yield bytes.subarray(0, end);
    carry = bytes.subarray(end);
  }
  if (carry.length > 0) yield carry;
}

/** Bytes at the end that begin a character and do not finish it: 0 to 3. */
function openCharacterBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

function checkUtf8(piece: Buffer, firstLine: number): void {
  const nul = piece.indexOf(0);
  if (nul >= 0) throw zeroByte(firstLine + newlines(piece.subarray(0, nul)));
  if (isUtf8(piece)) return;
  let line = firstLine;
  let start = 0;
  for (;;) {
    const end = piece.indexOf(NEWLINE, start);
    const stop = end < 0 ? piece.length : end;
    if (!isUtf8(piece.subarray(start, stop)) || end < 0) {
      throw new DumpFault('unreadable', `is not valid UTF-8; ${ASK}`, line);
    }
    line++;
    start = end + 1;
  }
}

function zeroByte(line: number): DumpFault {
  return new DumpFault('unreadable', 'holds a zero byte, so this is not a text file', line);
}

function newlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

async function* decodedOther(
  chunks: AsyncIterable<Buffer>,
  encoding: Exclude<Encoding, 'utf-8'>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  // U+FFFD is a character like any other where it was written as such; a decoder also puts it in place of rubbish.
  const strict = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  let line = 1;
  const checked = (bytes: Buffer | undefined): string => {
    const text = bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    try {
      if (bytes === undefined) strict.decode();
      else strict.decode(bytes, { stream: true });
    } catch {
      const at = Math.max(0, text.indexOf('\ufffd'));
      throw new DumpFault('unreadable', `is not valid ${encoding.toUpperCase()}`, line + lines(text, at));
    }
    const nul = text.indexOf('\0');
    if (nul >= 0) throw zeroByte(line + lines(text, nul));
    line += lines(text, text.length);
    return text;
  };
  for await (const chunk of chunks) yield checked(chunk);
  yield checked(undefined);
}

/** Line ends before a place in a text. */
function lines(text: string, before: number): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < before; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
