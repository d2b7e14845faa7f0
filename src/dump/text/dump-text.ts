/** The bytes of a dump file as text in pieces: unpacked when packed, decoded, checked. */
import { type Stats, statSync } from 'node:fs';
import { errorText, systemCode } from '../../base/errors.ts';
import { DumpFault } from '../fault.ts';
import type { Watch } from '../watch.ts';
import { openBytes } from './bytes.ts';
import { decoded, detectEncoding, type Encoding } from './encoding.ts';
import { notText } from './not-text.ts';
import { PACKINGS, unpacked } from './packing.ts';

/** So much is looked at to tell packing and encoding. */
const HEAD_BYTES = 512;

export interface TextOptions {
  /** Without it the content decides. */
  readonly encoding?: Encoding | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly watch?: Watch | undefined;
}

/** What was found out about the bytes; filled in before the first piece of text comes. */
export interface TextFound {
  encoding: Encoding;
  packing: string | undefined;
}

/** Text of a file in pieces, without a byte order mark. Throws `DumpFault`. */
export async function* dumpText(
  file: string,
  options: TextOptions = {},
  found?: TextFound,
): AsyncGenerator<string> {
  const source = openBytes(file, checkedStat(file), options);
  try {
    const raw = await headed(source.chunks);
    const packing = PACKINGS.find((p) => startsWith(raw.head, p.magic));
    const bytes = packing === undefined ? raw : await headed(unpacked(packing, raw.all));
    const wrong = notText(bytes.head);
    if (wrong !== undefined) throw new DumpFault('unreadable', wrong);
    if (packing !== undefined && PACKINGS.some((p) => startsWith(bytes.head, p.magic)))
      throw new DumpFault(
        'unreadable',
        'is packed twice: what is in its packing is packed again; unpack it once',
      );
    const detected = detectEncoding(bytes.head);
    const encoding = options.encoding ?? detected.encoding;
    if (found !== undefined) Object.assign(found, { encoding, packing: packing?.name });
    const markBytes = encoding === detected.encoding ? detected.markBytes : 0;
    yield* decoded(without(markBytes, bytes.all), encoding, options.signal);
  } finally {
    source.close();
  }
}

function checkedStat(file: string): Stats {
  const stat = statOf(file);
  if (stat === undefined) throw new DumpFault('missing', 'no such file');
  if (stat.isDirectory()) {
    throw new DumpFault('unreadable', `is a folder; name its files, such as ${file}/*.csv`);
  }
  if (stat.isFile() && stat.size === 0) throw new DumpFault('empty', 'the file is empty (0 bytes)');
  return stat;
}

function statOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    const code = systemCode(error);
    const reason = code === 'ELOOP' ? 'its symbolic links lead in a circle' : (code ?? errorText(error));
    throw new DumpFault('unreadable', `cannot be read (${reason})`);
  }
}

interface Headed {
  /** The beginning, `HEAD_BYTES` of it where there are so many. */
  readonly head: Buffer;
  /** Everything, the beginning included. */
  readonly all: AsyncGenerator<Buffer>;
}

async function headed(chunks: AsyncGenerator<Buffer>): Promise<Headed> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < HEAD_BYTES) {
    const next = await chunks.next().catch((error: unknown) => {
      // What came before a fault may tell more than the fault: it is thrown again by whoever reads on.
      if (head.length === 0) throw error;
      return { done: true as const, value: undefined, error };
    });
    if (next.done === true) {
      if ('error' in next) return { head, all: failing(head, next.error) };
      break;
    }
    head = Buffer.concat([head, next.value]);
  }
  if (head.length === 0) throw new DumpFault('empty', 'the file is empty (0 bytes)');
  return { head, all: following(head, chunks) };
}

async function* following(head: Buffer, chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* chunks;
}

async function* failing(head: Buffer, error: unknown): AsyncGenerator<Buffer> {
  yield head;
  throw error;
}

async function* without(count: number, chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let left = count;
  for await (const chunk of chunks) {
    const piece = chunk.subarray(Math.min(left, chunk.length));
    left -= chunk.length - piece.length;
    if (piece.length > 0) yield piece;
  }
}

function startsWith(bytes: Buffer, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}
