/** The gateway's own nodes, one at a time: each is in service again before the next one ends. */

import type { GatewayNodes } from '../../fleet/gateways/gateway-nodes.ts';
import type { SingleAction } from '../../scenario/expand.ts';
import { type RollContext, StepFailed } from '../context.ts';
import { moves } from '../moves.ts';
import type { RollPlan, Step } from '../plan.ts';

export function nodesOf({ nodes }: RollContext): GatewayNodes {
  if (nodes === undefined)
    throw new StepFailed('the gateway is not one of ours, so its nodes cannot be touched');
  return nodes;
}

export function gatewayNodes(
  spec: NonNullable<SingleAction['restartGateway']>,
  names: readonly string[],
): RollPlan {
  const steps = names.flatMap((node, i): Step[] => [
    ...(i > 0 && spec.pause > 0 ? [moves.pause(`before ${node}`, spec.pause)] : []),
    moves.own(`stop ${node}`, `stop ${node}: it takes no new connection and ends what it has`, (c, a) =>
      nodesOf(c).stop(node, a),
    ),
    moves.own(`start ${node}`, `start ${node} and wait until it is ready`, (c, a) =>
      nodesOf(c).start(node, a),
    ),
  ]);
  return { steps, wayBack: () => [] };
}
