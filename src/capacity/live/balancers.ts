/**
 * A balancer predicted and measured. The simulator is led through the very arrivals of the run, each query with the time that
 * its statement took alone a moment before: what then differs is the model's fault, and the chance of balancers that draw lots.
 */
import { quantile } from '../../measure/stats/quantile.ts';
import type { Plan, PlannedQuery } from '../../plan/plan.ts';
import { coordinatorSuffix } from '../../trino/query-id.ts';
import { unfairness } from '../search/judge.ts';
import type { SimBalancerName } from '../simulate/balancers/index.ts';
import { simulate } from '../simulate/simulate.ts';
import { type Contention, type Load, ONE_NODE } from '../simulate/world.ts';
import type { BalancerCheck } from '../study/record.ts';
import type { Study } from '../study/schema.ts';
import { numbering } from '../workload/workload.ts';
import { calibratedClusters } from './calibrate.ts';
import type { Calibration } from './calibration.ts';
import { poissonPlan } from './draw.ts';
import { measuredP95 } from './p95.ts';
import type { LiveSystem, LiveTrial } from './system.ts';

/** The bundled gateway's settings for a simulated balancer. */
export function overridesFor(balancer: SimBalancerName): string[] {
  if (balancer !== 'query-count-stale') return [`gateway.config.routing.balancer=${balancer}`];
  return ['gateway.config.routing.balancer=query-count', 'gateway.config.compat=strict'];
}

export interface CheckOptions {
  readonly balancer: SimBalancerName;
  readonly calibration: Calibration;
  readonly settings: NonNullable<Study['confirm']>;
  readonly study: Study;
  readonly warmUpMs: number;
}

export async function checkBalancer(system: LiveSystem, options: CheckOptions): Promise<BalancerCheck> {
  const { balancer, calibration, settings, study, warmUpMs } = options;
  const { byStatement, clusters, slots } = calibration;
  const timeOf = ({ statement }: PlannedQuery) => byStatement.get(statement);
  const known = system.prepared.plan.queries.filter((q) => q.arm === 'gateway' && timeOf(q) !== undefined);
  const meanMs = known.reduce((sum, q) => sum + (timeOf(q) ?? 0), 0) / known.length;
  const rate = (settings.utilisation * clusters * slots * 1000) / meanMs;
  const trialMs = Math.max(settings.duration, (settings.compared * 1000) / rate);
  const drawn = poissonPlan(
    { ...system.prepared.plan, queries: known },
    rate,
    warmUpMs + trialMs,
    study.seed,
  );
  const trial = await system.play(drawn, { load: rate, withTimeline: false, trialMs });
  const { alpha, beta } = study.cluster;
  const predicted = predict(drawn, (q) => timeOf(q) ?? meanMs, {
    ...{ slots, clusters, balancer, contention: { alpha, beta }, warmUpMs },
  });
  const measured = measuredP95(trial.queries);
  return {
    ...{ balancer, load: rate, queries: trial.queries.length },
    ...{ predictedP95Ms: predicted.p95Ms, predictedInterval: predicted.interval },
    ...{ measuredP95Ms: measured.p95Ms, measuredInterval: measured.interval },
    error: measured.p95Ms / predicted.p95Ms - 1,
    variation: variationOf(trial),
    doubts: [...unfairness(trial), ...lost(trial)],
  };
}

function lost({ queries }: LiveTrial): string[] {
  const n = queries.filter((q) => q.dropped).length;
  return n === 0 ? [] : [`${n} of ${queries.length} queries were lost`];
}

export interface PredictedSystem {
  readonly slots: number;
  readonly clusters: number;
  readonly contention: Contention;
  readonly balancer: SimBalancerName;
  readonly warmUpMs: number;
}

export interface Prediction {
  /** Median of the simulations, milliseconds. */
  readonly p95Ms: number;
  /** 95 % of the simulations: what lots alone make of this load. */
  readonly interval: readonly [lowMs: number, highMs: number];
}

/** Simulations of one load differ by the balancer's lots only; of short loads more can be had. */
const MOST_SIMULATIONS = 200;
const FEWEST_SIMULATIONS = 20;
const QUERIES_SIMULATED = 1_000_000;

/** The p95 of a plan's queries as the simulator sees it, for each with the time that it takes alone, milliseconds. */
export function predict(
  plan: Pick<Plan, 'queries'>,
  aloneMs: (query: PlannedQuery) => number,
  { balancer, clusters, contention, slots, warmUpMs }: PredictedSystem,
): Prediction {
  const wanted = Math.round(QUERIES_SIMULATED / Math.max(1, plan.queries.length));
  const load = loadsOf(plan, aloneMs);
  const parts = { clusters: calibratedClusters({ slots, contention, clusters }), nodes: ONE_NODE, balancer };
  const times = Array.from(
    { length: Math.min(MOST_SIMULATIONS, Math.max(FEWEST_SIMULATIONS, wanted)) },
    (_, i) => simulate({ ...parts, load: load(), seed: i + 1, windowMs: 1e9, warmUpMs }).response.p95,
  ).sort((a, b) => a - b);
  return {
    p95Ms: quantile(times, 0.5),
    interval: [quantile(times, 0.025), quantile(times, 0.975)],
  };
}

/** The queries of a plan as the simulator takes them: each call begins anew. */
function loadsOf({ queries }: Pick<Plan, 'queries'>, aloneMs: (query: PlannedQuery) => number): () => Load {
  const users = numbering();
  const prints = numbering();
  const all = queries.map((query) => ({
    ...{ atMs: query.intendedMs, serviceMs: Math.max(1, aloneMs(query)) },
    ...{ user: users.of(query.user), fingerprint: prints.of(query.fingerprint) },
  }));
  return () => {
    let next = 0;
    return {
      ...{ groups: ['all'], users: users.names.length, fingerprints: prints.names.length },
      next(into) {
        const query = all[next++];
        if (query === undefined) return false;
        Object.assign(into, query, { source: 0, group: 0 });
        return true;
      },
    };
  };
}

/** Coefficient of variation of the clusters' shares over windows of five seconds. */
function variationOf({ clusterOf, samples }: LiveTrial): number {
  const names = [...new Set(clusterOf.values())];
  const windows = Map.groupBy(
    samples.filter((s) => s.queryId !== ''),
    (s) => Math.floor(s.sentUs / 5e6),
  );
  const values = [...windows.values()].map((own) => {
    const counts = names.map(
      (n) => own.filter((s) => clusterOf.get(coordinatorSuffix(s.queryId) ?? '') === n).length,
    );
    const mean = own.length / names.length;
    return Math.sqrt(counts.reduce((sum, x) => sum + (x - mean) ** 2, 0) / names.length) / mean;
  });
  return values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
}
