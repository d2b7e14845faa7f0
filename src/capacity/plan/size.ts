/** How many clusters a group needs: for its peak, with one rolled or lost at the peak, and with a zone lost. */
import { formatCount, formatMs, formatShare } from '../../base/units.ts';
import type { SimResult } from '../simulate/result.ts';
import type { Disturbance } from '../simulate/world.ts';
import { drawsOf, type Judgement, judge } from './judge.ts';
import { MOST_QUERIES, offered, tooMuch } from './limits.ts';
import {
  avoidableDrops,
  clustersOf,
  FEWEST_QUERIES,
  fullestMs,
  type GroupWorld,
  keepsPromise,
  MOST_CLUSTERS,
  type Promised,
  peakStartMs,
  runPlan,
} from './world.ts';

export const SIZE_CASES = ['calm', 'roll', 'kill', 'zone'] as const;
export type SizeCase = (typeof SIZE_CASES)[number];

export interface CaseFigures {
  readonly p95Ms: number;
  readonly queueP95Ms: number;
  readonly avoidable: number;
  readonly unavoidable: number;
  readonly utilisation: number;
}

export interface SizedCase {
  readonly case: SizeCase;
  /** The fewest clusters that keep the promise; null when even the most do not. */
  readonly clusters: number | null;
  /** With that many clusters. */
  readonly figures: CaseFigures | null;
  /** With one fewer: what is broken then. */
  readonly oneFewer: readonly string[];
}

export interface Headroom {
  /** In at least four of five draws of the load. */
  readonly calm: number;
  readonly kill: number;
  /** The least and the most of the draws; absent in records of before they were asked. */
  readonly calmRange?: readonly [number, number];
  readonly killRange?: readonly [number, number];
  /** More was not tried. */
  readonly calmAtLeast?: true;
  readonly killAtLeast?: true;
}

export interface GroupSize {
  readonly group: string;
  readonly cases: readonly SizedCase[];
  /** How many times the present peak the planned clusters carry, calm and with one lost. */
  readonly headroom: Headroom | null;
  /** Clusters planned: enough for one rolled or lost at the peak. */
  readonly planned: number | null;
  /** p95 with clusters to spare: what run times alone take; absent where nothing was simulated, and in older records. */
  readonly idleP95Ms?: number;
  /** How often the load was drawn; absent where nothing was simulated, and in older records. */
  readonly draws?: number;
  /** A roll of the planned clusters cuts more queries than may be lost: their drain is too short for them. */
  readonly drainTooShort?: string;
  /** Why there is no answer. */
  readonly missing: readonly string[];
}

/** What a cluster that is lost is not replaced by. */
const FOR_GOOD = Number.POSITIVE_INFINITY;

/** The clusters of a group for each case; the headroom only where it is asked for. */
export async function sizeGroup(world: GroupWorld, withHeadroom = true): Promise<GroupSize> {
  const { group } = world;
  const none = { group, cases: [], headroom: null, planned: null };
  const excessive = tooMuch(world);
  if (excessive.length > 0) return { ...none, missing: excessive };
  const { idleP95Ms, missing } = await missingFor(world);
  if (missing.length > 0) return { ...none, missing };
  const cases: SizedCase[] = [];
  for (const name of SIZE_CASES) cases.push(await sizeFor(world, name, floorOf(name, cases)));
  const needed = ['roll', 'kill'].map((name) => cases.find((c) => c.case === name)?.clusters ?? null);
  const planned = needed.includes(null) ? null : Math.max(...(needed as number[]));
  const cut = planned === null ? undefined : await cutByDrain(world, planned);
  return {
    ...{ group, cases, planned, idleP95Ms, draws: drawsOf(world).count },
    ...(cut === undefined ? {} : { drainTooShort: cut }),
    headroom: planned === null || !withHeadroom ? null : await headroomOf(world, planned),
    missing:
      planned === null ? [`fewer than ${MOST_CLUSTERS} clusters that keep the promise with one lost`] : [],
  };
}

/** What a roll at the fullest moment loses by its drain, where that is more than was promised. */
async function cutByDrain(world: GroupWorld, planned: number): Promise<string | undefined> {
  const { holds, result } = await judgeCase(world, 'roll', planned);
  const { arrived, drops } = result.judged;
  if (holds || drops.cut === 0) return undefined;
  const { cluster, promise, workload } = world;
  const share = workload.serviceMs.filter((ms) => ms * cluster.serviceScale > cluster.drainMs);
  return (
    `a drain as long as the queries (cluster.drain): of ${formatCount(arrived)} queries a roll cuts ${formatCount(drops.cut)} ` +
    `(${formatShare(drops.cut / arrived)}; ${formatShare(promise.drops)} are promised), as ` +
    `${formatShare(share.length / Math.max(1, workload.serviceMs.length))} of the dump’s run longer than ${formatMs(cluster.drainMs)}`
  );
}

