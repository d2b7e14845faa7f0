/**
 * Fewest queries by the same three numbers (this user's queued ones, the cluster's queued, its running), corrected by
 * what the node has begun and seen end since the report: what is added to a full cluster is in its queue, and while
 * one cluster has a queue, what another was given since counts as queued too.
 */
import type { BalancerInputs, SimBalancer } from './balancer.ts';

/** The three numbers of the cluster under consideration. */
interface Cost {
  ofUser: number;
  queued: number;
  running: number;
}

export function queryCountBalancer(inputs: BalancerInputs): SimBalancer {
  const { book, nodes, users, pool, weights } = inputs;
  const turns = new Int32Array(nodes);
  const costs: [Cost, Cost] = [
    { ofUser: 0, queued: 0, running: 0 },
    { ofUser: 0, queued: 0, running: 0 },
  ];
  const queuedNow = (node: number, c: number, anyQueue: boolean): number => {
    const at = node * book.clusters + c;
    if ((book.reportedQueued[at] as number) > 0)
      return Math.max(0, book.total(node, c) - (book.reportedRunning[at] as number));
    return anyQueue ? Math.max(0, (book.own[at] as number) - (book.ownThen[at] as number)) : 0;
  };
  const weigh = (cost: Cost, node: number, c: number, anyQueue: boolean, user: number) => {
    const weight = weights[c] as number;
    const queued = queuedNow(node, c, anyQueue);
    cost.ofUser = 0;
    if (user >= 0) {
      const key = c * users + user;
      const known = (book.queuedOf[node]?.get(key) ?? 0) + (book.decidedFor[node]?.get(key) ?? 0);
      cost.ofUser = Math.min(queued, known) / weight;
    }
    cost.queued = queued / weight;
    cost.running = (book.total(node, c) - queued) / weight;
  };
  const someQueue = (node: number, candidates: Int32Array, n: number, user: number) => {
    let any = false;
    let ofUser = false;
    for (let i = 0; i < n; i++) {
      const c = candidates[i] as number;
      if (queuedNow(node, c, false) > 0) any = true;
      if ((book.queuedOf[node]?.get(c * users + user) ?? 0) > 0) ofUser = true;
    }
    return { any, ofUser };
  };
  return {
    pick(candidates, n, node, query) {
      const user = pool.user[query] as number;
      const { any, ofUser } = someQueue(node, candidates, n, user);
      const start = (turns[node] as number) % n;
      turns[node] = (turns[node] as number) + 1;
      let [best, other] = costs;
      let picked = candidates[start] as number;
      weigh(best, node, picked, any, ofUser ? user : -1);
      for (let k = 1; k < n; k++) {
        const i = start + k;
        const c = candidates[i < n ? i : i - n] as number;
        weigh(other, node, c, any, ofUser ? user : -1);
        if (!comesFirst(other, best)) continue;
        picked = c;
        [best, other] = [other, best];
      }
      return picked;
    },
  };
}

function comesFirst(a: Cost, b: Cost): boolean {
  if (a.ofUser !== b.ofUser) return a.ofUser < b.ofUser;
  if (a.queued !== b.queued) return a.queued < b.queued;
  return a.running < b.running;
}
