/** What a number of clusters carries, in words. */
import type { Carried, CountCase } from '../plan/counts.ts';
import { untilWords } from '../study/until.ts';

export const COUNT_WORDS: Readonly<Record<CountCase, string>> = {
  calm: 'calm',
  roll: 'one rolled',
  kill: 'one lost',
};

/** `1.4 × peak, until 2026-12-26`, or that it is not carried today. */
export function carriedWords({ atLeast, times, until }: Carried, today: string): string {
  if (times === 0) return 'not carried';
  if (times < 1) return `not today (${Math.round(100 * times)} % of the peak)`;
  const day = untilWords(until, today);
  return `${atLeast ? 'at least ' : ''}${Number(times.toPrecision(3))} × peak, ${/^\d/.test(day) ? 'until ' : ''}${day}`;
}
