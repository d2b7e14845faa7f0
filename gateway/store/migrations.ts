/** Tables made at start. A database that the Java gateway has made already has them, and is left as it is. */
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Tables } from './tables.ts';

async function hasTable(db: Kysely<unknown>, table: string): Promise<boolean> {
  const tables = await db.introspection.getTables();
  return tables.some((t) => t.name.toLowerCase() === table);
}

const backendsAndHistory: Migration = {
  async up(db: Kysely<unknown>) {
    if (!(await hasTable(db, 'gateway_backend'))) {
      await db.schema
        .createTable('gateway_backend')
        .addColumn('name', 'varchar(256)', (c) => c.primaryKey())
        .addColumn('routing_group', 'varchar(256)')
        .addColumn('backend_url', 'varchar(256)')
        .addColumn('external_url', 'varchar(256)')
        .addColumn('active', 'boolean')
        .execute();
    }
    if (await hasTable(db, 'query_history')) return;
    await db.schema
      .createTable('query_history')
      .addColumn('query_id', 'varchar(256)', (c) => c.primaryKey())
      .addColumn('query_text', 'text')
      .addColumn('created', 'bigint')
      .addColumn('backend_url', 'varchar(256)')
      .addColumn('user_name', 'varchar(256)')
      .addColumn('source', 'varchar(256)')
      .addColumn('routing_group', 'varchar(255)')
      .addColumn('external_url', 'varchar(255)')
      .execute();
    await db.schema.createIndex('query_history_created_idx').on('query_history').column('created').execute();
  },
};

/** Brings the database to the newest version; throws what the database answered. */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ '001-backends-and-history': backendsAndHistory }) },
    migrationTableName: 'rehearse_migration',
    migrationLockTableName: 'rehearse_migration_lock',
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
