/** One gateway node whose wall clock is wrong. */
import { StepFailed } from '../context.ts';
import { nodesOf } from '../strategies/gateway-nodes.ts';
import type { Fault } from './index.ts';

export const skewNode: Fault = async (spec, context, action) => {
  const gateway = nodesOf(context);
  const node = gateway.nodes.find(({ isUp }) => isUp())?.name;
  if (node === undefined) throw new StepFailed('no gateway node runs');
  await gateway.stop(node, action);
  await gateway.start(node, action, spec.by);
  return async () => {
    await gateway.stop(node, action);
    await gateway.start(node, action);
  };
};
