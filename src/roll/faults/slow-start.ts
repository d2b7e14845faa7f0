/** A coordinator that comes back and takes its time: frozen right after its port has opened. */
import { waitHealthy } from '../steps.ts';
import type { Fault } from './index.ts';
import { runningCluster } from './target.ts';

export const slowStart: Fault = async (spec, context, action) => {
  const cluster = runningCluster(spec, context);
  const { fleet } = context;
  await fleet.kill(cluster, 'SIGKILL', action);
  await fleet.start(cluster, action);
  fleet.freeze(cluster);
  return async () => {
    fleet.thaw(cluster);
    if (context.admin !== undefined) await waitHealthy(context, cluster, action);
  };
};
