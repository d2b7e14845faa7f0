/**
 * Fewest queries, by the Java gateway's three numbers: this user's queued ones, the cluster's queued ones, the cluster's
 * running ones. The numbers are as old as the last report, so what this gateway began and saw end since is counted in at
 * once. A cluster that had a queue is full: what comes is added to the queue, and what ends lets queued ones run. One
 * that had none may be full by now: while another has a queue, what it was given counts as queued too.
 */
import type { LoadBook } from '../load-book.ts';
import { type Balancer, type BalancerInputs, type Candidate, cheapest } from './balancer.ts';

interface Estimate {
  readonly queued: number;
  readonly running: number;
}

export function queryCountBalancer({ loads, weightOf }: BalancerInputs): Balancer {
  let turn = 0;
  return {
    pick(candidates, { user }) {
      const anyQueue = candidates.some((c) => estimate(loads, c, false).queued > 0);
      const estimates = new Map(candidates.map((c) => [c, estimate(loads, c, anyQueue)] as const));
      const queuedOfUser = (c: Candidate, { queued }: Estimate) =>
        user === undefined
          ? 0
          : Math.min(queued, loads.queuedOf(c.proxyTo, user) + loads.decidedFor(c.proxyTo, user));
      const userQueues = user !== undefined && candidates.some((c) => loads.queuedOf(c.proxyTo, user) > 0);
      const costs = new Map(
        estimates.entries().map(([c, e]) => {
          const weight = weightOf(c);
          const ofUser = userQueues ? queuedOfUser(c, e) : 0;
          return [c, [ofUser / weight, e.queued / weight, e.running / weight]] as const;
        }),
      );
      return cheapest(candidates, turn++, (a, b) => comesFirst(costs.get(a), costs.get(b)));
    },
  };
}

function estimate(loads: LoadBook, { proxyTo }: Candidate, anyQueue: boolean): Estimate {
  const { queued, running, since } = loads.of(proxyTo);
  const total = loads.total(proxyTo);
  const waiting = queued > 0 ? total - running : anyQueue ? since : 0;
  const nowQueued = Math.max(0, waiting);
  return { queued: nowQueued, running: total - nowQueued };
}

/** True when the first list of numbers is lower, the earlier numbers counting more. */
function comesFirst(a: readonly number[] = [], b: readonly number[] = []): boolean {
  for (const [i, n] of a.entries()) {
    const other = b[i] ?? 0;
    if (n !== other) return n < other;
  }
  return false;
}
