/** Limits of gates: `0`, `5ms`, `99.9 %`, `50/s`, `10%`, `max(5ms, 10%)`, `baseline + 10%`, `stored + max(5ms, 10%)`. */
import { parseDurationMs } from '../base/units.ts';
import type { FigureEntry } from '../measure/figures/entry.ts';
import type { Figure } from '../measure/summary/summary.ts';

/** `baseline`: the other arm of the same run. `stored`: a run kept for comparison. */
export const REFERENCES = ['baseline', 'stored'] as const;
export type ReferenceName = (typeof REFERENCES)[number];

/**
 * What a figure may be: `absolute` in its unit, `relative` a share of the reference's value. With both, the larger
 * counts: a relative limit alone misfires on a tiny base, an absolute one alone misses big ones.
 */
export interface Limit {
  readonly absolute: number | undefined;
  readonly relative: number | undefined;
  /** What it counts from; undefined for a number that stands for itself. */
  readonly from: ReferenceName | undefined;
}

const EXAMPLE: Readonly<Record<Figure['unit'], string>> = {
  count: 'a whole number without a unit, such as 0',
  ms: 'a duration with its unit, such as 5ms or 2s',
  ratio: 'a share, such as 0.1 % or 0.001',
  'per-second': 'a rate, such as 50/s',
};

/** Reads a limit for a figure; answers a line for people when it is none. */
export function parseLimit(text: string, figure: string, entry: FigureEntry): Limit | string {
  const reference = /^(baseline|stored)\b\s*(.*)$/.exec(text);
  if (reference === null) {
    const relativeTo = isOverhead(figure, entry) ? 'baseline' : undefined;
    return parseAllowance(text, figure, entry, undefined, relativeTo !== undefined);
  }
  const [, name = '', rest = ''] = reference;
  const from = name as ReferenceName;
  if (from === 'baseline' && isOverhead(figure, entry))
    return `${figure} is already a difference to the baseline; write the limit alone, such as max(5ms, 10%)`;
  if (from === 'baseline' && entry.hasBaseline !== true)
    return `${figure} has no counterpart in the baseline arm; only latency.* figures have`;
  if (rest === '') return { absolute: 0, relative: undefined, from };
  const allowance = /^\+\s*(.+)$/.exec(rest)?.[1];
  if (allowance === undefined) return `after "${from}" comes + and what is allowed on top; got "${rest}"`;
  return parseAllowance(allowance, figure, entry, from, true);
}

/** Figures that say how far the gateway is from the baseline. */
const isOverhead = (figure: string, entry: FigureEntry): boolean =>
  entry.hasBaseline === true && figure.startsWith('overhead.');

function parseAllowance(
  text: string,
  figure: string,
  entry: FigureEntry,
  from: ReferenceName | undefined,
  mayBeRelative: boolean,
): Limit | string {
  const both = /^max\(\s*([^,]+?)\s*,\s*([^,]+?)\s*\)$/.exec(text);
  const parts = both === null ? [text] : [both[1] ?? '', both[2] ?? ''];
  const read = parts.map((part) => readPart(part, figure, entry, mayBeRelative));
  const problem = read.find((one) => typeof one === 'string');
  if (problem !== undefined) return problem;
  const { absolute, relative }: Part = Object.assign({}, ...(read as Part[]));
  if (both !== null && (absolute === undefined || relative === undefined))
    return `max(…) takes one part in the figure's unit and one in per cent; got "${text}"`;
  if (entry.unit === 'ratio' && from === undefined && (absolute ?? 0) > 1)
    return `a share cannot be above 100 %; got "${text}"`;
  return { absolute, relative, from };
}

type Part = { readonly absolute?: number; readonly relative?: number };

function readPart(part: string, figure: string, entry: FigureEntry, mayBeRelative: boolean): Part | string {
  const percent = entry.unit === 'ratio' ? undefined : percentOf(part);
  const number = parseNumber(part, entry.unit);
  const example = `${figure} is compared with ${EXAMPLE[entry.unit]}; got "${part}"`;
  if (percent !== undefined)
    return mayBeRelative ? { relative: percent } : `${example}, and a percentage of what is not said`;
  return number === undefined ? example : { absolute: number };
}

function percentOf(text: string): number | undefined {
  const percent = numberBefore(text, /^(\d+(?:\.\d+)?)\s*%$/);
  return percent === undefined ? undefined : percent / 100;
}

function parseNumber(text: string, unit: Figure['unit']): number | undefined {
  if (unit === 'count') return /^\d+$/.test(text) ? Number(text) : undefined;
  if (unit === 'per-second') return numberBefore(text, /^(\d+(?:\.\d+)?)\s*(?:\/\s*s)?$/);
  if (unit === 'ratio') return percentOf(text) ?? numberBefore(text, /^(\d+(?:\.\d+)?)$/);
  // A gateway may be asked to be faster than the baseline, so a difference may have a negative limit.
  const negative = text.startsWith('-');
  const ms = parseDurationMs(negative ? text.slice(1) : text);
  return ms !== undefined && negative ? -ms : ms;
}

function numberBefore(text: string, shape: RegExp): number | undefined {
  const found = shape.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}