/** What the dump or the promise lacks. */
async function missingFor(
  world: GroupWorld,
): Promise<{ readonly idleP95Ms: number; readonly missing: readonly string[] }> {
  const { queued, response } = await runPlan(world, { clusters: MOST_CLUSTERS });
  const { p95Ms } = world.promise;
  const idleP95Ms = response.p95;
  if (response.n < FEWEST_QUERIES)
    return {
      idleP95Ms,
      missing: [
        `at least ${FEWEST_QUERIES} queries in the peak (load.peakWindow) for a p95; the dump (times load.scale${world.spreadMs === undefined ? '' : ', averaged over load.spread'}) has ${response.n}`,
      ],
    };
  if (idleP95Ms <= p95Ms) return { idleP95Ms, missing: [] };
  // With so many clusters only a load that comes at one moment waits, or a quota.
  const isIdle = queued.p95 < 0.05 * idleP95Ms;
  return {
    idleP95Ms,
    missing: [
      isIdle
        ? `an objective that can be met: on idle clusters p95 is already ${seconds(idleP95Ms)}, the objective is ${seconds(p95Ms)}`
        : `a load that ${MOST_CLUSTERS} clusters carry without queues: with them p95 is ${seconds(idleP95Ms)}, ${seconds(queued.p95)} of it waiting (many queries at one moment, or gateway.openPerUser); the objective is ${seconds(p95Ms)}`,
    ],
  };
}

const seconds = (ms: number) => `${Number((ms / 1000).toPrecision(3))} s`;

interface Floor {
  /** Fewer are not tried; null when no number will do. */
  readonly clusters: number | null;
  /** What one fewer breaks. */
  readonly fewer: readonly string[];
}

const NOTHING_LEFT = ['nothing would be left'];

/**
 * A case never needs fewer than a milder one: what is left after a loss carries no more than so many did in calm, and a zone is a
 * cluster or more. Draws of few queries may seem to say otherwise, as what a killed cluster had loads nobody any more.
 */
function floorOf(name: SizeCase, milder: readonly SizedCase[]): Floor {
  const of = (n: SizeCase) => milder.find((c) => c.case === n);
  const [calm, kill] = [of('calm'), of('kill')];
  if (name === 'calm') return { clusters: 1, fewer: NOTHING_LEFT };
  const fewer = calm?.oneFewer ?? NOTHING_LEFT;
  if (calm?.clusters == null) return { clusters: null, fewer };
  if (name === 'roll') return { clusters: Math.max(2, calm.clusters), fewer };
  if (name === 'kill') return { clusters: calm.clusters + 1, fewer };
  return { clusters: kill?.clusters ?? null, fewer: kill?.oneFewer ?? fewer };
}

async function sizeFor(world: GroupWorld, name: SizeCase, floor: Floor): Promise<SizedCase> {
  const smallest = floor.clusters;
  if (smallest === null || smallest > MOST_CLUSTERS)
    return { case: name, clusters: null, figures: null, oneFewer: [] };
  const tried = new Map<number, Judgement>();
  const judged = async (n: number) => {
    const judgement = tried.get(n) ?? (await judgeCase(world, name, n, sizedBy(world, name)));
    tried.set(n, judgement);
    return judgement;
  };
  let high = smallest;
  while (high < MOST_CLUSTERS && !(await judged(high)).holds) high = Math.min(MOST_CLUSTERS, high * 2);
  if (!(await judged(high)).holds) return { case: name, clusters: null, figures: null, oneFewer: [] };
  let low = Math.max(smallest - 1, Math.floor(high / 2));
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((await judged(middle)).holds) high = middle;
    else low = middle;
  }
  const oneFewer = high - 1 < smallest ? floor.fewer : (await judged(high - 1)).broken;
  return { case: name, clusters: high, figures: figuresOf((await judged(high)).result), oneFewer };
}

/** No number of clusters makes up for a drain that is too short: clusters are counted for what is left to be carried. */
function sizedBy({ promise }: GroupWorld, name: SizeCase): Promised {
  return name === 'roll' ? { ...promise, cutsForgiven: true } : promise;
}

