/** Moments by the clocks of the study's zone. */
import { stamp } from '../../report/format.ts';
import { localTime } from '../workload/local-time.ts';

/** `2026-03-14 10:26:53 Europe/Berlin`; without a zone in UTC. */
export function zonedStamp(iso: string, timeZone = 'UTC'): string {
  if (timeZone === 'UTC') return stamp(iso);
  const local = new Date(localTime(timeZone)(Date.parse(iso))).toISOString();
  return `${stamp(local).replace(/ UTC$/, '')} ${timeZone}`;
}
