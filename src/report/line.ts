/** The verdict in one line, for a job's log and for the title of a comment. */
import { formatCount } from '../base/units.ts';
import { blameNote, dropsIn, leadingLevel } from './facts.ts';
import { interval, signedMs } from './format.ts';
import type { ReportInput } from './input.ts';
import { oneLine } from './plain.ts';
import { RESULTS } from './words.ts';

/** `PASSED daily-roll: all 8 gates hold · 2 469 queries, dropped: none · overhead +1.2 ms (1.1 ms to 1.3 ms)`. */
export function renderLine({
  info,
  summary,
  verdict,
}: Pick<ReportInput, 'info' | 'summary' | 'verdict'>): string {
  const { planned, counts } = summary.total;
  const drops = dropsIn(counts);
  const difference = leadingLevel(summary)?.difference;
  const parts = [
    `${RESULTS[verdict.result].label.toUpperCase()} ${info.name}: ${verdict.reason}`,
    `${formatCount(planned)} queries, dropped: ${drops === 0 ? blameNote(summary) : `${formatCount(drops)} (${blameNote(summary)})`}`,
    difference
      ? `overhead ${signedMs(difference.estimateMs)} (${interval(difference.lowMs, difference.highMs, 'ms')})`
      : '',
  ];
  return oneLine(parts.filter((part) => part !== '').join(' · '));
}
