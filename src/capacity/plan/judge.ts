/** Whether a number of clusters keeps the promise: asked of several seeded replications, since one of them is chance. */
import type { SimResult } from '../simulate/result.ts';
import { type GroupWorld, keepsPromise, type PlanRun, type PromiseCheck, runPlan } from './world.ts';

export const REPLICATIONS = 5;
/** What holds in so many of them holds. */
export const HOLDS_IN = 4;

export interface Judgement extends PromiseCheck {
  /** Of those that decided, the one with the longest p95. */
  readonly result: SimResult;
  /** Which draw of the load that is. */
  readonly replication: number;
}

/**
 * The replications differ in how the load is drawn from the dump, and are the same for every number of clusters and every
 * multiple of the load. No more of them are simulated than decide.
 */
export async function judge(world: GroupWorld, run: Omit<PlanRun, 'replication'>): Promise<Judgement> {
  const held: Drawn[] = [];
  const failed: Drawn[] = [];
  const broken = new Set<string>();
  for (let replication = 0; replication < REPLICATIONS; replication++) {
    const result = await runPlan(world, { ...run, replication });
    const check = keepsPromise(result, world.promise);
    (check.holds ? held : failed).push({ result, replication });
    for (const what of check.broken) broken.add(what);
    if (held.length >= HOLDS_IN) return { holds: true, broken: [], ...slowest(held) };
    if (failed.length > REPLICATIONS - HOLDS_IN) break;
  }
  return { holds: false, broken: [...broken], ...slowest(failed) };
}

type Drawn = Pick<Judgement, 'result' | 'replication'>;

function slowest(drawn: readonly Drawn[]): Drawn {
  return drawn.reduce((a, b) => (b.result.response.p95 > a.result.response.p95 ? b : a));
}
