/** Records as a file of canonical lines, packed as its name says: whole or not at all. */
import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import { errorText, failure, systemCode } from '../../base/errors.ts';
import { canonicalLine } from '../formats/canonical.ts';
import type { DumpRecord } from '../record.ts';

export interface Written {
  readonly file: string;
  readonly queries: number;
}

const NAMES = /\.ndjson(?:\.gz|\.zst)?$/;

/** Throws what is wrong with a name to write to, before any work is done. */
export function checkTarget(file: string, overwrite: boolean): void {
  if (!NAMES.test(file))
    throw failure('USAGE', {
      detail: `--out ${file}: the name has to end in .ndjson, .ndjson.gz or .ndjson.zst`,
    });
  if (!overwrite && existsSync(file))
    throw failure('USAGE', { detail: `--out ${file} is there already; --force writes over it` });
}

/**
 * Writes records as they come. The file appears under its name when it is whole; on an error or an abort nothing is left. Throws
 * DUMP_UNWRITABLE.
 */
export async function writeRecords(
  file: string,
  batches: AsyncIterable<readonly DumpRecord[]>,
  signal?: AbortSignal,
): Promise<Written> {
  const part = `${file}.${process.pid}.part`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    const queries = await writeTo(part, file, batches, signal);
    renameSync(part, file);
    return { file, queries };
  } catch (error) {
    rmSync(part, { force: true });
    if (systemCode(error) === undefined || signal?.aborted) throw error;
    throw failure('DUMP_UNWRITABLE', { file, reason: errorText(error) }, error);
  }
}

async function writeTo(
  part: string,
  file: string,
  batches: AsyncIterable<readonly DumpRecord[]>,
  signal: AbortSignal | undefined,
): Promise<number> {
  const target = createWriteStream(part, { flags: 'wx', mode: 0o600 });
  const packer = packerFor(file);
  packer?.pipe(target);
  const first: Writable = packer ?? target;
  let failed: Error | undefined;
  target.on('error', (error) => {
    failed = error;
    first.destroy(error);
  });
  first.on('error', (error) => {
    failed ??= error;
  });
  let queries = 0;
  for await (const batch of batches) {
    signal?.throwIfAborted();
    if (failed !== undefined) throw failed;
    const text = batch.map((record) => `${canonicalLine(record)}\n`).join('');
    queries += batch.length;
    if (!first.write(text)) await untilDrained(first);
  }
  first.end();
  await finished(target);
  return queries;
}

/** Resolves when the stream takes more, or is closed and never will; nothing of the waiting stays on it. */
function untilDrained(stream: Writable): Promise<void> {
  if (stream.closed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}

function packerFor(file: string) {
  if (file.endsWith('.gz')) return createGzip();
  if (!file.endsWith('.zst')) return undefined;
  return createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 6 } });
}
