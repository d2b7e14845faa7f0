/**
 * A smaller dump with the mix of the whole: by source and statement kind, and even in time. Two passes, in memory that goes by
 * the number of sources and kinds and not by the length of the dump.
 */
import { heapBound } from '../../base/heap.ts';
import { type Random, seededRandom } from '../../base/random.ts';
import { formatCount } from '../../base/units.ts';
import { rememberedKind } from '../kinds.ts';
import { HEAP_BYTES, type OrderedDump } from '../order/ordered.ts';
import type { DumpRecord } from '../record.ts';

/** Parts that are told apart. Where every query names a source of its own, those that come later are one part for each kind. */
const MOST_PARTS = 20_000;

export interface SampledDump {
  /** What was drawn, for people. */
  readonly note: string;
  /** The drawn records by arrival, in batches; the same each time. */
  records(): AsyncGenerator<readonly DumpRecord[]>;
}

/**
 * Draws `count` records, or all where there are no more. A part is the queries of one source and kind; each gives its share, off
 * by less than one record and right on average however small it is (systematic rounding: Särndal, Swensson and Wretman, Model
 * Assisted Survey Sampling, 3.6). The records of a part are cut, in their order of time, into as many stretches as it gives records, and
 * one is drawn of each: every hour keeps its share, and no rhythm of the dump meets a rhythm of the drawing.
 */
export async function sampledDump(dump: OrderedDump, count: number, seed: number): Promise<SampledDump> {
  const parts = partsOf(MOST_PARTS);
  for await (const batch of bounded(dump.records('taking the mix')))
    for (const record of batch) parts.count(record);
  const total = dump.gathered.accepted;
  const taken = Math.min(total, count);
  const quotas = shares(parts.sizes, taken, total, seed);
  return {
    note: `${formatCount(taken)} of ${formatCount(total)} queries were drawn, with the mix by source, kind and hour`,
    records: () => drawn(dump, parts, quotas, seed),
  };
}

interface Parts {
  readonly sizes: ReadonlyMap<string, number>;
  count(record: DumpRecord): void;
  /** The part of a record that has been counted. */
  of(record: DumpRecord): string;
}

export function partsOf(mostParts: number): Parts {
  const kindOf = rememberedKind();
  const sizes = new Map<string, number>();
  const nameOf = ({ sql, source = '' }: DumpRecord, isRoom: boolean): string => {
    const kind = kindOf(sql);
    const own = `${source}\u0000\u0000${kind}`;
    return isRoom || sizes.has(own) ? own : `\u0000${kind}`;
  };
  return {
    sizes,
    count(record) {
      const name = nameOf(record, sizes.size < mostParts);
      sizes.set(name, (sizes.get(name) ?? 0) + 1);
    },
    of: (record) => nameOf(record, false),
  };
}

/** Whole numbers in place of exact shares: each is the step that the running sum makes over a grid of random phase. */
export function shares(
  sizes: ReadonlyMap<string, number>,
  count: number,
  total: number,
  seed: number,
): Map<string, number> {
  const phase = seededRandom(seed, 'shares').next();
  const quotas = new Map<string, number>();
  let [passed, given] = [0, 0];
  // By name, so that the order of reading decides nothing.
  for (const [name, size] of [...sizes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    passed += size;
    const upTo = passed === total ? count : Math.min(count, Math.floor((passed * count) / total + phase));
    quotas.set(name, Math.min(size, upTo - given));
    given += quotas.get(name) ?? 0;
  }
  return quotas;
}

/** One part while it is drawn from. */
interface Drawing {
  readonly random: Random;
  readonly size: number;
  readonly quota: number;
  /** Records of it that have passed. */
  passed: number;
  /** Stretches that have begun, where the next one begins, and which record of the present one is drawn. */
  stretch: number;
  nextStart: number;
  pick: number;
}

function isDrawn(part: Drawing): boolean {
  const at = part.passed++;
  if (part.quota === 0) return false;
  if (at === part.nextStart && part.stretch < part.quota) {
    part.stretch++;
    part.nextStart = Math.min(part.size, Math.ceil((part.stretch * part.size) / part.quota));
    part.pick = at + part.random.below(part.nextStart - at);
  }
  return at === part.pick;
}

async function* drawn(
  dump: OrderedDump,
  parts: Parts,
  quotas: ReadonlyMap<string, number>,
  seed: number,
): AsyncGenerator<readonly DumpRecord[]> {
  const open = new Map<string, Drawing>();
  const drawingOf = (name: string): Drawing => ({
    random: seededRandom(seed, `sample ${name}`),
    ...{ size: parts.sizes.get(name) ?? 0, quota: quotas.get(name) ?? 0 },
    ...{ passed: 0, stretch: 0, nextStart: 0, pick: -1 },
  });
  for await (const batch of bounded(dump.records('drawing'))) {
    const kept = batch.filter((record) => {
      const name = parts.of(record);
      const part = open.get(name) ?? drawingOf(name);
      open.set(name, part);
      return isDrawn(part);
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
