/** A worker is gone, with what it was doing; under fault-tolerant execution its work is done again elsewhere. */
import type { Fault } from './index.ts';
import { runningCluster, turnKnob } from './target.ts';

export const loseWorker: Fault = async (spec, context) => {
  const cluster = runningCluster(spec, context);
  const tolerant = spec.type === 'lose-worker-tolerant';
  await turnKnob(context, cluster, 'lose-worker', { tolerant, delayMs: spec.delay ?? 0 });
  // The worker comes back without anybody noticing: what it took along is gone.
  return async () => {};
};
