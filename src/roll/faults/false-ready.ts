/** Readiness that lies: /v1/info says that all is well, and what needs a worker fails. */
import type { Fault } from './index.ts';
import { runningCluster, turnKnob } from './target.ts';

/** More statements than any fault lasts for. */
const WITHOUT_END = 1_000_000;

export const falseReady: Fault = async (spec, context) => {
  const cluster = runningCluster(spec, context);
  const failing = (next: number) =>
    turnKnob(context, cluster, 'fail', {
      errorName: 'NO_NODES_AVAILABLE',
      message: 'No nodes available to run query',
      next,
    });
  await failing(WITHOUT_END);
  return () => failing(0);
};
