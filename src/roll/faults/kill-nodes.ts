/** kill -9 of one gateway node, or of all; they come back when the fault ends. */
import { nodesOf } from '../strategies/gateway-nodes.ts';
import type { Fault } from './index.ts';

export function killNodes(how: 'one' | 'all'): Fault {
  return async (_, context, action) => {
    const gateway = nodesOf(context);
    const up = gateway.nodes.filter((node) => node.isUp());
    const hit = how === 'all' ? up : up.slice(0, 1);
    await Promise.all(hit.map(({ name }) => gateway.kill(name, action)));
    return async () => {
      await Promise.all(hit.map(({ name }) => gateway.start(name, action)));
    };
  };
}
