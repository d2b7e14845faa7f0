/**
 * The Java gateway's query-count router to the letter (its QueryCountBasedRouter): the numbers of the last report, and
 * after each pick one more queued query of the user where he has any queued, otherwise one more running one. While one
 * cluster has a queue and another has none, that never changes the order, and all queries until the next report go to
 * one cluster.
 */
import { bump } from '../book.ts';
import type { BalancerInputs, SimBalancer } from './balancer.ts';

export function staleQueryCountBalancer({ book, users, pool }: BalancerInputs): SimBalancer {
  const isLess = (node: number, a: number, b: number, user: number): boolean => {
    const queued = book.queuedOf[node];
    const ofUser = (queued?.get(a * users + user) ?? 0) - (queued?.get(b * users + user) ?? 0);
    if (ofUser !== 0) return ofUser < 0;
    const base = node * book.clusters;
    const waiting = (book.reportedQueued[base + a] as number) - (book.reportedQueued[base + b] as number);
    if (waiting !== 0) return waiting < 0;
    return (book.reportedRunning[base + a] as number) < (book.reportedRunning[base + b] as number);
  };
  return {
    pick(candidates, n, node, query) {
      const user = pool.user[query] as number;
      let least = candidates[0] as number;
      for (let i = 1; i < n; i++) {
        const c = candidates[i] as number;
        if (isLess(node, c, least, user)) least = c;
      }
      const queued = book.queuedOf[node] as Map<number, number>;
      const key = least * users + user;
      // The copy of the report is changed in place, as the Java gateway changes its own.
      if ((queued.get(key) ?? 0) > 0) bump(queued, key);
      else {
        const at = node * book.clusters + least;
        book.reportedRunning[at] = (book.reportedRunning[at] as number) + 1;
      }
      return least;
    },
  };
}
