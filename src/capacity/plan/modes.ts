/** Active-standby against active-active: what each costs, and what a roll and a kill at the peak do to users. */
import type { SimWindow } from '../simulate/result.ts';
import type { Disturbance } from '../simulate/world.ts';
import { HOUR_MS } from '../workload/workload.ts';
import { feltMs } from './felt.ts';
import { judge } from './judge.ts';
import { type CaseFigures, figuresOf } from './size.ts';
import { clustersOf, fullestMs, type GroupWorld, runPlan } from './world.ts';

export const MODES = [
  'active, cold standby',
  'active, one warm standby',
  'active, warm standby',
  'active-active',
] as const;
export type Mode = (typeof MODES)[number];

/** What a roll or a kill does. */
export interface ModeCase extends CaseFigures {
  readonly holds: boolean;
  /** How long users were served worse than without it; null when they were to the end. */
  readonly recoveredAfterMs: number | null;
}

export interface ModeFigures {
  readonly mode: Mode;
  readonly meaning: string;
  /** Clusters that take queries, and clusters that only wait. */
  readonly active: number;
  readonly standby: number;
  /** Cluster hours of a day with one roll of the group, and their cost. */
  readonly clusterHoursPerDay: number;
  readonly costPerDay: number;
  readonly roll: ModeCase;
  readonly kill: ModeCase;
}

/** Sending queries to a standby that runs already; never longer than to start one. */
const SWITCH_MS = 5_000;

/** Fine enough to tell how long something was felt. */
const WINDOW_MS = 10_000;

/**
 * The ways for a group that needs `calm` clusters to carry its peak and `planned` to lose one of them. What happens, happens at
 * the fullest moment of the peak.
 */
export async function compareModes(
  world: GroupWorld,
  calm: number,
  planned: number,
): Promise<readonly ModeFigures[]> {
  const { cluster, detectMs } = world;
  const first = clustersOf(world, 1)[0]?.name ?? '';
  const atMs = fullestMs(world);
  const run = { windowMs: WINDOW_MS };
  const known = new Map<string, readonly SimWindow[]>();
  /** n clusters to which nothing happens; several cases are compared with the same. */
  const usual = async (n: number, replication: number): Promise<readonly SimWindow[]> => {
    const key = `${n} ${replication}`;
    const windows = known.get(key) ?? (await runPlan(world, { clusters: n, replication, ...run })).windows;
    known.set(key, windows);
    return windows;
  };
  /** What happens to one of n clusters at the fullest moment; undefined: nothing does. */
  const figures = async (n: number, what?: Disturbance): Promise<ModeCase> => {
    if (what === undefined) {
      const { holds, result } = await judge(world, { clusters: n, ...run });
      return { ...figuresOf(result), holds, recoveredAfterMs: 0 };
    }
    const { holds, replication, result } = await judge(world, {
      clusters: n,
      disturbances: [what],
      ...run,
    });
    const recoveredAfterMs = feltMs(result.windows, await usual(n, replication), atMs);
    return { ...figuresOf(result), holds, recoveredAfterMs };
  };
  const killed = (downMs: number): Disturbance => ({
    ...{ kind: 'kill', atMs, cluster: first, detectMs, downMs },
  });
  const rolledInPlace: Disturbance = {
    ...{ kind: 'roll', atMs, cluster: first, drainMs: cluster.drainMs, downMs: cluster.startMs },
  };
  const mode = (m: Omit<ModeFigures, 'costPerDay'>): ModeFigures => ({
    ...m,
    costPerDay: m.clusterHoursPerDay * cluster.costPerHour,
  });
  // Blue to green: new queries go to green at once, blue ends what it has; nothing is ever missing.
  const swap = await figures(calm);
  const switched = await figures(calm, killed(detectMs + Math.min(SWITCH_MS, cluster.startMs)));
  // Both run while the new one starts, and while the old one ends its queries.
  const overlapHours = (cluster.startMs + cluster.drainMs) / HOUR_MS;
  const warm = (mode: Mode, standby: number, meaning: string) => ({
    ...{ mode, meaning, active: calm, standby, clusterHoursPerDay: 24 * (calm + standby) },
    ...{ roll: swap, kill: switched },
  });
  return [
    mode({
      mode: 'active, cold standby',
      meaning: 'the standby is started when it is needed',
      ...{ active: calm, standby: 0, clusterHoursPerDay: 24 * calm + overlapHours * calm },
      ...{ roll: swap, kill: await figures(calm, killed(detectMs + cluster.startMs)) },
    }),
    ...(calm === 1
      ? []
      : [mode(warm('active, one warm standby', 1, 'one cluster runs idle and takes the place of any'))]),
    mode(warm('active, warm standby', calm, 'a second cluster runs idle beside each active one')),
    mode({
      mode: 'active-active',
      meaning: 'all clusters take queries; one may be missing at the peak',
      ...{ active: planned, standby: 0, clusterHoursPerDay: 24 * planned },
      ...{
        roll: await figures(planned, rolledInPlace),
        kill: await figures(planned, killed(detectMs + cluster.startMs)),
      },
    }),
  ];
}
