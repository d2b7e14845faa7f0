/**
 * More of the same load: copies of the dump laid over each other, each shifted by a little and with users of its own.
 * Unlike compressed time this keeps every user's pace and every burst, and adds users, as growth does.
 */
import { hash32, seededRandom } from '../../base/random.ts';
import { timeHeap } from '../simulate/time-heap.ts';
import type { Arrival, Load } from '../simulate/world.ts';
import type { Workload } from './workload.ts';

export interface CloneOptions {
  /** How many times the recorded users: one factor for all, or one for each query of the workload. */
  readonly factor: number | Float64Array;
  /** The part of the dump, milliseconds since its start; all of it when not given. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** The part is played so many times, one after another; each time the copies are shifted anew. */
  readonly rounds?: number;
  /** Copies are shifted by up to so much either way; the first keeps its times. */
  readonly shiftMs?: number;
  /** Recorded run times are multiplied by this. */
  readonly serviceScale?: number;
  readonly seed: number;
}

const DEFAULT_SHIFT_MS = 120_000;

/** A load of copies. A fraction of a copy is a fraction of its users, with all that they did. */
export function clonedLoad(workload: Workload, options: CloneOptions): Load {
  const { factor, rounds = 1, serviceScale = 1, shiftMs = DEFAULT_SHIFT_MS, seed } = options;
  const { fromMs = 0, toMs = workload.lengthMs } = options;
  const first = lowerBound(workload.atMs, fromMs);
  const length = lowerBound(workload.atMs, toMs) - first;
  const spanMs = toMs - fromMs;
  const factorOf = (i: number) => (typeof factor === 'number' ? factor : (factor[i] ?? 0));
  const copies = Math.max(0, Math.ceil(typeof factor === 'number' ? factor : largest(factor)));
  const random = seededRandom(seed, 'clones');
  const heads = timeHeap(Math.max(1, copies));
  // Of each copy: where it is in the part, how often it has been through, and its shift.
  const place = new Int32Array(copies);
  const done = new Int32Array(copies);
  const shift = new Float64Array(copies);
  const round = new Int32Array(copies);

  const drawShift = (copy: number) => {
    shift[copy] = copy === 0 || copies === 1 ? 0 : (2 * random.next() - 1) * Math.min(shiftMs, spanMs / 2);
    // The part is a ring: what is shifted out at one end comes in at the other.
    const s = shift[copy] as number;
    place[copy] =
      s >= 0 ? lowerBound(workload.atMs, toMs - s) - first : lowerBound(workload.atMs, fromMs - s) - first;
    done[copy] = 0;
  };
  const timeOf = (copy: number): number => {
    const at =
      (workload.atMs[first + ((place[copy] as number) % length)] as number) +
      (shift[copy] as number) -
      fromMs;
    const inRing = at < 0 ? at + spanMs : at >= spanMs ? at - spanMs : at;
    return inRing + (round[copy] as number) * spanMs;
  };
  /** Moves a copy to its next query that is wanted; false when it is through. */
  const advance = (copy: number): boolean => {
    for (;;) {
      if ((done[copy] as number) >= length) {
        round[copy] = (round[copy] as number) + 1;
        if ((round[copy] as number) >= rounds) return false;
        drawShift(copy);
      }
      const i = first + ((place[copy] as number) % length);
      if (takesPart(copy, workload.user[i] as number, factorOf(i))) return true;
      step(copy);
    }
  };
  const step = (copy: number) => {
    place[copy] = (place[copy] as number) + 1;
    done[copy] = (done[copy] as number) + 1;
  };
  const schedule = (copy: number) => heads.set(copy, advance(copy) ? timeOf(copy) : Number.POSITIVE_INFINITY);
  for (let copy = 0; copy < copies && length > 0; copy++) {
    drawShift(copy);
    schedule(copy);
  }
  return {
    groups: workload.groups,
    users: Math.max(1, workload.users.length * copies),
    fingerprints: workload.fingerprints,
    next(into: Arrival) {
      const atMs = heads.firstAt();
      if (atMs === Number.POSITIVE_INFINITY) return false;
      const copy = heads.first();
      const i = first + ((place[copy] as number) % length);
      into.atMs = atMs;
      into.serviceMs = (workload.serviceMs[i] as number) * serviceScale;
      into.user = (workload.user[i] as number) + copy * workload.users.length;
      into.source = workload.source[i] as number;
      into.fingerprint = workload.fingerprint[i] as number;
      into.group = workload.group[i] as number;
      step(copy);
      schedule(copy);
      return true;
    },
  };
}

/** Copy k of a user takes part when k < factor; of the last, broken copy a fixed share of the users does. */
function takesPart(copy: number, user: number, factor: number): boolean {
  const whole = Math.floor(factor);
  if (copy < whole) return true;
  return copy === whole && hash32(`${user}/${copy}`) / 2 ** 32 < factor - whole;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
}

/** Place of the first value that is not below `at`; values ascend. */
export function lowerBound(values: Float64Array, at: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
