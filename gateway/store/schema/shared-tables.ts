/**
 * The two tables that the Java gateway has too. Where it was first, its schema is left alone; where we are first, they
 * are made as release 21 makes them, with a note for its migration library that nothing is left to do.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Columns, Engine } from '../engines/engine.ts';
import type { Tables } from '../tables.ts';

/** What the tables of this database have; the Java gateway's older releases made fewer columns. */
export interface SharedTables {
  readonly backends: Columns;
  readonly history: Columns;
}

const FLYWAY = 'flyway_schema_history';
/** Tells our note from the rows of Flyway itself, which has the database user there. */
const INSTALLED_BY = 'rehearse';
/** The newest of the Java gateway's migrations that our tables already contain (V1 to V4 in release 21). */
const CONTAINED_VERSION = '4';
/** A Java gateway that is starting has noted its migrations before it has made its tables. */
const MIGRATION_PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 100;

async function sharedTables(db: Kysely<Tables>, engine: Engine): Promise<Partial<SharedTables>> {
  const backends = await engine.columns(db, 'gateway_backend');
  const history = await engine.columns(db, 'query_history');
  return { ...(backends && { backends }), ...(history && { history }) };
}

/** Makes what is missing. `mayCreate` is `dataStore.runMigrationsEnabled`. */
export async function ensureSharedTables(
  db: Kysely<Tables>,
  engine: Engine,
  mayCreate: boolean,
): Promise<SharedTables> {
  const found = await sharedTables(db, engine);
  if (isWhole(found)) return found;
  if (!mayCreate) throw missing(found, 'dataStore.runMigrationsEnabled is false');
  const theirs = await madeByFlyway(db, engine);
  if (theirs) return untilMade(db, engine);
  await engine.exclusively(db, async (one) => {
    // Another node may have been faster.
    const now = await sharedTables(one, engine);
    if (engine.isShareable && now.backends === undefined && now.history === undefined)
      await noteForFlyway(one, engine);
    if (now.backends === undefined) await createBackends(one, engine);
    if (now.history === undefined) await createHistory(one, engine);
  });
  const made = await sharedTables(db, engine);
  if (isWhole(made)) return made;
  throw missing(made, 'it was not made');
}

function isWhole(tables: Partial<SharedTables>): tables is SharedTables {
  return tables.backends !== undefined && tables.history !== undefined;
}

function missing(found: Partial<SharedTables>, why: string): Error {
  const names = [
    ...(found.backends === undefined ? ['gateway_backend'] : []),
    ...(found.history === undefined ? ['query_history'] : []),
  ];
  return new Error(`the table ${names.join(' and the table ')} is missing: ${why}`);
}

async function madeByFlyway(db: Kysely<Tables>, engine: Engine): Promise<boolean> {
  if (!engine.isShareable || (await engine.columns(db, FLYWAY)) === undefined) return false;
  const first = await db
    .selectFrom(FLYWAY)
    .select('installed_by')
    .orderBy('installed_rank')
    .limit(1)
    .executeTakeFirst();
  return first?.installed_by !== INSTALLED_BY;
}

async function untilMade(db: Kysely<Tables>, engine: Engine): Promise<SharedTables> {
  for (const deadlineMs = performance.now() + MIGRATION_PATIENCE_MS; ; ) {
    const found = await sharedTables(db, engine);
    if (isWhole(found)) return found;
    if (performance.now() > deadlineMs)
      throw missing(found, `${FLYWAY} says that a Java gateway has begun to make it`);
    await sleep(LOOK_EVERY_MS);
  }
}

async function createBackends(db: Kysely<Tables>, engine: Engine): Promise<void> {
  await db.schema
    .createTable('gateway_backend')
    .addColumn('name', 'varchar(256)', (c) => c.primaryKey())
    .addColumn('routing_group', 'varchar(256)')
    .addColumn('backend_url', 'varchar(256)')
    .addColumn('external_url', 'varchar(256)')
    .addColumn('active', 'boolean')
    .modifyEnd(sql.raw(engine.tableOptions))
    .execute();
}

async function createHistory(db: Kysely<Tables>, engine: Engine): Promise<void> {
  await db.schema
    .createTable('query_history')
    .addColumn('query_id', 'varchar(256)', (c) => c.primaryKey())
    .addColumn('query_text', sql.raw(engine.longText))
    .addColumn('created', 'bigint')
    .addColumn('backend_url', 'varchar(256)')
    .addColumn('user_name', 'varchar(256)')
    .addColumn('source', 'varchar(256)')
    .addColumn('routing_group', 'varchar(255)')
    .addColumn('external_url', 'varchar(255)')
    .modifyEnd(sql.raw(engine.tableOptions))
    .execute();
  await db.schema.createIndex('query_history_created_idx').on('query_history').column('created').execute();
  // Ours alone: most people ask for their own queries. A table that the Java gateway has made goes without.
  await db.schema
    .createIndex('rehearse_query_history_user_idx')
    .on('query_history')
    .columns(['user_name', 'created'])
    .execute();
}

/**
 * Flyway's own table with a baseline at the version that our tables contain: the Java gateway then starts without
 * running V1 to V4, which would fail on columns that are there, and runs what comes after.
 */
async function noteForFlyway(db: Kysely<Tables>, engine: Engine): Promise<void> {
  if ((await engine.columns(db, FLYWAY)) !== undefined) return;
  await db.schema
    .createTable(FLYWAY)
    .addColumn('installed_rank', 'integer', (c) => c.notNull())
    .addColumn('version', 'varchar(50)')
    .addColumn('description', 'varchar(200)', (c) => c.notNull())
    .addColumn('type', 'varchar(20)', (c) => c.notNull())
    .addColumn('script', 'varchar(1000)', (c) => c.notNull())
    .addColumn('checksum', 'integer')
    .addColumn('installed_by', 'varchar(100)', (c) => c.notNull())
    .addColumn('installed_on', 'timestamp', (c) => c.notNull().defaultTo(sql`current_timestamp`))
    .addColumn('execution_time', 'integer', (c) => c.notNull())
    .addColumn('success', 'boolean', (c) => c.notNull())
    .addPrimaryKeyConstraint('flyway_schema_history_pk', ['installed_rank'])
    .execute();
  await db.schema.createIndex('flyway_schema_history_s_idx').on(FLYWAY).column('success').execute();
  await db
    .insertInto(FLYWAY)
    .values({
      installed_rank: 1,
      version: CONTAINED_VERSION,
      description: '<< Flyway Baseline >>',
      type: 'BASELINE',
      script: '<< Flyway Baseline >>',
      checksum: null,
      installed_by: INSTALLED_BY,
      execution_time: 0,
      success: true,
    })
    .execute();
}
