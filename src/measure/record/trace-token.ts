/**
 * What a replayed query carries so that the clusters' own record of it can be found again: `X-Trino-Trace-Token`, the same in
 * every repetition of its POST. It is added to what the dump says and judged nowhere.
 */
import type { Sample } from './sample.ts';

type Place = Pick<Sample, 'arm' | 'seq'>;

export function traceToken(runId: string, { arm, seq }: Place): string {
  return `${runId}-${arm.charAt(0)}${seq}`;
}

/** Key of a sample: what its token says after the run's id; undefined for a token that is of none of these runs. */
export function tokenPlace(runIds: ReadonlySet<string>, token: string): string | undefined {
  const end = token.lastIndexOf('-');
  const place = token.slice(end + 1);
  return end >= 0 && runIds.has(token.slice(0, end)) && /^[a-z]\d+$/.test(place) ? place : undefined;
}

export const placeOf = ({ arm, seq }: Place): string => `${arm.charAt(0)}${seq}`;
