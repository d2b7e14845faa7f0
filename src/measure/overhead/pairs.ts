/** Which pairs may be compared, and why the others may not. */

import type { Ledger } from '../ledger/ledger.ts';
import { numbersAt, type Places, placesOf } from '../record/columns.ts';
import { ascendingOrder } from '../stats/order.ts';

/** The pairs that may be compared: places of their members, the pairs in the order of time. */
export interface Pairs {
  readonly gateway: Places;
  readonly baseline: Places;
  /** When the first of each pair was sent, microseconds. */
  readonly atUs: Float64Array<ArrayBuffer>;
  readonly planned: number;
  /** The others, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/**
 * Pairs by number; queries outside pairs are not looked at. With `noise` the second baseline stands in the gateway's
 * place: the same comparison of two ways that are alike.
 */
export function comparePairs(ledger: Ledger, arm: 'gateway' | 'noise' = 'gateway'): Pairs {
  const { pair, sentUs } = ledger.samples;
  const other = new Map<number, number>();
  for (const place of ledger.baseline) if (pair.at(place) >= 0) other.set(pair.at(place), place);
  const paired = ledger[arm].filter((place) => pair.at(place) >= 0);
  const partner = numbersAt(paired, (place) => other.get(pair.at(place)) ?? -1);
  const leftOut: Record<string, number> = {};
  const fit = placesOf(paired).filter((i) => {
    const twin = partner[i] ?? -1;
    const reason = twin < 0 ? 'only one side planned' : unfit(ledger, paired[i] ?? 0, twin);
    if (reason !== undefined) leftOut[reason] = (leftOut[reason] ?? 0) + 1;
    return reason === undefined;
  });
  const sent = numbersAt(fit, (i) => Math.min(sentUs.at(paired[i] ?? 0), sentUs.at(partner[i] ?? 0)));
  const order = ascendingOrder(sent);
  const inOrder = order.map((k) => fit[k] ?? 0);
  return {
    gateway: inOrder.map((i) => paired[i] ?? 0),
    baseline: inOrder.map((i) => partner[i] ?? 0),
    atUs: numbersAt(order, (k) => sent[k] ?? 0),
    planned: paired.length,
    leftOut,
  };
}

function unfit({ entries }: Ledger, gateway: number, baseline: number): string | undefined {
  const { outcome, outside, owner, suffix } = entries;
  const why = outside.at(gateway) ?? outside.at(baseline);
  if (why !== undefined) return why;
  if (outcome.at(gateway) !== 'finished' || outcome.at(baseline) !== 'finished') return 'not both finished';
  const [ranOn, twinRanOn] = [owner.at(gateway), owner.at(baseline)];
  if (ranOn === undefined || twinRanOn === undefined)
    return suffix.at(gateway) !== '' && suffix.at(gateway) === suffix.at(baseline)
      ? undefined
      : 'cluster unknown';
  return ranOn.cluster === twinRanOn.cluster ? undefined : 'other cluster';
}
