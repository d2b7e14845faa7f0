/**
 * The simulation: gateway nodes, clusters and a load, event by event. Memory grows with the queries that are open at
 * once, not with their number; time is linear in it.
 */
import { seededRandom } from '../../base/random.ts';
import { createAgenda } from './agenda.ts';
import { SIM_BALANCERS, type SimBalancerName } from './balancers/index.ts';
import { createBook } from './book.ts';
import { createFairness, type Fairness } from './fairness.ts';
import { createFaults, type Faults } from './faults.ts';
import { createFleetState } from './fleet.ts';
import { createGateway } from './gateway.ts';
import { openQueries } from './queries.ts';
import type { SimResult, TallyQuery } from './result.ts';
import { createStations } from './stations.ts';
import { createTally, spreadOf } from './tally.ts';
import { createUsage } from './usage.ts';
import type { Arrival, Disturbance, GatewayNodes, Load, SimCluster } from './world.ts';

export interface SimOptions {
  readonly clusters: readonly SimCluster[];
  readonly load: Load;
  readonly nodes: GatewayNodes;
  readonly balancer: SimBalancerName;
  readonly seed: number;
  readonly disturbances?: readonly Disturbance[];
  /** The judged stretch: queries that arrive earlier, or from `judgeToMs` on, are left out of the times and of `judged`. */
  readonly warmUpMs?: number;
  readonly judgeToMs?: number;
  readonly windowMs?: number;
  readonly resendAfterMs?: number;
  /** Told of each query at its end; costs an object each. */
  readonly onEnd?: (query: TallyQuery) => void;
}

const DEFAULT_WINDOW_MS = 60_000;
const NEVER = Number.POSITIVE_INFINITY;

/** Simulates to the end of the last query. The same options give the same answer. */
export function simulate(options: SimOptions): SimResult {
  const run = simulation(options);
  run.advance(NEVER);
  return run.result();
}

export interface Simulation {
  /** Goes on by so many events; true when the last query has ended. */
  advance(events: number): boolean;
  /** Once it is through. */
  result(): SimResult;
}

/** A simulation that can be left in between, for signals and the progress of others. */
export function simulation(options: SimOptions): Simulation {
  const world = build(options);
  const { load } = world;
  const arrival: Arrival = { atMs: 0, serviceMs: 0, user: 0, source: 0, fingerprint: 0, group: 0 };
  advance(load, arrival);
  const firstMs = arrival.atMs === NEVER ? 0 : arrival.atMs;
  let nowMs = firstMs;
  const event = (): boolean => {
    const at = Math.min(arrival.atMs, world.stations.nextEndAt(), world.agenda.nextAt());
    if (at === NEVER) return false;
    if (passTime(world, at)) return true;
    nowMs = at;
    if (world.stations.nextEndAt() === at) {
      endQuery(world, at);
      load.ended?.(at);
      if (arrival.atMs === NEVER) advance(load, arrival);
    } else if (arrival.atMs > at) world.agenda.run();
    else {
      take(world, arrival);
      advance(load, arrival);
    }
    return true;
  };
  return {
    advance(events) {
      for (let n = 0; n < events; n++) if (!event()) return true;
      return false;
    },
    result() {
      world.gateway.abandon(nowMs);
      return resultOf(world, firstMs, nowMs);
    },
  };
}

/** The next query of the load; one that never comes when there is none. */
function advance(load: Load, arrival: Arrival): void {
  if (!load.next(arrival)) arrival.atMs = NEVER;
}

/** What only time brings: windows end, nodes get reports. True when one of them was due before `at`. */
function passTime({ book, fairness, reports, tally }: World, at: number): boolean {
  const windowAt = tally.nextWindowAt();
  if (windowAt <= at) {
    fairness.endWindow();
    tally.endWindow(windowAt);
    return true;
  }
  if (reports.nextMs > at) return false;
  // The nodes ask one after another, evenly spread over the period.
  book.report(reports.given++ % reports.nodes);
  reports.nextMs = (reports.given * reports.everyMs) / reports.nodes;
  return true;
}

type World = ReturnType<typeof build>;

