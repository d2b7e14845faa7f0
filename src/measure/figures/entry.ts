/** What a line of the table of figures says. */
import type { Figure, Summary } from '../summary/summary.ts';
import type { Lateness } from '../validity/validity.ts';

/** What figures are computed from. */
export interface FigureSource extends Omit<Summary, 'figures'> {
  readonly lateness: Lateness;
  /** Records of the dump that were left out of the plan. */
  readonly skipped: number;
}

export interface FigureEntry {
  readonly unit: Figure['unit'];
  readonly description: string;
  /** `interval`: a gate is decided by the whole interval; `value`: by the number itself (a count, a fact). */
  readonly decidedBy: 'interval' | 'value';
  /** Whether a limit may be relative to the baseline arm (`baseline + 10%`, or `10%` for a difference to it). */
  readonly hasBaseline?: boolean;
  readonly of: (source: FigureSource) => Omit<Figure, 'unit'>;
}
