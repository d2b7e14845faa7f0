/** Which engine a configuration asks for. */
import type { DataStoreConfig } from '../../config/schema.ts';
import type { Engine } from './engine.ts';
import { mysqlEngine } from './mysql.ts';
import { postgresEngine } from './postgres.ts';
import { serverSettings } from './server.ts';
import { sqliteEngine } from './sqlite.ts';

const SERVERS = { mysql: mysqlEngine, postgresql: postgresEngine } as const;

/** Connects to nothing yet. `note` is told what an operator should know. */
export function engineFor(config: DataStoreConfig, note: (fields: object, message: string) => void): Engine {
  if (config.jdbcUrl === undefined) return sqliteEngine(config.path ?? ':memory:');
  const settings = serverSettings(config.jdbcUrl, config);
  if (settings.withoutEffect.length > 0) {
    const parameters = settings.withoutEffect.join(', ');
    note({ parameters }, 'parameters of dataStore.jdbcUrl that have no effect here');
  }
  return SERVERS[settings.kind](settings, note);
}