/** The peak on n clusters with what the case does to them. */
export function judgeCase(
  world: GroupWorld,
  name: SizeCase,
  n: number,
  promise = world.promise,
): Promise<Judgement> {
  return judge(world, { clusters: n, disturbances: disturbancesOf(world, name, n) }, promise);
}

/** A loss comes at the start of the peak, so that all of it has to be carried by what is left; a roll at its fullest moment. */
export function disturbancesOf(world: GroupWorld, name: SizeCase, n: number): Disturbance[] {
  const atMs = peakStartMs(world);
  const clusters = clustersOf(world, n);
  const { cluster, detectMs } = world;
  switch (name) {
    case 'calm':
      return [];
    case 'roll':
      return [
        {
          kind: 'roll',
          atMs: fullestMs(world),
          cluster: clusters[0]?.name ?? '',
          drainMs: cluster.drainMs,
          downMs: cluster.startMs,
        },
      ];
    case 'kill':
      return [{ kind: 'kill', atMs, cluster: clusters[0]?.name ?? '', detectMs, downMs: FOR_GOOD }];
    case 'zone':
      return clusters
        .filter((c) => c.zone === 'zone-1')
        .map((c) => ({ kind: 'kill', atMs, cluster: c.name, detectMs, downMs: FOR_GOOD }));
  }
}

export function figuresOf(result: SimResult): CaseFigures {
  return {
    p95Ms: result.response.p95,
    queueP95Ms: result.queued.p95,
    avoidable: avoidableDrops(result),
    unavoidable: result.judged.drops.killed,
    utilisation: result.slotsInUse,
  };
}

const HEADROOM_PRECISION = 0.02;
const MOST_TIMES = 64;
const LEAST_TIMES = 0.02;

/** Multiples of the present load. */
export interface TimesCarried {
  /** Of each draw of the load, ascending. */
  readonly each: readonly number[];
  /** What four of five of them carry. */
  readonly times: number;
  /** That is as much as was tried: it carries at least that. */
  readonly atLeast: boolean;
}

/** The highest multiple of the present load that is carried on n clusters in a case. */
export async function timesCarried(world: GroupWorld, n: number, name: SizeCase): Promise<TimesCarried> {
  const most = Math.max(1, Math.min(MOST_TIMES, MOST_QUERIES / Math.max(1, offered(world).queries)));
  const each: number[] = [];
  const { count, needed } = drawsOf(world);
  for (let replication = 0; replication < count; replication++)
    each.push(await carriedBy(world, n, name, replication, most));
  each.sort((a, b) => a - b);
  const times = each[count - needed] ?? 0;
  return { each, times, atLeast: times >= most };
}

/** Calm and with one lost: what four of five draws carry, and the least and the most of them. */
async function headroomOf(world: GroupWorld, n: number): Promise<Headroom> {
  const calm = await timesCarried(world, n, 'calm');
  const kill = least(await timesCarried(world, n, 'kill'), await timesCarried(world, n - 1, 'calm'));
  const range = ({ each }: TimesCarried) => [each[0] ?? 0, each.at(-1) ?? 0] as const;
  return {
    ...{ calm: calm.times, kill: kill.times, calmRange: range(calm), killRange: range(kill) },
    ...(calm.atLeast ? { calmAtLeast: true as const } : {}),
    ...(kill.atLeast ? { killAtLeast: true as const } : {}),
  };
}

/** What is left after a loss carries no more than so many clusters in calm; what seems more is chance. */
export function least<T extends Pick<TimesCarried, 'times'>>(a: T, b: T): T {
  return a.times <= b.times ? a : b;
}

async function carriedBy(world: GroupWorld, n: number, name: SizeCase, replication: number, most: number) {
  const disturbances = disturbancesOf(world, name, n);
  const holds = async (times: number) =>
    keepsPromise(
      await runPlan(world, { clusters: n, times, disturbances, replication }),
      sizedBy(world, name),
    ).holds;
  let low = 0;
  let high = 1;
  while (await holds(high)) {
    if (high >= most) return most;
    [low, high] = [high, Math.min(most, high * 1.5)];
  }
  // Below the present load it is looked for from above: of few queries the p95 is chance, and says nothing of more of them.
  while (low === 0 && high > LEAST_TIMES) {
    const less = high * 0.8;
    if (await holds(less)) low = less;
    else high = less;
  }
  while (high - low > HEADROOM_PRECISION * high) {
    const middle = (low + high) / 2;
    if (await holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
