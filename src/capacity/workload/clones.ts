/**
 * More of the same load: copies of the dump laid over each other, each at other times and with users of its own.
 * Unlike compressed time this keeps every user's pace, and adds users, as growth does.
 */
import { seededRandom } from '../../base/random.ts';
import { timeHeap } from '../simulate/time-heap.ts';
import type { Arrival, Load } from '../simulate/world.ts';
import { endOf, runningAt } from './residents.ts';
import { fraction, GOLDEN, ranksOf } from './thinning.ts';
import { lowerBound, type Workload } from './workload.ts';

export interface CloneOptions {
  /** How many times the recorded users: one factor for all, or one for each query of the workload. */
  readonly factor: number | Float64Array;
  /** The part of the dump, milliseconds since its start. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The stretch of the part that is judged: so much of the load falls into it as the factor says. */
  readonly judged: { readonly fromMs: number; readonly toMs: number };
  /**
   * The dump is a sample of the users: all copies are moved by up to so much either way. Undefined when it holds all of
   * them: the first copy keeps its times, the others are turned round within stretches of `turnMs`.
   */
  readonly spreadMs?: number | undefined;
  /** What users do together for longer than this stays together in the copies; the judged stretch and each margin when not given. */
  readonly turnMs?: number | undefined;
  /** Recorded run times are multiplied by this. */
  readonly serviceScale?: number;
  readonly seed: number;
}

/** Queries of a workload, from one place to before another, moved by so much. */
interface Piece {
  readonly first: number;
  readonly end: number;
  readonly byMs: number;
}

/**
 * A load of copies, its times counted from the part's start. Shifts and shares fill their range evenly, and a larger factor
 * has all the queries of a smaller one: what is asked of several factors is answered by the same randomness. What runs when the part
 * begins comes first, with the rest of its run time.
 */
export function clonedLoad(workload: Workload, options: CloneOptions): Load {
  const { factor, fromMs, judged, serviceScale = 1, seed, spreadMs = 0 } = options;
  const factorOf = (i: number) => (typeof factor === 'number' ? factor : (factor[i] ?? 0));
  const copies = copiesOf(factor);
  const random = seededRandom(seed, 'clones');
  const shifted = random.next();
  const turnOf = (copy: number) => fraction(shifted + copy * GOLDEN);
  const thinned = random.next();
  const ranks = ranksOf(workload, Math.max(0, judged.fromMs - spreadMs), judged.toMs + spreadMs);
  const heads = timeHeap(Math.max(1, copies));
  const pieces = Array.from({ length: copies }, (_, copy) => piecesOf(workload, options, copy, turnOf(copy)));
  const piece = new Int32Array(copies);
  const place = Int32Array.from(pieces, (own) => own[0]?.first ?? 0);
  // Copy k of a query takes part when k < factor; of the last, broken copy as many queries as its fraction says.
  const takesPart = (copy: number, i: number) => {
    const left = factorOf(i) - copy;
    return left >= 1 || (left > 0 && fraction((ranks[i] as number) + thinned + copy * GOLDEN) < left);
  };
  /** Moves a copy on to its next query that takes part, from where it stands. */
  const schedule = (copy: number) => {
    const own = pieces[copy] as readonly Piece[];
    for (;;) {
      const at = own[piece[copy] as number];
      if (at === undefined) return heads.set(copy, Number.POSITIVE_INFINITY);
      const i = place[copy] as number;
      if (i >= at.end) {
        piece[copy] = (piece[copy] as number) + 1;
        place[copy] = own[piece[copy] as number]?.first ?? 0;
      } else if (takesPart(copy, i)) return heads.set(copy, (workload.atMs[i] as number) + at.byMs - fromMs);
      else place[copy] = i + 1;
    }
  };
  for (let copy = 0; copy < copies; copy++) schedule(copy);
  const write = (into: Arrival, copy: number, i: number, atMs: number, serviceMs: number) => {
    into.atMs = atMs;
    into.serviceMs = serviceMs;
    into.user = (workload.user[i] as number) + copy * workload.users.length;
    into.source = workload.source[i] as number;
    into.fingerprint = workload.fingerprint[i] as number;
    into.group = workload.group[i] as number;
  };
  const running = Array.from({ length: copies }, (_, copy) => {
    const sourceMs = sourceStart(workload, options, copy, turnOf(copy));
    return runningAt(workload, sourceMs, serviceScale)
      .filter((i) => takesPart(copy, i))
      .map((i) => ({ copy, i, leftMs: endOf(workload, i, serviceScale) - sourceMs }));
  }).flat();
  let resident = 0;
  return {
    groups: workload.groups,
    users: Math.max(1, workload.users.length * copies),
    fingerprints: workload.fingerprints,
    next(into: Arrival) {
      const first = running[resident];
      if (first !== undefined) {
        resident++;
        write(into, first.copy, first.i, 0, first.leftMs);
        return true;
      }
      const atMs = heads.firstAt();
      if (atMs === Number.POSITIVE_INFINITY) return false;
      const copy = heads.first();
      const i = place[copy] as number;
      write(into, copy, i, atMs, (workload.serviceMs[i] as number) * serviceScale);
      place[copy] = i + 1;
      schedule(copy);
      return true;
    },
  };
}

