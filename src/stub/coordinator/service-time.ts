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

/**
 * The service of a statement (trimmed SQL). The same text always takes the same time; one that fails now and then fails for the
 * same `execution`s on every coordinator of one seed. Without one each call is the text's next.
 */
export type ServiceTimes = (sql: string, execution?: string) => Service;

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
      return fromTable(readServiceTable(service.file), seed);
  }
}

function lognormal(seed: number, sql: string, medianMs: number, sigma: number): number {
  const random = seededRandom(seed ^ hash32(sql), 'service-time');
  // Box-Muller: one normal number from two uniform ones; 1 − u keeps the logarithm finite.
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return medianMs * Math.exp(sigma * normal);
}

function fromTable(table: ServiceTable, seed: number): ServiceTimes {
  const calls = new Map<string, number>();
  const nextOf = (sha: string): string => {
    const call = (calls.get(sha) ?? 0) + 1;
    calls.set(sha, call);
    return `call ${call}`;
  };
  return (sql, execution) => {
    const sha = statementSha(sql);
    const ms = table.byStatement[sha] ?? table.default;
    const failures = table.failures[sha];
    if (failures === undefined) return { ms };
    const drawn = failureAt(failures, drawOf(seed, `${sha} ${execution ?? nextOf(sha)}`));
    return drawn === undefined ? { ms } : { ms, failure: drawn };
  };
}

function drawOf(seed: number, execution: string): number {
  return seededRandom(seed ^ hash32(execution), 'planned-failure').next();
}

/** The failure into whose share a number in [0, 1) falls; the shares stand one after the other. */
function failureAt(failures: ServiceTable['failures'][string], at: number): StubError | undefined {
  let end = 0;
  for (const { share, ...error } of failures) {
    end += share;
    if (at < end) return error;
  }
  return undefined;
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
