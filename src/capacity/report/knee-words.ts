/** How sure a knee is, in words. */
import { formatMs } from '../../base/units.ts';
import type { KneeError } from '../study/record.ts';

export function inTheLongRun({
  estimate,
  low,
  high,
  biasShare,
  sdShare,
  searches,
  trialMs,
}: KneeError): string {
  const rate = (x: number) => String(Number(x.toPrecision(3)));
  const percent = (x: number) => `${(100 * Math.abs(x)).toFixed(1)} %`;
  const side = biasShare >= 0 ? 'high' : 'low';
  return `in the long run ${rate(estimate)} queries/s (95 %: ${rate(low)} to ${rate(high)}): ${searches} simulated searches with trials of ${formatMs(trialMs)} found it ${percent(biasShare)} too ${side}, with a standard deviation of ${percent(sdShare)}`;
}
