/** When each query should start: pure functions from recorded times to intended times. */

/**
 * Open loop at the recorded times: `intended = (arrived − first) / speed`, absolute, never chained gaps, so no
 * error adds up. Takes and gives milliseconds; the answer counts from the origin of the replay.
 */
export function recordedPacing(arrivedAtMs: readonly number[], speed: number): number[] {
  const first = arrivedAtMs[0] ?? 0;
  return arrivedAtMs.map((at) => (at - first) / speed);
}
