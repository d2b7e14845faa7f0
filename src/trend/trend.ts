/** Series of figures over many runs, and where they changed. */
import { seededRandom } from '../base/random.ts';
import { FIGURES } from '../measure/figures/figures.ts';
import { type ChangePoint, changePoints } from './change-points.ts';
import type { HistoryEntry } from './history.ts';

export interface TrendChange extends ChangePoint {
  readonly entry: HistoryEntry;
  /** after / before − 1; null when there was nothing before. */
  readonly relative: number | null;
}

export interface Trend {
  readonly name: string;
  readonly machine: string;
  readonly figure: string;
  readonly unit: string;
  readonly entries: readonly HistoryEntry[];
  readonly values: readonly number[];
  readonly changes: readonly TrendChange[];
}

/** Figures looked at unless others are named: what a gateway costs, what users feel, what they lose. */
export const USUAL_FIGURES = [
  'overhead.submit.median',
  'overhead.poll.median',
  'overhead.total.median',
  'latency.service.p50',
  'latency.service.p95',
  'latency.response.p95',
  'drops.total',
  'drops.avoidable',
  'routing.mismatches',
  'queries.heldUp',
] as const;

/** One trend for each scenario, machine and figure that has values. */
export function trends(
  history: readonly HistoryEntry[],
  figures: readonly string[] = USUAL_FIGURES,
): readonly Trend[] {
  const series = Map.groupBy(history, (entry) => `${entry.name}\u0000${entry.machine}`);
  return [...series.values()].flatMap((entries) =>
    figures.flatMap((figure): Trend[] => {
      const known = entries.filter((entry) => entry.figures[figure] !== undefined);
      const values = known.map((entry) => entry.figures[figure] ?? 0);
      const [first] = known;
      if (first === undefined) return [];
      const random = seededRandom(values.length, `trend ${figure}`);
      const changes = changePoints(values, { random }).map((change): TrendChange => {
        const { index, before, after } = change;
        const relative = before === 0 ? null : after / before - 1;
        return { ...change, entry: known[index] as HistoryEntry, relative };
      });
      const unit = FIGURES[figure]?.unit ?? 'count';
      return [{ name: first.name, machine: first.machine, figure, unit, entries: known, values, changes }];
    }),
  );
}