function build(options: SimOptions) {
  const { balancer: name, clusters, load, nodes } = options;
  const { groups, users, fingerprints } = load;
  const pool = openQueries();
  let faults: Faults | undefined;
  const stations = createStations(clusters, pool, (query) => {
    if (pool.deadly[query] === 1) faults?.onDeadlyStart(query);
  });
  const { byUser, make } = SIM_BALANCERS[name];
  const book = createBook({ nodes: nodes.count, clusters: clusters.length, users, stations, pool, byUser });
  const random = seededRandom(options.seed, `balancer ${name}`);
  const balancer = make({
    ...{ clusters, users, fingerprints, book, pool, random, nodes: nodes.count, groups: groups.length },
    weights: Float64Array.from(clusters, (c) => c.weight),
  });
  const fleet = createFleetState(clusters, groups);
  const { warmUpMs = 0, judgeToMs = NEVER, windowMs = DEFAULT_WINDOW_MS } = options;
  const tally = createTally({
    ...{ pool, stations, clusters: clusters.length, warmUpMs, judgeToMs, windowMs },
    onEnd: options.onEnd,
  });
  const evenness = createFairness(clusters, groups, stations, fleet.routable);
  const usage = createUsage(clusters, fleet, stations, { fromMs: warmUpMs, toMs: judgeToMs });
  const fairness: Fairness = {
    ...evenness,
    noteLoad(cluster, nowMs) {
      usage.noteLoad(cluster, nowMs);
      evenness.noteLoad(cluster, nowMs);
    },
  };
  for (let c = 0; c < clusters.length; c++) fairness.noteLoad(c, 0);
  const gateway = createGateway({
    nodes,
    users,
    balancer,
    book,
    fleet,
    stations,
    pool,
    tally,
    fairness,
    random,
  });
  const agenda = createAgenda();
  faults = createFaults(options.disturbances ?? [], {
    ...{ clusters, groups, agenda, fleet, gateway, stations, pool, tally, fairness },
    resendAfterMs: options.resendAfterMs,
  });
  const reports = { given: 0, nextMs: 0, nodes: nodes.count, everyMs: nodes.reportEveryMs };
  return {
    agenda,
    balancer,
    book,
    clusters,
    fairness,
    faults,
    gateway,
    load,
    pool,
    reports,
    stations,
    tally,
    usage,
  };
}

function take({ gateway, pool, tally }: World, arrival: Arrival): void {
  const query = pool.take();
  pool.arrivedMs[query] = arrival.atMs;
  pool.serviceMs[query] = arrival.serviceMs;
  pool.user[query] = arrival.user;
  pool.source[query] = arrival.source;
  pool.fingerprint[query] = arrival.fingerprint;
  pool.group[query] = arrival.group;
  pool.deadly[query] = 0;
  tally.noteArrival(arrival.atMs);
  gateway.enter(query, arrival.atMs);
}

function endQuery(world: World, nowMs: number): void {
  const { balancer, fairness, faults, gateway, pool, stations, tally } = world;
  const query = stations.end(nowMs);
  const cluster = pool.cluster[query] as number;
  const ranMs = nowMs - (pool.startedMs[query] as number);
  gateway.left(query);
  fairness.noteLoad(cluster, nowMs);
  balancer.ran?.(pool.node[query] as number, pool.fingerprint[query] as number, ranMs);
  tally.noteEnd(query, nowMs);
  gateway.close(query, nowMs);
  faults.onEnd(cluster, nowMs);
}

function resultOf(world: World, firstMs: number, endMs: number): SimResult {
  const { fairness, pool, tally } = world;
  const usage = world.usage.result(endMs);
  const durationMs = Math.max(0, endMs - firstMs);
  const response = spreadOf(tally.response);
  const mean = tally.response.count === 0 ? 0 : response.mean;
  return {
    durationMs,
    ...{ arrived: tally.arrived, finished: tally.finished, drops: tally.drops, judged: tally.judged },
    ...{ rerouted: tally.rerouted, resent: tally.resent, response },
    queued: spreadOf(tally.queued),
    bySource: tally.bySource(),
    fairness: fairness.result(endMs),
    windows: tally.windows,
    rollsOverMs: world.faults.rollsOverMs(),
    ...{ utilisation: usage.byCluster, slotsInUse: usage.all },
    little: {
      openMean: durationMs > 0 ? tally.openTimeMs(endMs) / durationMs : 0,
      rateTimesResponse: durationMs > 0 ? (tally.finished / durationMs) * mean : 0,
    },
    mostOpen: pool.most,
  };
}
