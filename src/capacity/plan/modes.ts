/** Active-standby against active-active: what each costs, and what a roll and a kill at the peak do to users. */
import type { Disturbance } from '../simulate/world.ts';
import { judge } from './judge.ts';
import { type CaseFigures, figuresOf } from './size.ts';
import { clustersOf, type GroupWorld, peakStartMs } from './world.ts';

export interface ModeFigures {
  readonly mode: 'active, cold standby' | 'active, warm standby' | 'active-active';
  readonly meaning: string;
  /** Clusters that take queries, and clusters that only wait. */
  readonly active: number;
  readonly standby: number;
  /** Cluster hours of a day with one roll of the group, and their cost. */
  readonly clusterHoursPerDay: number;
  readonly costPerDay: number;
  readonly roll: CaseFigures & { readonly holds: boolean };
  readonly kill: CaseFigures & { readonly holds: boolean };
}

/** Two clusters run side by side for so long when blue is replaced by green. */
const OVERLAP_HOURS = 1;
/** Sending queries to a standby that runs already. */
const SWITCH_MS = 5_000;

/** The three ways for a group that needs `calm` clusters to carry its peak and `planned` to lose one of them. */
export async function compareModes(
  world: GroupWorld,
  calm: number,
  planned: number,
): Promise<readonly ModeFigures[]> {
  const { cluster, detectMs } = world;
  const atMs = peakStartMs(world);
  const first = clustersOf(world, 1)[0]?.name ?? '';
  const kill = (downMs: number): Disturbance => ({ kind: 'kill', atMs, cluster: first, detectMs, downMs });
  // Blue to green: new queries go to green at once, blue ends what it has; nothing is ever missing.
  const noLoss: Disturbance[] = [];
  const inPlace: Disturbance = {
    kind: 'roll',
    atMs,
    cluster: first,
    drainMs: cluster.drainMs,
    downMs: cluster.startMs,
  };
  const figures = async (n: number, disturbances: readonly Disturbance[]) => {
    const { holds, result } = await judge(world, { clusters: n, disturbances });
    return { ...figuresOf(result), holds };
  };
  const mode = (m: Omit<ModeFigures, 'costPerDay'>): ModeFigures => ({
    ...m,
    costPerDay: m.clusterHoursPerDay * cluster.costPerHour,
  });
  const swap = await figures(calm, noLoss);
  return [
    mode({
      mode: 'active, cold standby',
      meaning: 'the standby is started when it is needed',
      ...{ active: calm, standby: 0, clusterHoursPerDay: 24 * calm + OVERLAP_HOURS * calm },
      ...{ roll: swap, kill: await figures(calm, [kill(detectMs + cluster.startMs)]) },
    }),
    mode({
      mode: 'active, warm standby',
      meaning: 'a second cluster runs idle beside each active one',
      ...{ active: calm, standby: calm, clusterHoursPerDay: 48 * calm },
      ...{ roll: swap, kill: await figures(calm, [kill(detectMs + SWITCH_MS)]) },
    }),
    mode({
      mode: 'active-active',
      meaning: 'all clusters take queries; one may be missing at the peak',
      ...{ active: planned, standby: 0, clusterHoursPerDay: 24 * planned },
      ...{
        roll: await figures(planned, [inPlace]),
        kill: await figures(planned, [kill(detectMs + cluster.startMs)]),
      },
    }),
  ];
}
