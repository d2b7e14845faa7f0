/** A coordinator whose wall clock is wrong: its query ids and dates are of another time. */
import { StepFailed } from '../context.ts';
import { waitHealthy } from '../steps.ts';
import type { Fault } from './index.ts';
import { runningCluster } from './target.ts';

export const clockSkew: Fault = async (spec, context, action) => {
  const cluster = runningCluster(spec, context);
  const { fleet } = context;
  const restart = async (aheadMs: number) => {
    const { skewClock, driver } = fleet.cluster(cluster);
    if (skewClock === undefined) throw new StepFailed(`the clock of a ${driver} cluster cannot be set`);
    skewClock(aheadMs);
    await fleet.kill(cluster, 'SIGKILL', action);
    await fleet.start(cluster, action);
    if (context.admin !== undefined) await waitHealthy(context, cluster, action);
  };
  await restart(spec.by ?? 0);
  return () => restart(0);
};
