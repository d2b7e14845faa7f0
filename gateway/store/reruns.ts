/** Queries that were run again, for the other nodes and for those who ask what happened. */
import type { Kysely } from 'kysely';
import type { RerunRow, Tables } from './tables.ts';

export interface RecordedRerun {
  /** The id that the client goes on with. */
  readonly queryId: string;
  readonly rerunId: string;
  readonly proxyTo: string;
  readonly lostProxyTo: string;
  readonly cause: string;
  readonly atMs: number;
}

export async function writeRerun(db: Kysely<Tables>, rerun: RecordedRerun): Promise<void> {
  await db
    .insertInto('rehearse_rerun')
    .values({
      query_id: rerun.queryId,
      rerun_id: rerun.rerunId,
      backend_url: rerun.proxyTo,
      lost_backend_url: rerun.lostProxyTo,
      cause: rerun.cause,
      rerun_at: rerun.atMs,
    })
    .execute();
}

export async function readRerun(db: Kysely<Tables>, queryId: string): Promise<RecordedRerun | undefined> {
  const row = await db
    .selectFrom('rehearse_rerun')
    .selectAll()
    .where('query_id', '=', queryId)
    .executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** Newest first. */
export async function readReruns(db: Kysely<Tables>, most: number): Promise<RecordedRerun[]> {
  const rows = await db
    .selectFrom('rehearse_rerun')
    .selectAll()
    .orderBy('rerun_at', 'desc')
    .limit(most)
    .execute();
  return rows.map(fromRow);
}

function fromRow(row: RerunRow): RecordedRerun {
  return {
    queryId: row.query_id,
    rerunId: row.rerun_id,
    proxyTo: row.backend_url,
    lostProxyTo: row.lost_backend_url,
    cause: row.cause,
    atMs: Number(row.rerun_at),
  };
}
