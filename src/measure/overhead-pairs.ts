/** Which pairs may be compared, and why the others may not. */
import type { Entry, Ledger } from './ledger.ts';

export interface Pair {
  readonly gateway: Entry;
  readonly baseline: Entry;
  /** When the first of the two was sent, microseconds. */
  readonly atUs: number;
}

export interface Pairs {
  /** In the order of time. */
  readonly used: readonly Pair[];
  readonly planned: number;
  readonly leftOut: Readonly<Record<string, number>>;
}

/**
 * Pairs by number; queries outside pairs are not looked at. With `noise` the second baseline stands in the gateway's
 * place: the same comparison of two ways that are alike.
 */
export function comparePairs(ledger: Ledger, arm: 'gateway' | 'noise' = 'gateway'): Pairs {
  const baseline = new Map<number, Entry>();
  for (const entry of ledger.baseline) if (entry.sample.pair >= 0) baseline.set(entry.sample.pair, entry);
  const leftOut: Record<string, number> = {};
  const used: Pair[] = [];
  let planned = 0;
  for (const entry of ledger[arm]) {
    if (entry.sample.pair < 0) continue;
    planned += 1;
    const other = baseline.get(entry.sample.pair);
    const reason = other === undefined ? 'only one side planned' : unfit(entry, other);
    if (other === undefined || reason !== undefined) {
      leftOut[reason ?? ''] = (leftOut[reason ?? ''] ?? 0) + 1;
    } else {
      const atUs = Math.min(entry.sample.sentUs, other.sample.sentUs);
      used.push({ gateway: entry, baseline: other, atUs });
    }
  }
  return { used: used.sort((a, b) => a.atUs - b.atUs), planned, leftOut };
}

function unfit(gateway: Entry, baseline: Entry): string | undefined {
  const outside = gateway.outside ?? baseline.outside;
  if (outside !== undefined) return outside;
  if (gateway.outcome !== 'finished' || baseline.outcome !== 'finished') return 'not both finished';
  if (gateway.owner === undefined || baseline.owner === undefined)
    return gateway.suffix !== '' && gateway.suffix === baseline.suffix ? undefined : 'cluster unknown';
  return gateway.owner.cluster === baseline.owner.cluster ? undefined : 'other cluster';
}
