/** Which pairs may be compared, and why the others may not. */
import { numbersAt, type Places, placesOf } from './columns.ts';
import type { Entry, Ledger } from './ledger.ts';
import { ascendingOrder } from './stats/order.ts';

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
  const { entries, samples } = ledger;
  const { pair, sentUs } = samples;
  const other = new Map<number, number>();
  for (const place of ledger.baseline) if (pair.at(place) >= 0) other.set(pair.at(place), place);
  const paired = ledger[arm].filter((place) => pair.at(place) >= 0);
  const partner = numbersAt(paired, (place) => other.get(pair.at(place)) ?? -1);
  const leftOut: Record<string, number> = {};
  const fit = placesOf(paired).filter((i) => {
    const [member, twin] = [paired[i] ?? 0, partner[i] ?? -1];
    const reason = twin < 0 ? 'only one side planned' : unfit(entries.at(member), entries.at(twin));
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

function unfit(gateway: Entry, baseline: Entry): string | undefined {
  const outside = gateway.outside ?? baseline.outside;
  if (outside !== undefined) return outside;
  if (gateway.outcome !== 'finished' || baseline.outcome !== 'finished') return 'not both finished';
  if (gateway.owner === undefined || baseline.owner === undefined)
    return gateway.suffix !== '' && gateway.suffix === baseline.suffix ? undefined : 'cluster unknown';
  return gateway.owner.cluster === baseline.owner.cluster ? undefined : 'other cluster';
}
