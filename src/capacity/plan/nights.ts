/** The nights of a dump, in which all clusters are rolled one after another while users sleep. */
import { localTime } from '../workload/local-time.ts';
import { DAY_MS, HOUR_MS, lowerBound, MINUTE_MS, type Workload } from '../workload/workload.ts';
import { judge } from './judge.ts';
import { type CaseFigures, figuresOf } from './size.ts';
import { clustersOf, FEWEST_QUERIES, type GroupWorld, type Stretch, withMargin } from './world.ts';

/** From when until when, by the zone's clocks. */
const FROM_HOUR = 2;
const TO_HOUR = 6;
/** Full hours of every zone lie on a quarter of an hour of UTC. */
const STEP_MS = 15 * MINUTE_MS;

/** The night that was looked at. */
export interface Night {
  /** Its begin, ISO-8601 in UTC. */
  readonly from: string;
  readonly queries: number;
  /** False: too few queries for a p95, so only losses were looked at. */
  readonly p95Judged: boolean;
  /** Queries that the drains of the rolls cut; absent in older records. */
  readonly cut?: number;
  /** When the last cluster was back, milliseconds from its begin; null when that did not come. */
  readonly rollsOverMs: number | null;
}

export interface NightOfRolls {
  readonly night: Night;
  readonly figures: CaseFigures;
  readonly holds: boolean;
  readonly broken: readonly string[];
}

const clock = (hour: number) => `${String(hour).padStart(2, '0')}:00`;

/** What a dump lacks that has no night. */
export function noNight(zone: string): string {
  return `a whole night in the dump (${clock(FROM_HOUR)} to ${clock(TO_HOUR)} ${zone}; whose night is meant, timeZone tells)`;
}

/** Every cluster rolled in turn, from the begin of the busiest night on; null when the dump holds no night. */
export async function rollAllAtNight(world: GroupWorld, planned: number): Promise<NightOfRolls | null> {
  const night = busiestNight(world.workload, world.timeZone);
  if (night === null) return null;
  const atMs = night.fromMs - withMargin(world.workload, night).fromMs;
  const { drainMs, startMs: downMs } = world.cluster;
  const names = clustersOf(world, planned).map((c) => c.name);
  const run = {
    ...{ clusters: planned, ...night },
    disturbances: [{ kind: 'rolls', atMs, clusters: names, drainMs, downMs } as const],
  };
  const p95Judged = expectedQueries(world, night) >= FEWEST_QUERIES;
  const losses = { ...world.promise, p95Ms: Number.POSITIVE_INFINITY, queueMs: undefined };
  const { broken, holds, result } = await judge(world, run, p95Judged ? world.promise : losses);
  const overMs = result.rollsOverMs === null ? null : result.rollsOverMs - atMs;
  const late =
    overMs === null || overMs > night.toMs - night.fromMs ? [`rolls not over by ${clock(TO_HOUR)}`] : [];
  return {
    night: {
      from: new Date(world.workload.startMs + night.fromMs).toISOString(),
      ...{ queries: result.judged.arrived, cut: result.judged.drops.cut, p95Judged, rollsOverMs: overMs },
    },
    figures: figuresOf(result),
    ...{ holds: holds && late.length === 0, broken: [...broken, ...late] },
  };
}

/** Queries of a stretch of the dump, times its scale and growth. */
function expectedQueries({ factor, workload }: GroupWorld, { fromMs, toMs }: Stretch): number {
  const [from, to] = [lowerBound(workload.atMs, fromMs), lowerBound(workload.atMs, toMs)];
  if (typeof factor === 'number') return factor * (to - from);
  return factor.subarray(from, to).reduce((sum, times) => sum + times, 0);
}

/** Of the nights that the dump holds whole the one with most work; null when it holds none. */
export function busiestNight(workload: Workload, zone: string): Stretch | null {
  const { atMs, serviceMs } = workload;
  const before = new Float64Array(atMs.length + 1);
  for (const [i, ms] of serviceMs.entries()) before[i + 1] = (before[i] as number) + ms;
  const workUntil = (ms: number) => before[lowerBound(atMs, ms)] as number;
  let busiest: Stretch | null = null;
  let most = -1;
  for (const night of nightsOf(workload, zone)) {
    const work = workUntil(night.toMs) - workUntil(night.fromMs);
    if (work > most) [busiest, most] = [night, work];
  }
  return busiest;
}

function nightsOf({ lengthMs, startMs }: Workload, zone: string): Stretch[] {
  const local = localTime(zone);
  const nights: Stretch[] = [];
  let fromMs: number | null = null;
  const first = Math.ceil(startMs / STEP_MS) * STEP_MS;
  let before = local(first - STEP_MS) % DAY_MS;
  for (let at = first; at <= startMs + lengthMs; at += STEP_MS) {
    const clockMs = local(at) % DAY_MS;
    // Where clocks are set forward at two, the night begins at three; set back, it has an hour more.
    const begins = clockMs >= FROM_HOUR * HOUR_MS && before < FROM_HOUR * HOUR_MS;
    if (begins) fromMs = at - startMs;
    if (fromMs !== null && clockMs >= TO_HOUR * HOUR_MS) {
      nights.push({ fromMs, toMs: at - startMs });
      fromMs = null;
    }
    before = clockMs;
  }
  return nights;
}