export function copiesOf(factor: number | Float64Array): number {
  return Math.max(0, Math.ceil(typeof factor === 'number' ? factor : largest(factor)));
}

/** Where a copy reads: `turn` of 0..1 says how far it is moved. */
function piecesOf(workload: Workload, options: CloneOptions, copy: number, turn: number): Piece[] {
  const { fromMs, judged, spreadMs, toMs, turnMs = Number.POSITIVE_INFINITY } = options;
  if (spreadMs !== undefined) return movedPieces(workload, { fromMs, toMs }, spreadMs, turn);
  const by = copy === 0 ? 0 : turn;
  return [
    ...rings(workload, fromMs, judged.fromMs, turnMs, by),
    ...rings(workload, judged.fromMs, judged.toMs, turnMs, by),
    ...rings(workload, judged.toMs, toMs, turnMs, by),
  ];
}

/** Which moment of the dump a copy begins with, milliseconds since its start. */
function sourceStart(workload: Workload, options: CloneOptions, copy: number, turn: number): number {
  const { fromMs, judged, spreadMs, toMs, turnMs = Number.POSITIVE_INFINITY } = options;
  if (spreadMs !== undefined) return movedSource(workload, { fromMs, toMs }, spreadMs, turn);
  if (copy === 0) return fromMs;
  const toEndMs = judged.fromMs > fromMs ? judged.fromMs : judged.toMs;
  const ringMs = (toEndMs - fromMs) / partsOf(toEndMs - fromMs, turnMs);
  return fromMs + (1 - turn) * ringMs;
}

const partsOf = (lengthMs: number, turnMs: number) => Math.max(1, Math.ceil(lengthMs / turnMs));

/** A stretch in equal parts no longer than `turnMs`, each turned round by itself. */
function rings(workload: Workload, fromMs: number, toMs: number, turnMs: number, turn: number): Piece[] {
  const parts = partsOf(toMs - fromMs, turnMs);
  const lengthMs = (toMs - fromMs) / parts;
  return Array.from({ length: parts }, (_, k) =>
    ring(workload, fromMs + k * lengthMs, fromMs + (k + 1) * lengthMs, turn),
  ).flat();
}

/** A stretch turned round: what is moved out at its end comes in at its start. */
function ring({ atMs }: Workload, fromMs: number, toMs: number, turn: number): Piece[] {
  const byMs = turn * (toMs - fromMs);
  const [start, cut, end] = [fromMs, toMs - byMs, toMs].map((at) => lowerBound(atMs, at)) as [
    number,
    number,
    number,
  ];
  return [
    { first: cut, end, byMs: byMs - (toMs - fromMs) },
    { first: start, end: cut, byMs },
  ];
}

interface Part {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The part as it was up to `spreadMs` before or after; a dump too short for that is taken for a ring. */
function movedPieces(workload: Workload, part: Part, spreadMs: number, turn: number): Piece[] {
  const { atMs, lengthMs } = workload;
  const spanMs = part.toMs - part.fromMs;
  const sourceMs = movedSource(workload, part, spreadMs, turn);
  const beyondMs = Math.max(0, sourceMs + spanMs - lengthMs);
  const piece = (fromMs: number, endMs: number, byMs: number): Piece => ({
    ...{ first: lowerBound(atMs, fromMs), end: lowerBound(atMs, endMs), byMs },
  });
  return [
    piece(sourceMs, sourceMs + spanMs - beyondMs, part.fromMs - sourceMs),
    ...(beyondMs > 0 ? [piece(0, beyondMs, part.fromMs - sourceMs + lengthMs)] : []),
  ];
}

/** Near the dump's ends all of a moved part is taken from inside the dump. */
function movedSource({ lengthMs }: Workload, { fromMs, toMs }: Part, spreadMs: number, turn: number): number {
  const spanMs = toMs - fromMs;
  if (lengthMs < spanMs + 2 * spreadMs) return turn * lengthMs;
  const lowest = Math.min(Math.max(0, fromMs - spreadMs), lengthMs - spanMs - 2 * spreadMs);
  return lowest + turn * 2 * spreadMs;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
}
