/** Whether a number of clusters keeps the promise: asked of several seeded replications, since one of them is chance. */
import type { SimResult } from '../simulate/result.ts';
import { offered } from './limits.ts';
import { type GroupWorld, keepsPromise, type PlanRun, type PromiseCheck, runPlan } from './world.ts';

const FEWEST_DRAWS = 5;
const MOST_DRAWS = 15;
/** So many queries all draws of a peak have together: the fewer one has, the more do draws differ. */
const QUERIES_DRAWN = 5_000;
/** What holds in such a share of the draws holds. */
const SHARE = 0.8;

export interface Draws {
  readonly count: number;
  /** What holds in so many of them holds. */
  readonly needed: number;
}

/** How often a load is drawn: five times, of few queries up to 15 times. */
export function drawsOf(world: GroupWorld): Draws {
  const wanted = QUERIES_DRAWN / Math.max(1, offered(world).queries);
  const count = 5 * Math.ceil(Math.min(MOST_DRAWS, Math.max(FEWEST_DRAWS, wanted)) / 5);
  return { count, needed: Math.round(SHARE * count) };
}

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
export async function judge(
  world: GroupWorld,
  run: Omit<PlanRun, 'replication'>,
  promise = world.promise,
): Promise<Judgement> {
  const { count, needed } = drawsOf(world);
  const held: Drawn[] = [];
  const failed: Drawn[] = [];
  const broken = new Set<string>();
  for (let replication = 0; replication < count; replication++) {
    const result = await runPlan(world, { ...run, replication });
    const check = keepsPromise(result, promise);
    (check.holds ? held : failed).push({ result, replication });
    for (const what of check.broken) broken.add(what);
    if (held.length >= needed) return { holds: true, broken: [], ...slowest(held) };
    if (failed.length > count - needed) break;
  }
  return { holds: false, broken: [...broken], ...slowest(failed) };
}

type Drawn = Pick<Judgement, 'result' | 'replication'>;

function slowest(drawn: readonly Drawn[]): Drawn {
  return drawn.reduce((a, b) => (b.result.response.p95 > a.result.response.p95 ? b : a));
}
