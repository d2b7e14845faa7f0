/** Several looks at one plan, together: the blocks of all of them, as if they had been measured in one go. */
import { hodgesLehmann } from '../stats/hodges-lehmann.ts';
import { FEWEST_BLOCKS, signedRankInterval } from '../stats/wilcoxon.ts';
import type { Estimate, Figure, OverheadLevel, Summary } from '../summary/summary.ts';

type Part = 'overhead' | 'noise';
type Located = Pick<OverheadLevel, 'level' | 'difference'>;

/** What one look gives to all of them. */
export interface Looked extends Pick<Summary, 'confidence' | 'figures'> {
  readonly overhead: {
    readonly levels: readonly Located[];
    readonly noise?: readonly Located[] | null;
  } | null;
}

const estimateOf = ({ overhead }: Looked, part: Part, level: OverheadLevel['level']): Estimate | null => {
  const levels = part === 'noise' ? overhead?.noise : overhead?.levels;
  return levels?.find((l) => l.level === level)?.difference ?? null;
};

/**
 * The latest summary, with the medians of paired differences taken over the blocks of all looks. Other figures stay
 * those of the latest look: a count is judged look by look, and a quantile needs its own run's pairs.
 */
export function pooledSummary<T extends Looked>(earlier: readonly Looked[], latest: T): T {
  if (earlier.length === 0) return latest;
  const all = [...earlier, latest];
  const figures: Record<string, Figure> = { ...latest.figures };
  for (const part of ['overhead', 'noise'] as const) {
    for (const level of ['submit', 'poll', 'total'] as const) {
      const name = `${part}.${level}.median`;
      const estimates = all.map((summary) => estimateOf(summary, part, level)).filter((e) => e !== null);
      const figure = figures[name];
      if (figure !== undefined) figures[name] = pooled(figure, estimates, latest.confidence);
    }
  }
  for (const level of ['submit', 'poll', 'total'] as const) withNoise(figures, level);
  return { ...latest, figures };
}

function pooled(figure: Figure, estimates: readonly Estimate[], confidence?: number): Figure {
  const blocks = estimates.flatMap((estimate) => estimate.blockMs ?? []);
  const interval = blocks.length < FEWEST_BLOCKS ? null : signedRankInterval(blocks, confidence);
  if (interval === null) return figure;
  const { low, high } = interval;
  const value = hodgesLehmann(blocks);
  const n = estimates.reduce((sum, estimate) => sum + estimate.pairs, 0);
  const note = `Hodges–Lehmann estimate over ${n} pairs in ${blocks.length} blocks of ${estimates.length} looks`;
  const against = figure.against && { ...figure.against, shift: value, low, high };
  return { ...figure, value, n, low, high, note, ...(against === undefined ? {} : { against }) };
}

/** The pooled noise stands beside the pooled overhead. */
function withNoise(figures: Record<string, Figure>, level: OverheadLevel['level']): void {
  const noise = figures[`noise.${level}.median`];
  const name = `overhead.${level}.median`;
  const figure = figures[name];
  if (figure === undefined || noise?.low === undefined || noise.high === undefined) return;
  figures[name] = { ...figure, noise: { low: noise.low, high: noise.high } };
}
