/**
 * The figures of time and loss as github-action-benchmark takes them (`customSmallerIsBetter`): what other tools draw
 * and watch. Only figures that have a value; the range is the interval.
 */
import type { Figure } from '../measure/summary/summary.ts';
import { interval } from './format.ts';
import type { ReportInput } from './input.ts';

const SMALLER_IS_BETTER = /^(?:overhead|latency|drops)\.|^routing\.mismatches$|^stickiness\.breaks$/;

const UNITS: Readonly<Record<Figure['unit'], string>> = {
  ms: 'ms',
  count: 'queries',
  ratio: 'share',
  'per-second': '1/s',
};

/** A JSON array of { name, unit, value, range, extra }. */
export function renderBenchmark({ info, summary }: ReportInput): string {
  const entries = Object.entries(summary.figures).flatMap(([name, { value, unit, low, high, n, note }]) => {
    if (value === null || !SMALLER_IS_BETTER.test(name)) return [];
    const range = low === undefined || high === undefined ? {} : { range: interval(low, high, unit) };
    const extra = [`n ${n}`, ...(note === undefined ? [] : [note])].join('; ');
    return [{ name: `${info.name}: ${name}`, unit: UNITS[unit], value, ...range, extra }];
  });
  return `${JSON.stringify(entries, null, 2)}\n`;
}
