/** A smaller dump with the mix of the whole: by source, statement kind and hour. Two passes, in constant memory. */
import { heapBound } from '../../base/heap.ts';
import { type Random, seededRandom } from '../../base/random.ts';
import { formatCount } from '../../base/units.ts';
import { rememberedKind } from '../kinds.ts';
import { HEAP_BYTES, type OrderedDump } from '../order/ordered.ts';
import type { DumpRecord } from '../record.ts';

const HOUR_MS = 3_600e3;

export interface SampledDump {
  /** What was drawn, for people. */
  readonly note: string;
  /** The drawn records by arrival, in batches; the same each time. */
  records(): AsyncGenerator<readonly DumpRecord[]>;
}

/** A part of the dump: queries of one source, kind and hour. */
interface Stratum {
  readonly size: number;
  readonly quota: number;
}

/**
 * Draws `count` records, or all where there are no more. Each stratum gives its share by the largest remainders (Hamilton's
 * method), so shares are off by less than one record; which of its records is decided by the seed.
 */
export async function sampledDump(dump: OrderedDump, count: number, seed: number): Promise<SampledDump> {
  const stratumOf = strata();
  const sizes = new Map<string, number>();
  for await (const batch of bounded(dump.records('taking the mix')))
    for (const record of batch) {
      const name = stratumOf(record);
      sizes.set(name, (sizes.get(name) ?? 0) + 1);
    }
  const total = dump.gathered.accepted;
  const quotas = total <= count ? new Map(sizes) : hamilton(sizes, count, total);
  const taken = Math.min(total, count);
  return {
    note: `${formatCount(taken)} of ${formatCount(total)} queries were drawn, with the mix by source, kind and hour`,
    records: () => drawn(dump, stratumOf, quotas, sizes, seed),
  };
}

function strata(): (record: DumpRecord) => string {
  const kindOf = rememberedKind();
  return ({ sql, source = '', arrivedAtMs }) =>
    `${Math.floor(arrivedAtMs / HOUR_MS)}\u0000${kindOf(sql)}\u0000${source}`;
}

/** Whole shares first, then one each by the largest remainders; ties by name, so that the order of reading decides nothing. */
function hamilton(sizes: ReadonlyMap<string, number>, count: number, total: number): Map<string, number> {
  const shares = [...sizes].map(([name, size]) => {
    const exact = (size * count) / total;
    return { name, whole: Math.floor(exact), rest: exact - Math.floor(exact) };
  });
  let left = count - shares.reduce((sum, share) => sum + share.whole, 0);
  const quotas = new Map(shares.map(({ name, whole }) => [name, whole]));
  const byRest = shares.sort((a, b) => b.rest - a.rest || (a.name < b.name ? -1 : 1));
  for (const { name } of byRest) {
    if (left-- <= 0) break;
    quotas.set(name, (quotas.get(name) ?? 0) + 1);
  }
  return quotas;
}

/** Selection sampling in each stratum (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S). */
async function* drawn(
  dump: OrderedDump,
  stratumOf: (record: DumpRecord) => string,
  quotas: ReadonlyMap<string, number>,
  sizes: ReadonlyMap<string, number>,
  seed: number,
): AsyncGenerator<readonly DumpRecord[]> {
  const open = new Map<string, { random: Random; left: number; wanted: number }>();
  for await (const batch of bounded(dump.records('drawing'))) {
    const kept = batch.filter((record) => {
      const name = stratumOf(record);
      let state = open.get(name);
      if (state === undefined) {
        const stratum: Stratum = { size: sizes.get(name) ?? 0, quota: quotas.get(name) ?? 0 };
        state = { random: seededRandom(seed, `sample ${name}`), left: stratum.size, wanted: stratum.quota };
        open.set(name, state);
      }
      const isDrawn = state.random.next() * state.left < state.wanted;
      state.left--;
      if (isDrawn) state.wanted--;
      return isDrawn;
    });
    if (kept.length > 0) yield kept;
  }
}

async function* bounded<T>(batches: AsyncGenerator<T>): AsyncGenerator<T> {
  const bound = heapBound(HEAP_BYTES);
  for await (const batch of batches) {
    yield batch;
    bound();
  }
}
