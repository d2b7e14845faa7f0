/** Where a gateway keeps what is to outlive it, as people are told before it starts. */
import { readJdbcUrl } from './jdbc.ts';
import type { DataStoreConfig, GatewayConfig } from './schema.ts';

/** What stands for a file that names none. */
export const IN_MEMORY = ':memory:';

export interface Kept {
  readonly kind: 'memory' | 'sqlite' | 'mysql' | 'postgresql';
  /** The file, or host:port/database. */
  readonly where: string;
  readonly isLostAtRestart: boolean;
}

export function keptIn({ jdbcUrl, path = IN_MEMORY }: DataStoreConfig): Kept {
  if (jdbcUrl === undefined) {
    const isLostAtRestart = path === IN_MEMORY;
    return { kind: isLostAtRestart ? 'memory' : 'sqlite', where: path, isLostAtRestart };
  }
  const target = readJdbcUrl(jdbcUrl);
  // A configuration that has been read has a URL that can be.
  if ('problem' in target) throw new Error(target.problem);
  const { database, host, kind, port } = target;
  return { kind, where: `${host}:${port}/${database}`, isLostAtRestart: false };
}

/** One line on the store, and one on captured statements where there are such. */
export function keptTexts({ capture, dataStore }: GatewayConfig): string[] {
  const { kind, where, isLostAtRestart } = keptIn(dataStore);
  const { queryHistoryEnabled: isOn, queryHistoryHoursRetention: hours } = dataStore;
  const what = `backends, changes through the API, where queries run, ${isOn ? `query history of ${hours} h` : 'no query history'}`;
  const store = isLostAtRestart
    ? `kept in memory only, lost at a restart: ${what}; dataStore.path keeps it in a file, dataStore.jdbcUrl in a database`
    : `kept in ${kind === 'sqlite' ? `the SQLite file ${where}` : `${kind} at ${where}`}: ${what}`;
  return [store, ...(capture?.folder === undefined ? [] : [`captured statements: in ${capture.folder}`])];
}
