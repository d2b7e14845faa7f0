/** What ties a request to a backend when this node does not know: rows that any node may have written. */
import type { Kysely } from 'kysely';
import { coordinatorSuffix } from '../../src/trino/query-id.ts';
import type { Engine } from './engines/engine.ts';
import type { Tables } from './tables.ts';

/** By the history, or else by the coordinator that issued the id. */
export async function backendOfQuery(
  db: Kysely<Tables>,
  queryId: string,
  ownTables: boolean,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('query_history')
    .select('backend_url')
    .where('query_id', '=', queryId)
    .executeTakeFirst();
  const suffix = coordinatorSuffix(queryId);
  if (row !== undefined || suffix === undefined || !ownTables) return row?.backend_url;
  const coordinator = await db
    .selectFrom('rehearse_coordinator')
    .select('backend_url')
    .where('suffix', '=', suffix)
    .executeTakeFirst();
  return coordinator?.backend_url;
}

export async function backendOfTransaction(
  db: Kysely<Tables>,
  transactionId: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('rehearse_transaction')
    .select('backend_url')
    .where('transaction_id', '=', transactionId)
    .executeTakeFirst();
  return row?.backend_url;
}

export async function writeCoordinator(
  db: Kysely<Tables>,
  engine: Engine,
  suffix: string,
  backend_url: string,
  seen_at: number,
): Promise<void> {
  const insert = db.insertInto('rehearse_coordinator').values({ suffix, backend_url, seen_at });
  await (engine.onConflict === 'duplicate-key-clause'
    ? insert.onDuplicateKeyUpdate({ backend_url, seen_at })
    : insert.onConflict((c) => c.column('suffix').doUpdateSet({ backend_url, seen_at }))
  ).execute();
}

export async function writeTransaction(
  db: Kysely<Tables>,
  engine: Engine,
  transaction_id: string,
  backend_url: string,
  seen_at: number,
): Promise<void> {
  const insert = db.insertInto('rehearse_transaction').values({ transaction_id, backend_url, seen_at });
  await (engine.onConflict === 'duplicate-key-clause'
    ? insert.onDuplicateKeyUpdate({ backend_url, seen_at })
    : insert.onConflict((c) => c.column('transaction_id').doUpdateSet({ backend_url, seen_at }))
  ).execute();
}
