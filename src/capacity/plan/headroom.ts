/** How much is left at each hour of the week, and when growth will have eaten it. */
import type { GrowthEstimate } from '../workload/profile.ts';
import { type GroupProfile, weekHours } from '../workload/profile.ts';
import { DAY_MS, type Workload } from '../workload/workload.ts';

export interface HeatMap {
  readonly group: string;
  /** By hour of the week, 0 is Monday 00:00 in the study's zone: share of the sustainable work that is in use; null without data. */
  readonly used: readonly (number | null)[];
  /** Hours of the week that the dump holds. */
  readonly hoursKnown: number;
}

/** `headroom`: how many times the present peak is carried. */
export function heatMapOf(
  workload: Workload,
  profile: GroupProfile,
  headroom: number,
  zone: string,
): HeatMap {
  const hours = weekHours(workload, profile, zone);
  const sustainable = profile.peak.busySlots * headroom;
  const used = Array.from(hours, (busy) => (Number.isNaN(busy) ? null : busy / sustainable));
  return { group: profile.group, used, hoursKnown: used.filter((u) => u !== null).length };
}

export interface Exhaustion {
  readonly perMonth: number;
  /** Given by the study, or read from the dump. */
  readonly from: 'study' | 'dump';
  /** 95 % interval of the growth a month; absent where it was given, and in older records. */
  readonly perMonthLow?: number;
  readonly perMonthHigh?: number;
  /** Days from the dump's end until the headroom is used up; null when the load does not grow. */
  readonly days: number | null;
  readonly date: string | null;
  /** The headroom is at least what it was taken for: the day is not before that. */
  readonly notBefore?: true;
  /** The same at the ends of the growth's interval; null where nothing is known of it. */
  readonly earliest: string | null;
  readonly latest: string | null;
}

const DAYS_PER_MONTH = 30.44;
/** A plan that far ahead is none. */
const FARTHEST_DAYS = 10 * 365;

/** Growth of one group: given, a share a month, or read from the dump. */
export type Growth = { readonly perMonth: number } | GrowthEstimate;

/**
 * The day on which the load has grown to `headroom` times the present. Below 1 it was passed already: on the dump's last day.
 * Null when growth is not known. `endMs`: the dump's end by the clocks whose days are meant; `atLeast`: the headroom may be more.
 */
export function exhaustionOf(
  headroom: number,
  growth: Growth | null,
  endMs: number,
  atLeast = false,
): Exhaustion | null {
  if (growth === null) return null;
  const notBefore = atLeast ? { notBefore: true as const } : {};
  if ('perMonth' in growth) {
    const { perMonth } = growth;
    const perDay = (1 + perMonth) ** (1 / DAYS_PER_MONTH) - 1;
    return {
      ...{ perMonth, from: 'study', ...when(headroom, perDay, endMs), earliest: null, latest: null },
      ...notBefore,
    };
  }
  const { high, low, perDay } = growth;
  return {
    ...{ perMonth: monthly(perDay), perMonthLow: monthly(low), perMonthHigh: monthly(high), from: 'dump' },
    ...when(headroom, perDay, endMs),
    ...range(headroom, high, low, endMs),
    ...notBefore,
  };
}

const monthly = (perDay: number) => (1 + perDay) ** DAYS_PER_MONTH - 1;

function when(headroom: number, perDay: number, endMs: number): { days: number | null; date: string | null } {
  if (headroom <= 1) return { days: 0, date: dateOf(endMs) };
  if (perDay <= 0) return { days: null, date: null };
  const days = Math.log(headroom) / Math.log1p(perDay);
  return days > FARTHEST_DAYS ? { days: null, date: null } : { days, date: dateOf(endMs + days * DAY_MS) };
}

function range(headroom: number, fast: number, slow: number, endMs: number) {
  return { earliest: when(headroom, fast, endMs).date, latest: when(headroom, slow, endMs).date };
}

const dateOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
