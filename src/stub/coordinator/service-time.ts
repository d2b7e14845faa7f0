/** How long a statement takes, and whether it is one that fails: constant, drawn, or told by a table. */
import { hash } from 'node:crypto';
import { failure } from '../../base/errors.ts';
import { hash32, seededRandom } from '../../base/random.ts';
import { parseYaml, readText, readYaml } from '../../base/yaml.ts';
import { type ServiceTable, type StubConfig, serviceTableSchema } from '../config.ts';
import type { StubError } from '../errors.ts';

export interface Service {
  readonly ms: number;
  readonly failure?: StubError;
}

/** The service of a statement (trimmed SQL): the same text always gets the same. */
export type ServiceTimes = (sql: string) => Service;

/** The key of a statement in a service table: SHA-256 (hex) of the trimmed text in UTF-8. */
export function statementSha(sql: string): string {
  return hash('sha256', sql.trim(), 'hex');
}

/** Makes the source of service times; reads the table file where one is named. */
export function serviceTimes(config: Pick<StubConfig, 'service' | 'seed'>): ServiceTimes {
  const { service, seed } = config;
  switch (service.kind) {
    case 'constant': {
      const fixed = { ms: service.ms };
      return () => fixed;
    }
    case 'lognormal':
      return (sql) => ({ ms: lognormal(seed, sql, service.medianMs, service.sigma) });
    case 'table':
      return fromTable(readServiceTable(service.file));
  }
}

function lognormal(seed: number, sql: string, medianMs: number, sigma: number): number {
  const random = seededRandom(seed ^ hash32(sql), 'service-time');
  // Box-Muller: one normal number from two uniform ones; 1 − u keeps the logarithm finite.
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return medianMs * Math.exp(sigma * normal);
}

function fromTable(table: ServiceTable): ServiceTimes {
  return (sql) => {
    const sha = statementSha(sql);
    const ms = table.byStatement[sha] ?? table.default;
    const failed = table.failures[sha];
    return failed === undefined ? { ms } : { ms, failure: failed };
  };
}

function readServiceTable(file: string): ServiceTable {
  const text = readText(file, 'Service table');
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw failure('FILE_MISSING', { what: 'Service table', file, reason: 'it is not JSON' }, error);
  }
  const parsed = serviceTableSchema.safeParse(data);
  // Only a table with mistakes is read again, by the slower reader that knows their places.
  return parsed.success ? parsed.data : readYaml(parseYaml(text, file), serviceTableSchema);
}
