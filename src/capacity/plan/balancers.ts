/** The balancers side by side: the same load, the same clusters, calm, with a roll, and with a query of death. */
import type { SimBalancerName } from '../simulate/balancers/index.ts';
import type { SimResult, SimWindow } from '../simulate/result.ts';
import type { Disturbance } from '../simulate/world.ts';
import { feltMs } from './felt.ts';
import { disturbancesOf } from './size.ts';
import { avoidableDrops, fullestMs, type GroupWorld, peakStartMs, runPlan } from './world.ts';

export interface BalancerRow {
  readonly balancer: SimBalancerName;
  readonly reportEveryMs: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly queueMeanMs: number;
  readonly queueP95Ms: number;
  /** Null when too few queries came in each window to tell. */
  readonly variation: number | null;
  readonly longestPileUpMs: number;
  readonly deepestPileUp: number;
  readonly longestRun: number;
  readonly roll: {
    readonly p95Ms: number;
    readonly avoidable: number;
    readonly recoveredAfterMs: number | null;
  };
  readonly death: { readonly p95Ms: number; readonly lost: number; readonly recoveredAfterMs: number | null };
  /** Calm run: open queries of each cluster over time. */
  readonly windows: readonly SimWindow[];
}

export interface BalancerComparison {
  readonly group: string;
  readonly clusters: number;
  readonly times: number;
  readonly queries: number;
  readonly rows: readonly BalancerRow[];
}

export interface BalancerQuestion {
  readonly clusters: number;
  /** Times the present load. */
  readonly times: number;
  readonly balancers: readonly SimBalancerName[];
  readonly staleReportEveryMs: number;
}

const WINDOW_MS = 30_000;
/** A query of death is sent once more by its client, and takes a second cluster with it. */
const DEATH_RETRIES = 1;
const DEATH_AFTER_MS = 2_000;

export async function compareBalancers(
  world: GroupWorld,
  question: BalancerQuestion,
): Promise<BalancerComparison> {
  const { balancers, clusters, times } = question;
  const rows: BalancerRow[] = [];
  for (const balancer of balancers) rows.push(await rowOf(world, balancer, question));
  const queries = (await runPlan(world, { clusters, times })).judged.arrived;
  return { group: world.group, clusters, times, queries, rows };
}

async function rowOf(
  world: GroupWorld,
  balancer: SimBalancerName,
  question: BalancerQuestion,
): Promise<BalancerRow> {
  const { clusters, staleReportEveryMs, times } = question;
  const reportEveryMs = balancer === 'query-count-stale' ? staleReportEveryMs : world.nodes.reportEveryMs;
  const nodes = { ...world.nodes, reportEveryMs };
  const run = (disturbances: readonly Disturbance[]): Promise<SimResult> =>
    runPlan(world, { clusters, times, balancer, nodes, disturbances, windowMs: WINDOW_MS });
  const calm = await run([]);
  const roll = await run(disturbancesOf(world, 'roll', clusters));
  const atMs = peakStartMs(world);
  const felt = ({ windows }: SimResult, fromMs: number) => feltMs(windows, calm.windows, fromMs);
  const death = await run([
    {
      kind: 'query-of-death',
      atMs,
      ...{ group: world.group, afterMs: DEATH_AFTER_MS, retries: Math.min(DEATH_RETRIES, clusters - 1) },
      ...{ detectMs: world.detectMs, downMs: world.cluster.startMs },
    },
  ]);
  const fair = calm.fairness.find((f) => f.group === world.group);
  return {
    ...{ balancer, reportEveryMs, p95Ms: calm.response.p95, p99Ms: calm.response.p99 },
    ...{ queueMeanMs: calm.queued.mean, queueP95Ms: calm.queued.p95, variation: fair?.variation ?? null },
    ...{ longestPileUpMs: fair?.longestPileUpMs ?? 0, deepestPileUp: fair?.deepestPileUp ?? 0 },
    longestRun: fair?.longestRun ?? 0,
    roll: {
      p95Ms: roll.response.p95,
      avoidable: avoidableDrops(roll),
      recoveredAfterMs: felt(roll, fullestMs(world)),
    },
    death: {
      p95Ms: death.response.p95,
      lost: death.judged.drops.killed + avoidableDrops(death),
      recoveredAfterMs: felt(death, atMs),
    },
    windows: calm.windows,
  };
}
