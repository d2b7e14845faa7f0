/**
 * Query ids: `yyyyMMdd_HHmmss_NNNNN_xxxxx`, UTC, a counter, and five characters that name one coordinator
 * process: drawn at its start, constant until it ends (io.trino.execution.QueryIdGenerator). So the id alone
 * tells which process ran a query, without asking the gateway.
 */

const STRICT = /^(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)_(\d{5,})_([a-z0-9]{5})$/;

/** The letters Trino draws suffixes from: no l, o, 0, 1. */
export const SUFFIX_ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

const SUFFIX_LENGTH = 5;

export interface QueryIdParts {
  /** Milliseconds since the epoch; ids carry whole seconds. */
  readonly atMs: number;
  /** Restarts at UTC midnight and at coordinator start. */
  readonly index: number;
  /** Names the coordinator process. */
  readonly suffix: string;
}

/** The parts of a query id, or undefined when the text is none. */
export function parseQueryId(id: string): QueryIdParts | undefined {
  const m = STRICT.exec(id);
  if (!m) return undefined;
  const [year, month, day, hour, minute, second, index] = m.slice(1, 8).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59)
    return undefined;
  return { atMs: Date.UTC(year, month - 1, day, hour, minute, second), index, suffix: m[8] as string };
}

/** The coordinator suffix of a query id, or undefined when the text is none. */
export function coordinatorSuffix(id: string): string | undefined {
  return STRICT.test(id) ? id.slice(-SUFFIX_LENGTH) : undefined;
}

/** Writes an id; `atMs` is truncated to its second. */
export function formatQueryId(parts: QueryIdParts): string {
  const stamp = new Date(parts.atMs).toISOString().replace(/[-:]/g, '').replace('T', '_').slice(0, 15);
  return `${stamp}_${String(parts.index).padStart(5, '0')}_${parts.suffix}`;
}
