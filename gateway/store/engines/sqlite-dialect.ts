/** kysely over SQLite by whatever answers a statement. */
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SqliteAnswer } from './sqlite-file.ts';

export interface SqliteSource {
  ask(text: string, parameters: readonly unknown[]): SqliteAnswer | Promise<SqliteAnswer>;
  close(): void | Promise<void>;
}

export function sqliteDialect(source: SqliteSource): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => driver(source),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** One connection; kysely hands it to one task at a time. */
function driver(source: SqliteSource): Driver {
  const connection: DatabaseConnection = {
    async executeQuery<R>({ sql, parameters }: CompiledQuery) {
      const { rows, changes } = await source.ask(sql, parameters);
      return { rows: rows as R[], numAffectedRows: BigInt(changes) };
    },
    // biome-ignore lint/correctness/useYield: nothing here streams.
    async *streamQuery() {
      throw new Error('the store does not stream');
    },
  };
  const run = async (one: DatabaseConnection, text: string) => {
    await one.executeQuery(CompiledQuery.raw(text));
  };
  return {
    init: async () => {},
    acquireConnection: async () => connection,
    beginTransaction: (one) => run(one, 'begin immediate'),
    commitTransaction: (one) => run(one, 'commit'),
    // Some failures, a full disk among them, have rolled back already; what counts is what went wrong before.
    rollbackTransaction: (one) => run(one, 'rollback').catch(() => undefined),
    releaseConnection: async () => {},
    destroy: async () => source.close(),
  };
}
