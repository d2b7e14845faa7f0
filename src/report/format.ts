/** Numbers as every report shows them: one form per unit, a dash where there is none. */
import { formatCount, formatMs, formatShare, formatSpan, printedSign } from '../base/units.ts';

/** Stands where a figure cannot be given. */
export const DASH = '–';

/** A duration in milliseconds, or a dash. */
export function ms(value: number | null): string {
  return value === null ? DASH : formatMs(value);
}

/** A difference of durations, with its sign. */
export function signedMs(value: number | null): string {
  return value !== null && value > 0 ? `+${ms(value)}` : ms(value);
}

/** A moment of the run, counted from its origin: `1:23.4`, from an hour on `1:02:03`. */
export function moment(atMs: number): string {
  const tenths = Math.round(Math.abs(atMs) / 100);
  const sign = atMs < 0 && tenths > 0 ? printedSign('-') : '';
  const seconds = Math.floor(tenths / 10);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = String(seconds % 60).padStart(2, '0');
  if (hours > 0) return `${sign}${hours}:${String(minutes).padStart(2, '0')}:${rest}`;
  return `${sign}${minutes}:${rest}.${tenths % 10}`;
}

/** A figure in its unit (`count`, `ms`, `ratio`, `per-second`); units not known here stand behind the number. */
export function inUnit(value: number | null, unit: string): string {
  if (value === null) return DASH;
  switch (unit) {
    case 'ms':
      return ms(value);
    case 'ratio':
      return formatShare(value);
    case 'count':
      return Number.isInteger(value) ? formatCount(value) : decimal(value);
    case 'per-second':
      return `${decimal(value)}/s`;
    default:
      return `${decimal(value)} ${unit}`.trim();
  }
}

/** A number of three significant digits. */
export function decimal(value: number): string {
  return Math.abs(value) >= 1000 ? formatCount(value) : printedSign(String(Number(value.toPrecision(3))));
}

/** `1.6 ms to 2.3 ms`, a dash without both ends. */
export function interval(low: number | null, high: number | null, unit: string): string {
  return low === null || high === null ? DASH : formatSpan(low, high, (value) => inUnit(value, unit));
}

/** `1 query`, `2 queries`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${formatCount(n)} ${n === 1 ? one : many}`;
}

/** Words as a POSIX shell takes them. */
export function shellLine(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}

/** A wall-clock stamp without the fractions nobody reads: `2026-03-14 09:26:53 UTC`. */
export function stamp(iso: string): string {
  return (
    /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(iso)?.slice(1, 3).join(' ').concat(' UTC') ?? iso
  );
}
