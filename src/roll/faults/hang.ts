/** SIGSTOP: connections are accepted by the kernel, requests are never answered; SIGCONT lets all go on. */
import type { Fault } from './index.ts';
import { runningCluster } from './target.ts';

export const hang: Fault = async (spec, context) => {
  const cluster = runningCluster(spec, context);
  context.fleet.freeze(cluster);
  return async () => context.fleet.thaw(cluster);
};
