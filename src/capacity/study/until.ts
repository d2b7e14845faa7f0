/** Until when something is carried, with what is not known of it. */
import type { Exhaustion } from '../plan/headroom.ts';
import { localDay } from '../workload/local-time.ts';
import type { StudyRecord } from './record.ts';

const percent = (x: number) => `${Number((100 * x).toPrecision(2))} %`.replace('-', '−');

/** The study's day, by the clocks of its zone: what is before it is told as passed. */
export function todayOf({ startedAt, timeZone }: Pick<StudyRecord, 'startedAt' | 'timeZone'>): string {
  return localDay(Date.parse(startedAt), timeZone);
}

/** Growth a month, with its interval where it was read from the dump. */
export function growthWords({ from, perMonth, perMonthHigh, perMonthLow }: Exhaustion): string {
  if (from === 'study') return `${percent(perMonth)} a month (given)`;
  if (perMonthLow === undefined || perMonthHigh === undefined) return `${percent(perMonth)} a month (dump)`;
  return `${percent(perMonth)} a month (95 %: ${percent(perMonthLow)} to ${percent(perMonthHigh)})`;
}

/** Whether the interval of the growth holds both growing and shrinking. */
function isUnsure({ perMonthHigh, perMonthLow }: Exhaustion): boolean {
  return perMonthLow !== undefined && perMonthHigh !== undefined && perMonthLow <= 0 && perMonthHigh > 0;
}

/**
 * The day in a few words, for a cell or a tile: `2026-08-18 (2026-07-13 to 2026-09-27)`; growth counts from the dump's end, so a day that lies
 * before `today` (`2026-09-01`) is told as passed.
 */
export function untilWords(until: Exhaustion | null, today: string): string {
  if (until === null) return 'growth not known';
  const { date, earliest, notBefore } = until;
  if (notBefore && earliest === null && date !== null) return `after ${date}`;
  if (notBefore && earliest !== null) return `after ${earliest}`;
  if (isUnsure(until))
    return earliest === null ? 'not in ten years' : `cannot be told; ${earliest} at the earliest`;
  if (until.from === 'study' || until.perMonthLow === undefined)
    return date === null ? never(until.perMonth) : `${date}${passed(date, today)}`;
  if (date === null)
    return earliest === null ? never(until.perMonth) : `not in ten years; ${earliest} at the earliest`;
  return `${date}${rangeWords(until)}${isPerhapsLater(until, today) ? '' : passed(date, today)}`;
}

/** ` (2026-07-13 to 2026-09-27)`; nothing where growth was given, or both ends are one day. */
function rangeWords({ earliest, latest, perMonthLow }: Exhaustion): string {
  if (perMonthLow === undefined || earliest === latest) return '';
  return ` (${earliest ?? '?'} to ${latest ?? 'later than in ten years'})`;
}

/** Whether the day may still come, by the later end of its range. */
function isPerhapsLater({ latest, perMonthLow }: Exhaustion, today: string): boolean {
  return perMonthLow !== undefined && (latest === null || latest >= today);
}

const passed = (date: string, today: string) => (date < today ? ', passed' : '');

const never = (perMonth: number) => (perMonth <= 0 ? 'never: it does not grow' : 'not in ten years');

/** The same as the end of a sentence on the room that is left; `today` as in `2026-08-18`. */
export function usedUpWords(until: Exhaustion | null, today: string): string {
  if (until === null) return '; until when cannot be told, since its growth is not known';
  const { date, earliest, notBefore } = until;
  const growth = growthWords(until);
  if (notBefore && (earliest ?? date) !== null)
    return `, which growth of ${growth} uses up after ${earliest ?? date}`;
  if (isUnsure(until))
    return `; whether it grows cannot be told (${growth})${earliest === null ? ', and even at most it is not used up within ten years' : `: used up on ${earliest} at the earliest, perhaps never`}`;
  if (until.perMonth <= 0) return `; the load does not grow into it (${growth})`;
  if (date === null)
    return `; growth of ${growth} does not use it up within ten years${earliest === null ? '' : `, or on ${earliest} at the earliest`}`;
  // Growth counts from the dump's end, which may lie well back.
  const when =
    date >= today
      ? 'uses up on'
      : isPerhapsLater(until, today)
        ? 'may have used up since'
        : 'has used up since';
  return `, which growth of ${growth} ${when} ${date}${rangeWords(until)}`;
}
