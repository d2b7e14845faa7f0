/** A simulated fleet as a system under test: the search can be tried, and its own error measured, in seconds. */
import { seededRandom } from '../../base/random.ts';
import type { SimBalancerName } from '../simulate/balancers/index.ts';
import { closedLoad, type Draw, poissonLoad } from '../simulate/loads.ts';
import type { TallyQuery } from '../simulate/result.ts';
import { simulate } from '../simulate/simulate.ts';
import { ONE_NODE, type SimCluster } from '../simulate/world.ts';
import { type LoadKind, longEnoughMs, type SystemUnderTest, type Trial } from './trial.ts';

export interface SimulatedSystemOptions {
  readonly clusters: readonly SimCluster[];
  readonly service: Draw;
  readonly meanServiceMs: number;
  readonly balancer?: SimBalancerName;
  /** Measured stretch of a trial, milliseconds of simulated time, longer at a low rate; the warm-up comes before it. */
  readonly trialMs: number;
  readonly warmUpMs: number;
  readonly seed: number;
}

export function simulatedSystem(options: SimulatedSystemOptions): SystemUnderTest {
  return {
    title: `${options.clusters.length} simulated clusters`,
    run: async (kind, load, repeat) => trial(options, kind, load, repeat),
  };
}

function trial(o: SimulatedSystemOptions, kind: LoadKind, load: number, repeat: number): Trial {
  const random = seededRandom(o.seed + repeat * 7919, `trial ${kind}`);
  const trialMs = kind === 'rate' ? longEnoughMs(load, o.trialMs) : o.trialMs;
  const untilMs = o.warmUpMs + trialMs;
  const service = o.service;
  const source =
    kind === 'rate'
      ? poissonLoad({ ratePerMs: load / 1000, queries: Math.ceil((load / 1000) * untilMs), service, random })
      : closedLoad({ concurrency: load, queries: closedQueries(o, load, untilMs), service, random });
  const ended: TallyQuery[] = [];
  simulate({
    ...{ clusters: o.clusters, load: source, nodes: ONE_NODE, balancer: o.balancer ?? 'least-loaded' },
    ...{ seed: o.seed, windowMs: untilMs, onEnd: (q: TallyQuery) => void ended.push(q) },
  });
  const measured = ended
    .filter((q) => q.arrivedMs >= o.warmUpMs && q.arrivedMs < untilMs)
    .sort((a, b) => a.arrivedMs - b.arrivedMs);
  const waits = Float64Array.from(measured, (q) => q.queuedMs).sort();
  const inTime = ended.filter((q) => q.endedMs >= o.warmUpMs && q.endedMs < untilMs && !q.dropped).length;
  return {
    load,
    queries: measured.map((q) => ({
      atMs: q.arrivedMs,
      responseMs: q.endedMs - q.arrivedMs,
      dropped: q.dropped,
    })),
    ...{ durationMs: trialMs, throughput: inTime / (trialMs / 1000), sentShare: 1 },
    queuedP95Ms: waits[Math.floor(0.95 * waits.length)] ?? 0,
    queuedMeanMs: waits.reduce((a, b) => a + b, 0) / Math.max(1, waits.length),
    ...{ stoppedBy: '', unfit: '' },
  };
}

/** More queries than can end in the time, so that the load does not run dry. */
function closedQueries(o: SimulatedSystemOptions, concurrency: number, untilMs: number): number {
  const fastest = o.clusters.reduce((sum, c) => sum + Math.min(concurrency, c.slots) * c.speed, 0);
  return Math.ceil((fastest * untilMs) / o.meanServiceMs) + concurrency;
}
