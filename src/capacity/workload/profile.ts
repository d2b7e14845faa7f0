/** The shape of a load over time: arrivals and work by minute, the peak, the hours of the week, the mix, the growth. */
import { localTime } from './local-time.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, type Workload } from './workload.ts';

export interface Peak {
  /** Start and end, milliseconds since the dump's start. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly queries: number;
  readonly perSecond: number;
  /** Slots that the queries of the window keep busy on average: their run time over the window's length. */
  readonly busySlots: number;
}

export interface GroupProfile {
  readonly group: string;
  readonly queries: number;
  readonly meanServiceMs: number;
  /** Squared coefficient of variation of the run times. */
  readonly serviceScv: number;
  /** Variance of the arrivals by minute over their mean, around the hour's own mean: 1 for independent arrivals. */
  readonly burstiness: number;
  /** Arrivals by minute from the dump's start. */
  readonly perMinute: Float64Array;
  /** Run time that arrived, milliseconds, by minute. */
  readonly workPerMinute: Float64Array;
  readonly peak: Peak;
  readonly mix: readonly { readonly source: string; readonly queries: number; readonly work: number }[];
}

/**
 * The profile of each group; `windowOf` tells how long its peak is looked for, milliseconds. Of a sample of the users each minute is the mean
 * of `spreadMs` before and after: the highest of a few queries' windows would be chance, not the load.
 */
export function profileOf(
  workload: Workload,
  windowOf: (group: string) => number,
  spreadMs = 0,
): readonly GroupProfile[] {
  return workload.groups.map((name, g) => groupProfile(workload, name, g, windowOf(name), spreadMs));
}

function groupProfile(
  workload: Workload,
  group: string,
  g: number,
  windowMs: number,
  spreadMs: number,
): GroupProfile {
  const minutes = Math.round(workload.lengthMs / MINUTE_MS);
  const counts = new Float64Array(minutes);
  const work = new Float64Array(minutes);
  const mix = workload.sources.map((source) => ({ source, queries: 0, work: 0 }));
  let sum = 0;
  let squares = 0;
  let queries = 0;
  for (let i = 0; i < workload.atMs.length; i++) {
    if (workload.group[i] !== g) continue;
    const minute = Math.floor((workload.atMs[i] ?? 0) / MINUTE_MS);
    const ms = workload.serviceMs[i] ?? 0;
    counts[minute] = (counts[minute] ?? 0) + 1;
    work[minute] = (work[minute] ?? 0) + ms;
    const entry = mix[workload.source[i] ?? 0];
    if (entry !== undefined) {
      entry.queries++;
      entry.work += ms;
    }
    queries++;
    sum += ms;
    squares += ms * ms;
  }
  const mean = sum / queries;
  const perMinute = smoothed(counts, spreadMs);
  const workPerMinute = smoothed(work, spreadMs);
  return {
    ...{ group, queries, perMinute, workPerMinute },
    meanServiceMs: mean,
    serviceScv: squares / queries / (mean * mean) - 1,
    burstiness: burstiness(counts),
    peak: peakOf(perMinute, workPerMinute, windowMs),
    mix: mix.filter((m) => m.queries > 0).sort((a, b) => b.work - a.work),
  };
}

/** The mean around each minute; near the ends of the first and the last stretch of that length. */
function smoothed(perMinute: Float64Array, spreadMs: number): Float64Array {
  const n = perMinute.length;
  const width = Math.min(n, 2 * Math.round(spreadMs / MINUTE_MS));
  if (width < 2) return perMinute;
  const sums = new Float64Array(n + 1);
  for (let m = 0; m < n; m++) sums[m + 1] = (sums[m] as number) + (perMinute[m] as number);
  return perMinute.map((_, m) => {
    const from = Math.min(Math.max(0, m - width / 2), n - width);
    return ((sums[Math.ceil(from) + width] ?? sums[n] ?? 0) - (sums[Math.ceil(from)] ?? 0)) / width;
  });
}

/** The window in which most work arrived, on whole minutes. */
function peakOf(perMinute: Float64Array, workPerMinute: Float64Array, windowMs: number): Peak {
  const width = Math.max(1, Math.min(perMinute.length, Math.round(windowMs / MINUTE_MS)));
  let work = 0;
  let best = { end: width, work: -1 };
  for (let m = 0; m < workPerMinute.length; m++) {
    work += workPerMinute[m] ?? 0;
    if (m >= width) work -= workPerMinute[m - width] ?? 0;
    if (m >= width - 1 && work > best.work) best = { end: m + 1, work };
  }
  const spanMs = width * MINUTE_MS;
  const queries = Math.round(perMinute.subarray(best.end - width, best.end).reduce((a, b) => a + b, 0));
  return {
    fromMs: (best.end - width) * MINUTE_MS,
    toMs: best.end * MINUTE_MS,
    queries,
    perSecond: queries / (spanMs / 1000),
    busySlots: best.work / spanMs,
  };
}

/**
 * The busiest window of a workload each of whose queries comes so many times: where other sources grow than those of the present peak,
 * it lies elsewhere. `spreadMs` as in `profileOf`.
 */
export function peakUnder(
  workload: Workload,
  timesOf: (i: number) => number,
  windowMs: number,
  spreadMs = 0,
): Peak {
  const minutes = Math.round(workload.lengthMs / MINUTE_MS);
  const counts = new Float64Array(minutes);
  const work = new Float64Array(minutes);
  for (let i = 0; i < workload.atMs.length; i++) {
    const minute = Math.floor((workload.atMs[i] as number) / MINUTE_MS);
    const times = timesOf(i);
    counts[minute] = (counts[minute] ?? 0) + times;
    work[minute] = (work[minute] ?? 0) + times * (workload.serviceMs[i] as number);
  }
  return peakOf(smoothed(counts, spreadMs), smoothed(work, spreadMs), windowMs);
}

