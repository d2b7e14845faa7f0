/** What a statement's result has to be: told by the plan, or by the statement's other executions in the run. */
import type { Variance } from '../../trino/determinism.ts';
import { type Column, groupPlaces, type Places, placesOf } from '../record/columns.ts';
import type { ExpectedResult, Sample } from '../record/sample.ts';
import type { Samples } from '../record/samples.ts';

/** A reference for one sample, and in words where it comes from. */
export interface Reference {
  readonly result: ExpectedResult;
  readonly from: 'the plan' | 'the baseline' | 'most executions';
}

interface Variant {
  readonly result: ExpectedResult;
  all: number;
  baseline: number;
  firstUs: number;
}

/** Answers the reference of a finished sample, or undefined when there is nothing to compare with. */
export type ReferenceOf = (sample: Sample) => Reference | undefined;

/**
 * Compares finished executions of one `statement`. Where they differ, the value that most baseline executions
 * gave is right, without a baseline the one that most executions gave, at a tie the one that came first.
 * Of statements that need not give the same rows each time, only what is the same is compared.
 */
export function referenceResults(samples: Samples, varies: Column<Variance | undefined>): ReferenceOf {
  const { end, expected, statement } = samples;
  const compared = placesOf(samples).filter(
    (i) =>
      end.at(i) === 'finished' &&
      statement.at(i) !== '' &&
      expected.at(i) === undefined &&
      isWhole(samples.enoughRows.at(i)),
  );
  const references = new Map<string, Reference | undefined>();
  for (const [text, places] of groupPlaces(compared, (i) => statement.at(i))) {
    if (!differ(samples, places)) continue;
    references.set(text, comparable(choose(variantsOf(samples, places)), varies.at(places[0] ?? 0)));
  }
  return (sample) => {
    if (!isWhole(sample.enoughRows)) return undefined;
    if (sample.expected !== undefined) return { result: sample.expected, from: 'the plan' };
    return references.size === 0 ? undefined : references.get(sample.statement);
  };
}

/** Whose client cancelled the rest has some of the rows: which ones is chance. */
function isWhole(enoughRows: number): boolean {
  return enoughRows < 0;
}

/** Whether executions of a statement gave more than one result. */
function differ({ checksum, rows }: Samples, places: Places): boolean {
  const first = places[0] ?? 0;
  return places.some((i) => rows.at(i) !== rows.at(first) || checksum.at(i) !== checksum.at(first));
}

function comparable(reference: Reference, variance: Variance | undefined): Reference | undefined {
  if (variance === undefined) return reference;
  const { result, from } = reference;
  return variance.compare === 'nothing' ? undefined : { from, result: { rows: result.rows, checksum: '' } };
}

function variantsOf({ arm, checksum, lastUs, rows }: Samples, places: Places): readonly Variant[] {
  const variants = new Map<string, Variant>();
  for (const i of places) {
    const result = { rows: rows.at(i), checksum: checksum.at(i) };
    const key = `${result.rows} ${result.checksum}`;
    let variant = variants.get(key);
    if (variant === undefined) {
      variant = { result, all: 0, baseline: 0, firstUs: Number.POSITIVE_INFINITY };
      variants.set(key, variant);
    }
    variant.all += 1;
    if (arm.at(i) === 'baseline') variant.baseline += 1;
    variant.firstUs = Math.min(variant.firstUs, lastUs.at(i));
  }
  return [...variants.values()];
}

function choose(variants: readonly Variant[]): Reference {
  const from = variants.some((v) => v.baseline > 0) ? 'the baseline' : 'most executions';
  const votes = (v: Variant) => (from === 'the baseline' ? v.baseline : v.all);
  const best = variants.reduce((a, b) => {
    if (votes(a) !== votes(b)) return votes(a) > votes(b) ? a : b;
    return a.firstUs <= b.firstUs ? a : b;
  });
  return { result: best.result, from };
}

/** In words how a result differs from its reference; undefined when it does not. */
export function difference(sample: Sample, reference: Reference): string | undefined {
  const { result, from } = reference;
  if (sample.rows !== result.rows)
    return `${sample.rows} rows instead of ${result.rows}, as ${from} ${from === 'most executions' ? 'say' : 'says'}`;
  if (result.checksum !== '' && sample.checksum !== result.checksum)
    return `same number of rows as ${from}, other content`;
  return undefined;
}
