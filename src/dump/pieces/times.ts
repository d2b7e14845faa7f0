/**
 * Instants as the sources of dumps write them.
 *
 * Numbers are epoch seconds, milliseconds, microseconds or nanoseconds by their size; texts are ISO-8601 or SQL
 * timestamps, with `Z`, an offset, a zone name, or none (taken as UTC, and said).
 */
import { fixedOffsetMs, isTimeZone, zoneOffsetMs } from '../../base/time-zone.ts';

export interface Instant {
  /** Milliseconds since the epoch, to the microsecond. */
  readonly ms: number;
  /** The text gave whole seconds only. */
  readonly wholeSecond: boolean;
  readonly zoneless: boolean;
  /** The zone's clocks never showed this time, or showed it twice: daylight saving began or ended. */
  readonly shift?: Shift;
}

export type Shift = 'skipped' | 'twice';

const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const TIMESTAMP =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?\s*(Z|[+-]\d\d(?::?\d\d)?|[A-Za-z][\w+-]*(?:\/[\w+-]+)*)?$/;

/** How times are to be read where their text leaves it open. */
export interface TimeReading {
  /** IANA zone of times without one; UTC when absent. */
  readonly timeZone?: string | undefined;
  readonly dateOrder?: 'dmy' | 'mdy' | undefined;
}

/** `03/02/2026 09:15:00`: which is the month? */
const SLASHED = /^(\d{1,2})([/.])(\d{1,2})\2(\d{4})([T ,].*)$/;

/** The instant a value names, undefined when it names none, `ambiguous` when a setting has to say which of two. */
export function readInstant(value: unknown, reading: TimeReading = {}): Instant | 'ambiguous' | undefined {
  if (typeof value === 'number') return fromEpoch(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (NUMBER.test(text)) return fromEpoch(Number(text));
  const slashed = SLASHED.exec(text);
  if (slashed === null) return fromTimestamp(text, reading.timeZone);
  const [, first = '', , second = '', year = '', rest = ''] = slashed;
  const order = reading.dateOrder ?? orderOf(Number(first), Number(second));
  if (order === undefined) return 'ambiguous';
  const [day, month] = order === 'dmy' ? [first, second] : [second, first];
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return fromTimestamp(`${date}${rest.replace(/^,\s*/, ' ')}`, reading.timeZone);
}

/** The instant a value names, or undefined when it names none or more than one. */
export function parseInstant(value: unknown, reading: TimeReading = {}): Instant | undefined {
  const instant = readInstant(value, reading);
  return instant === 'ambiguous' ? undefined : instant;
}

function orderOf(first: number, second: number): 'dmy' | 'mdy' | undefined {
  if (first > 12) return 'dmy';
  if (second > 12) return 'mdy';
  return first === second ? 'dmy' : undefined;
}

/** Below: too small to be an instant after 1973, or too large for nanoseconds of this age. */
function fromEpoch(value: number): Instant | undefined {
  if (!(value >= 1e8 && value < 1e20)) return undefined;
  const inMs = value < 1e11 ? value * 1e3 : value < 1e14 ? value : value < 1e17 ? value / 1e3 : value / 1e6;
  return {
    ms: toMicros(inMs),
    wholeSecond: value < 1e11 && Number.isInteger(value),
    zoneless: false,
  };
}

function toMicros(ms: number): number {
  return Math.round(ms * 1e3) / 1e3;
}

function fromTimestamp(text: string, zone: string | undefined): Instant | undefined {
  const m = TIMESTAMP.exec(text);
  if (m === null) return undefined;
  const [year, month, day, hour, minute, second] = m.slice(1, 7).map((n) => Number(n ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  if (new Date(local).getUTCDate() !== day) return undefined;
  const offset = zoneOffset(m[8] ?? zone, local);
  if (offset === undefined) return undefined;
  const fraction = m[7] === undefined ? 0 : Number(`0.${m[7]}`) * 1e3;
  return {
    ms: toMicros(local - offset.ms + fraction),
    wholeSecond: m[7] === undefined,
    zoneless: m[8] === undefined,
    ...(offset.shift === undefined ? {} : { shift: offset.shift }),
  };
}

/** Milliseconds that a zone is ahead of UTC at a local time. */
interface Offset {
  readonly ms: number;
  readonly shift?: Shift;
}

const UTC: Offset = { ms: 0 };
const DAY_MS = 86_400_000;

/** Undefined for a zone nobody knows. */
function zoneOffset(zone: string | undefined, local: number): Offset | undefined {
  if (zone === undefined) return UTC;
  const fixed = fixedOffsetMs(zone);
  if (fixed !== undefined) return fixed === 0 ? UTC : { ms: fixed };
  return isTimeZone(zone) ? offsetOnDay(zone, local) : undefined;
}

/** Offsets of days on which a zone keeps one; the days of a dump are few. */
const steadyDays = new Map<string, Offset>();
const MOST_DAYS = 10_000;

function offsetOnDay(zone: string, local: number): Offset {
  const day = Math.floor(local / DAY_MS);
  const key = `${zone} ${day}`;
  const known = steadyDays.get(key);
  if (known !== undefined) return known;
  const [before, after] = [offsetAt(zone, (day - 1) * DAY_MS), offsetAt(zone, (day + 2) * DAY_MS)];
  if (before !== after) return offsetNearShift(zone, local, before, after);
  const steady = { ms: before };
  if (steadyDays.size < MOST_DAYS) steadyDays.set(key, steady);
  return steady;
}

/** The offset is that of an instant, and only the local time is known: each of the two is tried whether it leads back to it. */
function offsetNearShift(zone: string, local: number, before: number, after: number): Offset {
  const fits = [before, after].filter((ms) => offsetAt(zone, local - ms) === ms);
  const [first, second] = fits;
  if (first === undefined) return { ms: before, shift: 'skipped' };
  return second === undefined ? { ms: first } : { ms: first, shift: 'twice' };
}

const offsetAt = (zone: string, instant: number): number => zoneOffsetMs(zone, instant) ?? 0;

/** An instant as ISO-8601 in UTC: with microseconds where it has them, else milliseconds. */
export function isoInstant(ms: number): string {
  const whole = Math.floor(ms);
  const micros = Math.round((ms - whole) * 1e3);
  if (micros === 1e3) return new Date(whole + 1).toISOString();
  const iso = new Date(whole).toISOString();
  return micros === 0 ? iso : `${iso.slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}