/** Mean over the hours of (variance of the minute counts / their mean). */
function burstiness(perMinute: Float64Array): number {
  const perHour = 60;
  let sum = 0;
  let hours = 0;
  for (let from = 0; from + perHour <= perMinute.length; from += perHour) {
    const counts = perMinute.subarray(from, from + perHour);
    const mean = counts.reduce((a, b) => a + b, 0) / perHour;
    // With fewer than one in three minutes the ratio says little.
    if (mean < 1 / 3) continue;
    sum += counts.reduce((s, c) => s + (c - mean) ** 2, 0) / (perHour - 1) / mean;
    hours++;
  }
  return hours === 0 ? 1 : sum / hours;
}

/**
 * Highest work of any stretch as long as the peak's whose middle lies in each hour of a zone's week, as busy slots; NaN for hours
 * that the dump does not hold. No hour exceeds the peak.
 */
export function weekHours(workload: Workload, profile: GroupProfile, zone: string): Float64Array {
  const hours = new Float64Array(7 * 24).fill(Number.NaN);
  const { peak, workPerMinute } = profile;
  const width = Math.round((peak.toMs - peak.fromMs) / MINUTE_MS);
  const local = localTime(zone);
  let work = workPerMinute.subarray(0, width).reduce((a, b) => a + b, 0);
  for (let from = 0; from + width <= workPerMinute.length; from++) {
    const hour = hourOfWeek(local(workload.startMs + (from + width / 2) * MINUTE_MS));
    const busy = work / (width * MINUTE_MS);
    hours[hour] = Math.max(busy, Number.isNaN(hours[hour]) ? 0 : (hours[hour] ?? 0));
    work += (workPerMinute[from + width] ?? 0) - (workPerMinute[from] ?? 0);
  }
  return hours;
}

/** 0 is Monday 00:00 by the clocks. The epoch began on a Thursday. */
function hourOfWeek(clockMs: number): number {
  const day = (Math.floor(clockMs / DAY_MS) + 3) % 7;
  return day * 24 + Math.floor((clockMs % DAY_MS) / HOUR_MS);
}

export interface GrowthEstimate {
  /** Growth of the daily work per day, as a share; 0.01 is 1 % a day, compounding. */
  readonly perDay: number;
  readonly low: number;
  readonly high: number;
  readonly days: number;
}

/** Student's t at 97.5 %, by the Cornish–Fisher expansion (Abramowitz and Stegun 26.7.5); within 1 % from 6 degrees on. */
function studentT975(freedom: number): number {
  const z = 1.959964;
  return z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2);
}

/** Whole days that are needed before growth is read from a dump: two weeks, so that weekdays cancel out. */
export const FEWEST_GROWTH_DAYS = 14;

/**
 * Log-linear growth of the work per day, weekdays compared with the same weekday only (the slope over weeks);
 * null when the dump holds fewer than 14 whole days, or one of them without work. Interval: 95 %, by the residuals of
 * the regression. `group` is the place of one group; without it the whole load is meant. Days
 * begin at the hour of the zone at which the dump does; what is left at its end is no whole one.
 */
export function growthOf(workload: Workload, group?: number, zone = 'UTC'): GrowthEstimate | null {
  const local = localTime(zone);
  const begin = local(workload.startMs);
  const dayOf = (ms: number) => Math.floor((local(workload.startMs + ms) - begin) / DAY_MS);
  const days = dayOf(workload.lengthMs);
  if (days < FEWEST_GROWTH_DAYS) return null;
  const work = new Float64Array(days);
  for (let i = 0; i < workload.atMs.length; i++) {
    if (group !== undefined && workload.group[i] !== group) continue;
    const day = dayOf(workload.atMs[i] ?? 0);
    if (day < days) work[day] = (work[day] ?? 0) + (workload.serviceMs[i] ?? 0);
  }
  if (work.some((w) => w <= 0)) return null;
  // Within-weekday regression: both sides centred by weekday, so that weekends do not pass for shrinking.
  const xs: number[] = [];
  const ys: number[] = [];
  for (let weekday = 0; weekday < 7; weekday++) {
    const own = Array.from({ length: Math.ceil((days - weekday) / 7) }, (_, k) => weekday + 7 * k);
    const mx = own.reduce((a, b) => a + b, 0) / own.length;
    const my = own.reduce((a, d) => a + Math.log(work[d] ?? 1), 0) / own.length;
    for (const d of own) {
      xs.push(d - mx);
      ys.push(Math.log(work[d] ?? 1) - my);
    }
  }
  const sxx = xs.reduce((a, x) => a + x * x, 0);
  const slope = xs.reduce((a, x, i) => a + x * (ys[i] ?? 0), 0) / sxx;
  const rss = ys.reduce((a, y, i) => a + (y - slope * (xs[i] ?? 0)) ** 2, 0);
  const freedom = Math.max(1, days - 8);
  const error = Math.sqrt(rss / freedom / sxx);
  const t = studentT975(freedom);
  return {
    perDay: Math.expm1(slope),
    low: Math.expm1(slope - t * error),
    high: Math.expm1(slope + t * error),
    days,
  };
}
