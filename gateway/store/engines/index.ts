/** Which engine a configuration asks for. A driver is loaded when its database is used: it costs memory and a start. */
import type { DataStoreConfig } from '../../config/schema.ts';
import type { Engine } from './engine.ts';
import { type ServerSettings, serverSettings } from './server.ts';
import { sqliteEngine } from './sqlite.ts';

type Note = (fields: object, message: string) => void;

const SERVERS: Readonly<
  Record<ServerSettings['kind'], (settings: ServerSettings, note: Note) => Promise<Engine>>
> = {
  mysql: async (settings) => (await import('./mysql.ts')).mysqlEngine(settings),
  postgresql: async (settings, note) => (await import('./postgres.ts')).postgresEngine(settings, note),
};

/** Connects to nothing yet. `note` is told what an operator should know. */
export async function engineFor(config: DataStoreConfig, note: Note): Promise<Engine> {
  if (config.jdbcUrl === undefined) return sqliteEngine(config.path ?? ':memory:', config.timeout);
  const settings = serverSettings(config.jdbcUrl, config);
  if (settings.withoutEffect.length > 0) {
    const parameters = settings.withoutEffect.join(', ');
    note({ parameters }, 'parameters of dataStore.jdbcUrl that have no effect here');
  }
  return SERVERS[settings.kind](settings, note);
}
