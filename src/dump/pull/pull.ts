/**
 * Dumps out of live servers. Rows are first written down as they come, then read as any dump is: detected, merged over all servers, put in
 * the order of arrival.
 */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorText, failure, RehearseError } from '../../base/errors.ts';
import { jsonLine } from '../../base/lines.ts';
import type { OpenOptions } from '../open.ts';
import { type OrderedDump, orderedDump } from '../order/ordered.ts';
import { TemporaryFolder } from '../order/temporary.ts';
import type { DumpRecord } from '../record.ts';
import { mysqlSource } from './mysql.ts';
import { postgresSource } from './postgres.ts';
import { PULL_SOURCE, type Source, type Target, targetOf } from './source.ts';
import { trinoSource } from './trino.ts';

const DRIVERS: Readonly<Record<string, (target: Target) => Source>> = {
  trino: trinoSource,
  mysql: mysqlSource,
  mariadb: mysqlSource,
  postgres: postgresSource,
  postgresql: postgresSource,
};

/** The source behind a URL. Throws USAGE. */
export function sourceAt(from: string): Source {
  const { scheme, ...target } = targetOf(from);
  const driver = DRIVERS[scheme];
  if (driver !== undefined) return driver(target);
  const known = Object.keys(DRIVERS).join(', ');
  throw failure('USAGE', { detail: `--from ${scheme}://…: no such source; known are ${known}` });
}

type PullOptions = OpenOptions & { readonly signal: AbortSignal };

/** Pulls from all sources, the same SQL from each. Rows that do not say which cluster ran them get their source's host. */
export async function pulledDump(
  sources: readonly Source[],
  sql: string | undefined,
  options: PullOptions,
): Promise<OrderedDump> {
  const folder = new TemporaryFolder();
  try {
    const files = new Map<string, Source>();
    for (const [i, source] of sources.entries()) {
      const file = join(folder.dir, `pulled-${i}.ndjson`);
      options.watch?.begin('asking');
      const rows = await writeRows(file, source, sql, options);
      if (rows > 0) files.set(file, source);
    }
    if (files.size === 0)
      throw failure('DUMP_EMPTY', {
        file: sources.map(({ label }) => label).join(', '),
        reason: 'the answer has no rows',
      });
    const dump = await orderedDump([...files.keys()], {
      ...options,
      nameOf: (file) => files.get(file)?.label ?? file,
    });
    return {
      gathered: dump.gathered,
      records: (step) => labelled(dump.records(step), files),
      close: () => {
        dump.close();
        folder.close();
      },
    };
  } catch (error) {
    folder.close();
    throw error;
  }
}

async function writeRows(
  file: string,
  source: Source,
  sql: string | undefined,
  { signal, watch }: PullOptions,
): Promise<number> {
  let count = 0;
  const lines = async function* () {
    for await (const batch of untilAborted(source.rows(sql, signal), signal)) {
      count += batch.length;
      watch?.rows(batch.length);
      yield batch.map((row) => `${jsonLine(row)}\n`).join('');
    }
  };
  try {
    await pipeline(Readable.from(lines()), createWriteStream(file, { mode: 0o600 }), { signal });
    return count;
  } catch (error) {
    if (error instanceof RehearseError || signal.aborted) throw error;
    throw failure('PULL_FAILED', { from: source.label, reason: errorText(error) }, error);
  }
}

/** The same, ended by the signal also while a server does not answer: its driver is left behind with what it waits for. */
async function* untilAborted<T>(items: AsyncGenerator<T>, signal: AbortSignal): AsyncGenerator<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  aborted.catch(() => undefined);
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await Promise.race([items.next(), aborted]);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    void items.return(undefined).catch(() => undefined);
  }
}

async function* labelled(
  batches: AsyncIterable<readonly DumpRecord[]>,
  files: ReadonlyMap<string, Source>,
): AsyncGenerator<readonly DumpRecord[]> {
  for await (const batch of batches)
    yield batch.flatMap((record) => {
      if (record.source === PULL_SOURCE) return [];
      const source = files.get(record.origin.file);
      if (source === undefined) return record;
      return {
        ...record,
        origin: { file: source.label, line: record.origin.line },
        routedTo: { backend: source.host, ...record.routedTo },
      };
    });
}
