/** How a query ended, and its id, in words that cannot hold anything of anybody. */
import { formatQueryId, parseQueryId, SUFFIX_ALPHABET } from '../../trino/query-id.ts';
import type { DumpRecord, RecordedResult } from '../record.ts';
import type { Part } from './parts.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { ERROR_NAMES, ERROR_TYPES } from './public-results.ts';

const DAY_MS = 86_400e3;

/**
 * An id keeps its second and its counter, which order the dump; the letters that name the coordinator become others, one for one, so that
 * the query is not found in that cluster's log. Any other id (a table's number, a text) becomes a label.
 */
export function idFor(
  { queryId, arrivedAtMs }: DumpRecord,
  hidden: Pseudonyms,
  tell: (part: Part) => void,
): string | undefined {
  if (queryId === undefined) return undefined;
  const parts = parseQueryId(queryId);
  const isTrinos =
    parts !== undefined &&
    formatQueryId(parts) === queryId &&
    parts.index < 1e6 &&
    Math.abs(parts.atMs - arrivedAtMs) < 2 * DAY_MS &&
    [...parts.suffix].every((c) => SUFFIX_ALPHABET.includes(c));
  if (isTrinos)
    return formatQueryId({
      ...parts,
      suffix: hidden.characters(parts.suffix, SUFFIX_ALPHABET, 'coordinator'),
    });
  tell('query id');
  return hidden.label('query', queryId);
}

/** Errors that Trino has keep their names; others get one, equal for equal ones. */
export function resultFor(
  { state, errorName, errorType, elapsedMs, queuedMs, rows }: RecordedResult,
  hidden: Pseudonyms,
  tell: (part: Part) => void,
): RecordedResult {
  const keeps = (part: Part, holds: boolean): boolean => {
    if (!holds) tell(part);
    return holds;
  };
  return {
    state,
    ...(errorName === undefined
      ? {}
      : {
          errorName: keeps('error name', ERROR_NAMES.has(errorName))
            ? errorName
            : hidden.label('ERROR', errorName).toUpperCase(),
        }),
    ...(errorType !== undefined && keeps('error type', ERROR_TYPES.has(errorType)) ? { errorType } : {}),
    ...(elapsedMs === undefined ? {} : { elapsedMs: toMicros(elapsedMs) }),
    ...(queuedMs === undefined ? {} : { queuedMs: toMicros(queuedMs) }),
    ...(rows !== undefined && keeps('row count', Number.isSafeInteger(rows) && rows >= 0) ? { rows } : {}),
  };
}

/** Finer than that no clock tells it. */
function toMicros(ms: number): number {
  return Math.round(ms * 1e3) / 1e3;
}
