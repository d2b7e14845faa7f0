/** The bytes of a dump file as text: unpacked when packed, checked to be UTF-8, in pieces. */
import { isUtf8 } from 'node:buffer';
import { createReadStream, statSync } from 'node:fs';
import type { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { errorText, systemCode } from '../base/errors.ts';
import { DumpFault } from './fault.ts';

/** What the first bytes say about a file, whatever its name says. */
const PACKINGS = [
  { name: 'gzip', magic: [0x1f, 0x8b], unpack: () => createGunzip() },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], unpack: () => createZstdDecompress() },
] as const;

/** Kinds of file that people hand in by mistake, with what to do instead. */
const NOT_TEXT: readonly { readonly magic: readonly number[]; readonly reason: string }[] = [
  { magic: [0x50, 0x4b, 0x03, 0x04], reason: 'is a zip archive; unpack it, or pack it with gzip instead' },
  { magic: [0x42, 0x5a, 0x68], reason: 'is packed with bzip2; unpack it, or pack it with gzip instead' },
  { magic: [0xfd, 0x37, 0x7a, 0x58], reason: 'is packed with xz; unpack it, or pack it with gzip instead' },
  { magic: [0x50, 0x41, 0x52, 0x31], reason: 'is a Parquet file; export it as CSV or JSON lines' },
  { magic: [0xff, 0xfe], reason: 'is UTF-16 text; save it as UTF-8' },
  { magic: [0xfe, 0xff], reason: 'is UTF-16 text; save it as UTF-8' },
];

const NEWLINE = 0x0a;

/** Text of a file in pieces, without a byte order mark. Throws `DumpFault`. */
export async function* dumpText(file: string, signal?: AbortSignal): AsyncGenerator<string> {
  let line = 1;
  let first = true;
  for await (const piece of wholeCharacters(unpacked(file))) {
    signal?.throwIfAborted();
    checkText(piece, line);
    const text = piece.toString('utf8');
    yield first && text.startsWith('\ufeff') ? text.slice(1) : text;
    first = false;
    line += countNewlines(piece);
  }
}

async function* unpacked(file: string): AsyncGenerator<Buffer> {
  checkFile(file);
  const source = createReadStream(file);
  try {
    const chunks = source.iterator() as AsyncIterator<Buffer>;
    const head = await firstBytes(chunks);
    const packing = PACKINGS.find((p) => startsWith(head, p.magic));
    const all = following(head, chunks);
    if (packing === undefined) checkKind(head);
    yield* packing === undefined ? all : unpackedChunks(all, packing.unpack(), packing.name);
  } finally {
    source.destroy();
  }
}

function checkFile(file: string): void {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) throw new DumpFault('missing', 'no such file');
  if (stat.isDirectory()) {
    throw new DumpFault('unreadable', `is a folder; name its files, such as ${file}/*.csv`);
  }
  if (stat.isFile() && stat.size === 0) throw new DumpFault('empty', 'the file is empty (0 bytes)');
}

/** The first chunk, at least four bytes of it where the file has them. */
async function firstBytes(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 4) {
    const next = await chunks.next().catch((error: unknown) => {
      throw new DumpFault('unreadable', `cannot be read (${systemCode(error) ?? errorText(error)})`);
    });
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  if (head.length === 0) throw new DumpFault('empty', 'the file is empty (0 bytes)');
  return head;
}

async function* following(head: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
}

/** Hands over all that was unpacked before an error; a plain pipe would drop what it still holds. */
async function* unpackedChunks(
  chunks: AsyncIterable<Buffer>,
  unpack: Transform,
  packing: string,
): AsyncGenerator<Buffer> {
  const ready: Buffer[] = [];
  let failed: Error | undefined;
  let empty = true;
  unpack.on('data', (chunk: Buffer) => {
    empty = false;
    ready.push(chunk);
  });
  unpack.on('error', (error) => {
    failed = error;
  });
  try {
    for await (const chunk of chunks) {
      await written(unpack, chunk);
      yield* ready.splice(0);
      if (failed !== undefined) throw packingFault(failed, packing);
    }
    await new Promise((resolve) => unpack.once('close', resolve).end());
    yield* ready.splice(0);
    if (failed !== undefined) throw packingFault(failed, packing);
    if (empty) throw new DumpFault('empty', 'the file is empty inside its packing');
  } finally {
    unpack.destroy();
  }
}

/** Resolves when the chunk is unpacked or the stream has failed; on a failure zlib never calls back. */
function written(unpack: Transform, chunk: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      unpack.off('error', done);
      resolve();
    };
    unpack.once('error', done);
    unpack.write(chunk, done);
  });
}

function packingFault(error: Error, packing: string): DumpFault {
  const cut = systemCode(error) === 'Z_BUF_ERROR' || /unexpected end/i.test(error.message);
  const reason = cut ? 'ends too early: the file was cut' : `is damaged (${error.message})`;
  return new DumpFault('unreadable', `the ${packing} data ${reason}`);
}

function startsWith(bytes: Buffer, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

function checkKind(head: Buffer): void {
  const kind = NOT_TEXT.find((k) => startsWith(head, k.magic));
  if (kind !== undefined) throw new DumpFault('unreadable', kind.reason);
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

function checkText(piece: Buffer, firstLine: number): void {
  const nul = piece.indexOf(0);
  if (nul >= 0) {
    const line = firstLine + countNewlines(piece.subarray(0, nul));
    throw new DumpFault('unreadable', 'holds a zero byte, so this is not a text file', line);
  }
  if (isUtf8(piece)) return;
  let line = firstLine;
  let start = 0;
  for (;;) {
    const end = piece.indexOf(NEWLINE, start);
    const stop = end < 0 ? piece.length : end;
    if (!isUtf8(piece.subarray(start, stop)) || end < 0) {
      throw new DumpFault('unreadable', 'is not valid UTF-8; save the dump as UTF-8', line);
    }
    line++;
    start = end + 1;
  }
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
