/** Who works at the company of the sample day, how often, and at what hours. All names are made up. */
import type { Random } from '../../src/base/random.ts';

const ANALYSTS = [
  'ana',
  'boris',
  'carla',
  'deniz',
  'elif',
  'femi',
  'greta',
  'hugo',
  'ines',
  'jonas',
  'kaya',
  'lena',
  'milo',
  'nadia',
  'omar',
  'petra',
  'quentin',
  'rosa',
  'sven',
  'tara',
  'ulrich',
  'vera',
  'wim',
  'xenia',
  'yusuf',
  'zoe',
  'alma',
  'bilal',
  'chiara',
  'dario',
  'emre',
  'frida',
  'goran',
  'hanna',
  'igor',
  'julia',
  'karim',
  'lucia',
  'marek',
  'noor',
  'oskar',
  'paula',
  'rafael',
  'selma',
] as const;

const SCIENTISTS = ['arjun', 'beate', 'cem', 'dilara', 'erik', 'fatma', 'gustav', 'helin'] as const;

/** The people who use a kind of tool, most active first. */
export const PEOPLE = {
  dashboards: ANALYSTS,
  editors: [...SCIENTISTS.slice(0, 4), ...ANALYSTS.slice(0, 28)],
  notebooks: SCIENTISTS,
  desktop: ANALYSTS.slice(20),
} as const;

/** One of a list whose first members come more often (weights 1/rank). */
export function skewed<T>(random: Random, items: readonly T[]): T {
  const total = items.reduce((sum, _, i) => sum + 1 / (i + 1), 0);
  let left = random.next() * total;
  const at = items.findIndex((_, i) => {
    left -= 1 / (i + 1);
    return left < 0;
  });
  return items[Math.max(at, 0)] as T;
}

/** Weight of each hour of the day, UTC: office hours with two peaks, and a night of batch work. */
const OFFICE = [2, 1, 0.5, 0.5, 0.5, 1, 3, 8, 16, 31, 29, 18, 11, 15, 29, 27, 17, 10, 6, 4, 3, 3, 2, 1];
const BATCH = [6, 28, 30, 24, 6, 3, 3, 2, 2, 2, 2, 2, 3, 2, 2, 2, 2, 2, 3, 2, 2, 2, 2, 2];

const HOUR_MS = 3600e3;

function drawHour(random: Random, weights: readonly number[]): number {
  let left = random.next() * weights.reduce((a, b) => a + b);
  const hour = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return Math.max(hour, 0);
}

/** A time of day by office hours, milliseconds since midnight. */
export function officeTime(random: Random): number {
  return drawHour(random, OFFICE) * HOUR_MS + random.next() * HOUR_MS;
}

/** A time of day of scheduled work: it starts on the quarter hour, give or take some seconds. */
export function batchTime(random: Random): number {
  return drawHour(random, BATCH) * HOUR_MS + random.below(4) * 900e3 + random.next() * 240e3;
}
