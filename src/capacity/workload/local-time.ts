/** What the clocks of a zone show. */
import { zoneOffsetMs } from '../../base/time-zone.ts';
import { MINUTE_MS } from './workload.ts';

/** Clocks are set forward and back on whole quarters of an hour everywhere. */
const STEADY_MS = 15 * MINUTE_MS;

/**
 * Milliseconds since the epoch → the same with the zone's offset on top, so that whole days of them are days of its clocks. Instants in
 * order are cheap. An unknown zone is UTC.
 */
export function localTime(zone: string): (epochMs: number) => number {
  let known = { quarter: Number.NaN, offsetMs: 0 };
  return (epochMs) => {
    const quarter = Math.floor(epochMs / STEADY_MS);
    if (quarter !== known.quarter)
      known = { quarter, offsetMs: zoneOffsetMs(zone, quarter * STEADY_MS) ?? 0 };
    return epochMs + known.offsetMs;
  };
}

/** The day by a zone's clocks, as in `2026-08-18`. */
export function localDay(epochMs: number, zone = 'UTC'): string {
  return new Date(localTime(zone)(epochMs)).toISOString().slice(0, 10);
}
