/** Our own tables and their versions. A step is never changed once it was released: a later one follows it. */
import { type Kysely, sql } from 'kysely';
import type { Engine } from '../engines/engine.ts';
import type { Tables } from '../tables.ts';

type Step = (db: Kysely<Tables>, engine: Engine) => Promise<void>;

const STEPS: readonly Step[] = [
  async (db, engine) => {
    await db.schema
      .createTable('rehearse_change')
      .addColumn('id', 'varchar(64)', (c) => c.primaryKey())
      .addColumn('changed_at', 'bigint', (c) => c.notNull())
      .addColumn('actor', 'varchar(256)', (c) => c.notNull())
      .addColumn('origin', 'varchar(64)', (c) => c.notNull())
      .addColumn('action', 'varchar(32)', (c) => c.notNull())
      .addColumn('kind', 'varchar(32)', (c) => c.notNull())
      .addColumn('name', 'varchar(256)', (c) => c.notNull())
      .addColumn('before_text', sql.raw(engine.longText))
      .addColumn('after_text', sql.raw(engine.longText))
      .modifyEnd(sql.raw(engine.tableOptions))
      .execute();
    for (const [table, key, type] of [
      ['rehearse_coordinator', 'suffix', 'varchar(16)'],
      ['rehearse_transaction', 'transaction_id', 'varchar(64)'],
    ] as const) {
      await db.schema
        .createTable(table)
        .addColumn(key, type, (c) => c.primaryKey())
        .addColumn('backend_url', 'varchar(256)', (c) => c.notNull())
        .addColumn('seen_at', 'bigint', (c) => c.notNull())
        .execute();
    }
    await db.schema
      .createTable('rehearse_open_query')
      .addColumn('query_id', 'varchar(256)', (c) => c.primaryKey())
      .addColumn('seen_at', 'bigint', (c) => c.notNull())
      .execute();
  },
  async (db) => {
    await db.schema
      .createTable('rehearse_rerun')
      .addColumn('query_id', 'varchar(256)', (c) => c.primaryKey())
      .addColumn('rerun_id', 'varchar(256)', (c) => c.notNull())
      .addColumn('backend_url', 'varchar(256)', (c) => c.notNull())
      .addColumn('lost_backend_url', 'varchar(256)', (c) => c.notNull())
      .addColumn('cause', 'varchar(32)', (c) => c.notNull())
      .addColumn('rerun_at', 'bigint', (c) => c.notNull())
      .execute();
  },
];

/** Brings our tables to the newest version; a database that a newer gateway has worked on is left as it is. */
export async function ensureOwnTables(db: Kysely<Tables>, engine: Engine): Promise<void> {
  if ((await versionOf(db, engine)) >= STEPS.length) return;
  await engine.exclusively(db, async (one) => {
    if ((await engine.columns(one, 'rehearse_schema')) === undefined) {
      await one.schema
        .createTable('rehearse_schema')
        .addColumn('version', 'integer', (c) => c.primaryKey())
        .addColumn('applied_at', 'bigint', (c) => c.notNull())
        .execute();
    }
    // Another node may have been faster.
    for (let version = await versionOf(one, engine); version < STEPS.length; version++) {
      await STEPS[version]?.(one, engine);
      await one
        .insertInto('rehearse_schema')
        .values({ version: version + 1, applied_at: Date.now() })
        .execute();
    }
  });
}

async function versionOf(db: Kysely<Tables>, engine: Engine): Promise<number> {
  if ((await engine.columns(db, 'rehearse_schema')) === undefined) return 0;
  const { newest } = await db
    .selectFrom('rehearse_schema')
    .select((e) => e.fn.max('version').as('newest'))
    .executeTakeFirstOrThrow();
  return Number(newest ?? 0);
}
