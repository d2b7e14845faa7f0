/**
 * Durations, sizes and rates as people write them in configuration files, and back.
 *
 * The forms are those of Trino's own configuration (airlift): a number, then a unit with no space or one.
 */

const DURATION_MS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 60e3,
  min: 60e3,
  h: 3600e3,
  d: 86400e3,
};

const SIZE_BYTES: Record<string, number> = {
  B: 1,
  kB: 1024,
  KB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
};

function parseUnit(text: string, table: Record<string, number>): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Zµ]+)\s*$/.exec(text);
  const factor = match?.[2] === undefined ? undefined : table[match[2]];
  return match && factor !== undefined ? Number(match[1]) * factor : undefined;
}

/** Milliseconds of `500ms`, `10s`, `1.5m`, `2h`; undefined when the text is not a duration. */
export function parseDurationMs(text: string): number | undefined {
  return parseUnit(text, DURATION_MS);
}

/** Bytes of `32MB`, `16kB` (powers of 1024, as Trino counts); undefined when the text is not a size. */
export function parseSizeBytes(text: string): number | undefined {
  return parseUnit(text, SIZE_BYTES);
}

/** As in print: a hyphen before a number is easily lost at the end of a line, and narrower than a plus. */
const MINUS = '\u2212';

/** A number's text with its sign as in print. */
export function printedSign(text: string): string {
  return text.startsWith('-') ? `${MINUS}${text.slice(1)}` : text;
}

/** A duration for people: three significant digits, the unit that fits what they round to. Takes milliseconds. */
export function formatMs(ms: number): string {
  if (ms < 0) return `${MINUS}${formatMs(-ms)}`;
  if (ms === 0) return '0 ms';
  const us = threeDigits(ms * 1000);
  if (us < 1000) return `${us} µs`;
  const whole = threeDigits(ms);
  if (whole < 1000) return `${whole} ms`;
  const seconds = threeDigits(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const wholeSeconds = Math.round(ms / 1000);
  if (wholeSeconds < 7200) {
    const [minutes, rest] = [Math.floor(wholeSeconds / 60), wholeSeconds % 60];
    return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  }
  return `${threeDigits(ms / 3600e3)} h`;
}

const threeDigits = (value: number): number => Number(value.toPrecision(3));

/** Both ends of an interval: `4 ms to 6 ms`; what rounds to one number twice is told by its half width instead. */
export function formatSpan(low: number, high: number, format: (value: number) => string): string {
  const [from, to] = [format(low), format(high)];
  if (from !== to) return `${from} to ${to}`;
  return low === high ? `${from}, without spread` : `${from} ± ${format((high - low) / 2)}`;
}

/** Bytes for people: three significant digits, powers of 1024 under the names that Trino gives them. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${value >= 1000 ? Math.round(value) : Number(value.toPrecision(3))} ${units[power]}`;
}

/** A count with thin separators: 12 345. */
export function formatCount(n: number): string {
  const digits = Math.round(n).toString();
  return printedSign(digits.replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f'));
}

/** A share as a percentage with as many digits as it deserves; takes 0..1. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent === 0) return '0 %';
  if (percent >= 99.95 && percent < 100) return `${percent.toFixed(3)} %`;
  return printedSign(`${threeDigits(percent)} %`);
}

/** A difference of two shares: a relative change of a share would read the same. Takes −1..1. */
export function formatPoints(difference: number): string {
  return `${printedSign(String(threeDigits(difference * 100)))} percentage points`;
}
