/** What arithmetic tells before anything is simulated: loads that no fleet carries, and questions that would take days. */
import { formatCount } from '../../base/units.ts';
import { paceOf } from '../simulate/world.ts';
import { type GroupWorld, MOST_CLUSTERS, withMargin } from './world.ts';

/** Queries of one simulation; a study takes some hundred simulations. */
export const MOST_QUERIES = 5_000_000;

interface Offered {
  readonly busySlots: number;
  readonly queries: number;
}

const known = new WeakMap<GroupWorld, Offered>();

/** Slots that the load of the peak keeps busy, and queries that a simulation of it with its margins has; about. */
export function offered(world: GroupWorld): Offered {
  const before = known.get(world);
  if (before !== undefined) return before;
  const counted = countOffered(world);
  known.set(world, counted);
  return counted;
}

function countOffered(world: GroupWorld): Offered {
  const { cluster, factor, peak, spreadMs = 0, workload } = world;
  const { fromMs, toMs } = withMargin(workload, peak);
  const around = {
    from: Math.max(0, peak.fromMs - spreadMs),
    to: Math.min(workload.lengthMs, peak.toMs + spreadMs),
  };
  let work = 0;
  let queries = 0;
  for (const [i, at] of workload.atMs.entries()) {
    if (at < around.from || at >= around.to) continue;
    const times = typeof factor === 'number' ? factor : (factor[i] ?? 0);
    queries += times;
    work += times * (workload.serviceMs[i] ?? 0) * cluster.serviceScale;
  }
  const lengthMs = around.to - around.from;
  return { busySlots: work / lengthMs, queries: (queries / lengthMs) * (toMs - fromMs) };
}

/** Why a question is not simulated; empty when it is. */
export function tooMuch(world: GroupWorld): readonly string[] {
  const { busySlots, queries } = offered(world);
  const { contention, slots } = world.cluster;
  const carried = MOST_CLUSTERS * slots * paceOf(slots, contention);
  if (busySlots > carried)
    return [
      `a load that can be carried: it keeps ${formatCount(Math.round(busySlots))} slots busy, and even ${MOST_CLUSTERS} clusters carry only ${formatCount(Math.round(carried))} (load.scale, users and factors of what-ifs, cluster.slots)`,
    ];
  if (queries > MOST_QUERIES)
    return [
      `a load that can be simulated: the peak has ${formatCount(Math.round(queries))} queries, and at most ${formatCount(MOST_QUERIES)} are simulated at a time (load.scale, a shorter load.peakWindow)`,
    ];
  return [];
}
