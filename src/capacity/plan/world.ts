/** What every question of the plan is asked of: one group's load, one kind of cluster, and what was promised. */
import { hash32 } from '../../base/random.ts';
import type { SimBalancerName } from '../simulate/balancers/index.ts';
import type { SimResult } from '../simulate/result.ts';
import { simulation } from '../simulate/simulate.ts';
import type { Contention, Disturbance, GatewayNodes, SimCluster } from '../simulate/world.ts';
import { clonedLoad } from '../workload/clones.ts';
import type { Peak } from '../workload/profile.ts';
import { endOf } from '../workload/residents.ts';
import { lowerBound, MINUTE_MS, type Workload } from '../workload/workload.ts';

export interface ClusterModel {
  readonly slots: number;
  readonly maxQueued: number;
  readonly contention: Contention;
  /** Recorded run times are multiplied by this: how fast the measured cluster is. */
  readonly serviceScale: number;
  readonly startMs: number;
  readonly drainMs: number;
  readonly costPerHour: number;
}

export interface Promised {
  readonly p95Ms: number;
  /** Queries that a drain cut are no drops: their number turns on the drain's length, not on the number of clusters. */
  readonly cutsForgiven?: true;
  readonly queueMs: number | undefined;
  readonly drops: number;
}

export interface GroupWorld {
  readonly group: string;
  readonly workload: Workload;
  readonly peak: Peak;
  /** Times the recorded users: the dump's scale. */
  readonly factor: number | Float64Array;
  /** The dump is a sample of the users: its copies are moved by up to so much; undefined when it holds all of them. */
  readonly spreadMs: number | undefined;
  /** Copies of a dump of all users are turned round within stretches of this length. */
  readonly turnMs: number;
  readonly cluster: ClusterModel;
  readonly zones: number;
  /** By whose clocks nights and hours of the week are told. */
  readonly timeZone: string;
  readonly nodes: GatewayNodes;
  readonly balancer: SimBalancerName;
  readonly detectMs: number;
  readonly promise: Promised;
  readonly seed: number;
  /** Looked at between the events of a simulation. */
  readonly signal: AbortSignal;
}

/** Fewer tell no p95. */
export const FEWEST_QUERIES = 200;
/** More are not tried. */
export const MOST_CLUSTERS = 256;

export interface PlanRun {
  readonly clusters: number;
  /** On top of the world's own factor. */
  readonly times?: number;
  readonly balancer?: SimBalancerName;
  readonly nodes?: GatewayNodes;
  readonly disturbances?: readonly Disturbance[];
  /** The part of the dump that is judged, simulated with a margin; the peak when not given. */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly windowMs?: number;
  /** Which of the seeded draws of the load; the first when not given. */
  readonly replication?: number;
}

/** Events between two looks at the signal: some tens of milliseconds. */
const EVENTS_AT_A_TIME = 50_000;

/** Around what is judged so much is simulated too, so that it is met as it comes and its queues are seen to end. */
const MARGIN_MS = 10 * MINUTE_MS;

export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What is simulated to judge a part of the dump: the part with a margin on both sides. */
export function withMargin(workload: Workload, { fromMs, toMs }: Stretch): Stretch {
  return {
    fromMs: Math.max(0, fromMs - MARGIN_MS),
    toMs: Math.min(workload.lengthMs, toMs + MARGIN_MS),
  };
}

const fullest = new WeakMap<Workload, Map<number, number>>();

/**
 * The moment of the peak at which most of its work runs by the record, milliseconds of the simulation: what is rolled is rolled then.
 * Of several the first.
 */
export function fullestMs(world: GroupWorld): number {
  const { peak, workload } = world;
  const moments = fullest.get(workload) ?? new Map<number, number>();
  fullest.set(workload, moments);
  const atMs = moments.get(peak.fromMs) ?? findFullest(world);
  moments.set(peak.fromMs, atMs);
  return atMs - withMargin(workload, peak).fromMs;
}

