/** Tables that are known to hold queries, and rows in batches. */
import { failure } from '../../base/errors.ts';
import type { PulledRow } from './source.ts';

const KNOWN = ['trino_queries', 'query_history', 'completed_queries', 'query_execution'] as const;
const BATCH = 500;

/** The one known table among those that are there; none or two are a question. Throws USAGE. */
export function knownTable(label: string, tables: readonly string[]): string {
  const found = KNOWN.filter((name) => tables.includes(name));
  if (found.length === 1 && found[0] !== undefined) return found[0];
  const what = found.length === 0 ? `holds none of ${KNOWN.join(', ')}` : `holds ${found.join(' and ')}`;
  throw failure('USAGE', { detail: `which table? ${label} ${what}; say --sql "SELECT * FROM …"` });
}

export async function* batched(rows: AsyncIterable<PulledRow>): AsyncGenerator<readonly PulledRow[]> {
  let batch: PulledRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
