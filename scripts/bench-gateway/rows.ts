// What was measured, as rows of a table, and how it is measured fairly.
import type { Target } from './processes.ts';

export interface Row {
  readonly what: string;
  readonly unit: string;
  /** Median over the rounds, by target; where a target is missing, it was not measured. */
  readonly values: Readonly<Record<string, number>>;
}

/** By what is measured, then by target: one value per round. */
export type Measured = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Every round measures every target in turn; each comes first once, and last once, so that drift falls on all. */
export async function rounds(
  count: number,
  targets: readonly Target[],
  measure: (target: Target) => Promise<Readonly<Record<string, number>>>,
): Promise<Measured> {
  const all: Record<string, Record<string, number[]>> = {};
  for (let round = 0; round < count; round++) {
    const order = targets.map((_, i) => targets[(i + round) % targets.length]).filter((t) => t !== undefined);
    for (const target of order) {
      for (const [what, value] of Object.entries(await measure(target))) {
        const byTarget = all[what] ?? {};
        all[what] = byTarget;
        byTarget[target.name] = [...(byTarget[target.name] ?? []), value];
      }
    }
  }
  return all;
}

export const rowsOf = (all: Measured, unit: string): Row[] =>
  Object.entries(all).map(([what, byTarget]) => ({
    what,
    unit,
    values: Object.fromEntries(Object.entries(byTarget).map(([name, values]) => [name, median(values)])),
  }));

/** What a target adds to the direct one: the median of the differences within each round. */
export function addedRow(what: string, byTarget: Measured[string]): Row {
  const { direct = [] } = byTarget;
  const values = Object.entries(byTarget)
    .filter(([name]) => name !== 'direct')
    .map(([name, own]) => [name, median(own.map((value, round) => value - (direct[round] ?? Number.NaN)))]);
  return { what, unit: 'ms', values: Object.fromEntries(values) };
}