/** To the second. */
function findFullest({ cluster, peak, workload }: GroupWorld): number {
  const seconds = Math.max(1, Math.ceil((peak.toMs - peak.fromMs) / 1000));
  const change = new Float64Array(seconds + 1);
  const note = (atMs: number, by: number) => {
    const second = Math.max(0, Math.ceil((atMs - peak.fromMs) / 1000));
    if (second < seconds) change[second] = (change[second] as number) + by;
  };
  const end = lowerBound(workload.atMs, peak.toMs);
  for (let i = 0; i < end; i++) {
    const endMs = endOf(workload, i, cluster.serviceScale);
    if (endMs <= peak.fromMs) continue;
    note(workload.atMs[i] as number, 1);
    note(endMs, -1);
  }
  let running = 0;
  let most = { running: -1, second: 0 };
  for (let second = 0; second < seconds; second++) {
    running += change[second] as number;
    if (running > most.running) most = { running, second };
  }
  return peak.fromMs + 1000 * most.second;
}

/** When the peak begins, milliseconds of the simulation. */
export function peakStartMs({ peak, workload }: Pick<GroupWorld, 'peak' | 'workload'>): number {
  return peak.fromMs - withMargin(workload, peak).fromMs;
}

/** Names and zones of n clusters of the group. */
export function clustersOf(world: GroupWorld, n: number): SimCluster[] {
  const { contention, maxQueued, slots } = world.cluster;
  return Array.from({ length: n }, (_, i) => ({
    ...{ name: `${world.group}-${i + 1}`, group: world.group, zone: `zone-${(i % world.zones) + 1}` },
    ...{ slots, maxQueued, contention, speed: 1, weight: 1 },
  }));
}

/**
 * Simulates the group's peak (or a part of the dump) on so many clusters; only what arrives in it is judged.
 * Rejects with the signal's reason.
 */
export async function runPlan(world: GroupWorld, run: PlanRun): Promise<SimResult> {
  const judged = { fromMs: run.fromMs ?? world.peak.fromMs, toMs: run.toMs ?? world.peak.toMs };
  const stretch = withMargin(world.workload, judged);
  const times = run.times ?? 1;
  const { factor, signal } = world;
  const seed = hash32(`${world.seed} ${run.replication ?? 0}`);
  const running = simulation({
    clusters: clustersOf(world, run.clusters),
    load: clonedLoad(world.workload, {
      factor: typeof factor === 'number' ? factor * times : factor.map((f) => f * times),
      ...{ ...stretch, judged, spreadMs: world.spreadMs, turnMs: world.turnMs },
      ...{ serviceScale: world.cluster.serviceScale, seed },
    }),
    nodes: run.nodes ?? world.nodes,
    balancer: run.balancer ?? world.balancer,
    ...{ seed, disturbances: run.disturbances ?? [], windowMs: run.windowMs ?? MINUTE_MS },
    warmUpMs: judged.fromMs - stretch.fromMs,
    judgeToMs: judged.toMs - stretch.fromMs,
  });
  do {
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  } while (!running.advance(EVENTS_AT_A_TIME));
  return running.result();
}

/** Lost by the gateway's or the roll's fault; what was in flight on a killed cluster nobody can save. */
export function avoidableDrops({ judged: { drops } }: SimResult): number {
  return drops.refused + drops.cut + drops['queue-full'] + drops['no-cluster'];
}

export interface PromiseCheck {
  readonly holds: boolean;
  readonly broken: readonly string[];
}

/** Whether a simulation kept the promise. */
export function keepsPromise(result: SimResult, promise: Promised): PromiseCheck {
  const forgiven = promise.cutsForgiven ? result.judged.drops.cut : 0;
  const lost = (avoidableDrops(result) - forgiven) / Math.max(1, result.judged.arrived);
  const broken = [
    ...(result.response.p95 > promise.p95Ms ? ['p95'] : []),
    ...(promise.queueMs !== undefined && result.queued.p95 > promise.queueMs ? ['queue time'] : []),
    ...(lost > promise.drops ? ['drops'] : []),
  ];
  return { holds: broken.length === 0, broken };
}
