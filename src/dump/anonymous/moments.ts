/**
 * Dates and times of day in place of others that exist, written the same way. Only of a text that is nothing else: what stands behind a date
 * makes it a text like any other.
 */
import type { Permute } from './permutation.ts';
import { isTimeZone } from './time-zones.ts';

const DATE = /^(\d{4})-(\d\d?)-(\d\d?)/;
const CLOCK = /^(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,12}))?)?/;

interface Moment {
  /** As written; '' where there is none. */
  readonly date: string;
  readonly gap: string;
  readonly clock: string;
  /** A zone with the blank before it. */
  readonly zone: string;
}

/** The parts of a text that is a date, a time, or both, and nothing else. */
export function readMoment(text: string): Moment | undefined {
  const date = DATE.exec(text)?.[0] ?? '';
  if (date !== '' && !exists(date)) return undefined;
  const gap = date === '' ? '' : (/^[ T]/.exec(text.slice(date.length))?.[0] ?? '');
  const clock =
    date !== '' && gap === '' ? '' : (CLOCK.exec(text.slice(date.length + gap.length))?.[0] ?? '');
  if (clock === '' ? date === '' || gap !== '' : !isClock(clock)) return undefined;
  const zone = text.slice(date.length + gap.length + clock.length);
  if (zone !== '' && (clock === '' || !isTimeZone(zone.replace(/^ /, '')))) return undefined;
  return { date, gap, clock, zone };
}

/**
 * Another moment. A date gives another of the same hundred years (…, 1870 to 1969, 1970 to 2069, …), a time another of the day to as many
 * digits; midnight stays, and so does the zone.
 */
export function otherMoment({ date, gap, clock, zone }: Moment, permute: Permute): string {
  return otherDate(date, permute) + gap + otherClock(clock, permute) + zone;
}

const HUNDRED = 100;
const SHIFT = 30;
const DATE_RADICES = [HUNDRED, 12, 31];

function otherDate(text: string, permute: Permute): string {
  if (text === '') return '';
  const [year, month, day] = fieldsOf(text, DATE);
  const century = Math.floor(((year ?? 0) + SHIFT) / HUNDRED) * HUNDRED - SHIFT;
  let digits = [(year ?? 0) - century, (month ?? 1) - 1, (day ?? 1) - 1];
  let made: string;
  do {
    digits = permute(digits, DATE_RADICES, 'date');
    const [y = 0, m = 0, d = 0] = digits;
    made = written([century + y, m + 1, d + 1], text.split('-'), '-');
  } while (made.length !== text.length || !exists(made));
  return made;
}

function otherClock(text: string, permute: Permute): string {
  if (/^[0:.]*$/.test(text)) return text;
  const parts = text.split(/[:.]/);
  const fields = parts.slice(0, 3).map(Number);
  const fraction = [...(parts[3] ?? '')].map(Number);
  const radices = [24, 60, 60].slice(0, fields.length).concat(fraction.map(() => 10));
  let digits = [...fields, ...fraction];
  let made: string;
  do {
    digits = permute(digits, radices, 'clock');
    const clock = written(digits.slice(0, fields.length), parts, ':');
    made = fraction.length === 0 ? clock : `${clock}.${digits.slice(fields.length).join('')}`;
  } while (made.length !== text.length || /^[0:.]*$/.test(made));
  return made;
}

/** Numbers as wide as the fields that they stand for, joined; wider where one does not fit. */
function written(numbers: readonly number[], widths: readonly string[], sign: string): string {
  return numbers.map((n, i) => String(n).padStart(widths[i]?.length ?? 1, '0')).join(sign);
}

function fieldsOf(text: string, pattern: RegExp): number[] {
  return (pattern.exec(text) ?? []).slice(1).map((field) => Number(field ?? 0));
}

function exists(date: string): boolean {
  const [year = 0, month = 0, day = 0] = fieldsOf(date, DATE);
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= ([31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0);
}

function isClock(clock: string): boolean {
  const [hour = 0, minute = 0, second = 0] = fieldsOf(clock, CLOCK);
  return hour < 24 && minute < 60 && second < 60;
}
