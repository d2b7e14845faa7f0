/**
 * The Java gateway's query-count router to the letter (its QueryCountBasedRouter), for comparing: the numbers of the
 * last poll, and after each pick one more queued query of the user where he has any queued, otherwise one more running
 * one. While one cluster has a queue and another has none, that bump never changes the order, and every query until
 * the next poll goes to one cluster.
 */
import type { ClusterCounts } from '../../backends/seen.ts';
import type { Balancer, BalancerInputs, Candidate } from './balancer.ts';

interface Local {
  readonly counts: ClusterCounts | undefined;
  running: number;
  readonly queued: number;
  readonly ofUser: Map<string, number>;
}

export function strictQueryCountBalancer({ loads }: BalancerInputs): Balancer {
  const locals = new Map<string, Local>();

  function localOf({ name, proxyTo }: Candidate): Local {
    const counts = loads.reported(proxyTo);
    const known = locals.get(name);
    if (known !== undefined && known.counts === counts) return known;
    const { running = 0, queued = 0, queuedByUser } = counts ?? {};
    const fresh = { counts, running, queued, ofUser: new Map(queuedByUser) };
    locals.set(name, fresh);
    return fresh;
  }

  return {
    pick(candidates, { user = '' }) {
      const least = candidates.reduce((best, c) => (isLess(localOf(c), localOf(best), user) ? c : best));
      const local = localOf(least);
      const queued = local.ofUser.get(user) ?? 0;
      if (queued > 0) local.ofUser.set(user, queued + 1);
      else local.running++;
      return least;
    },
  };
}

/** Ties go to the order of the database. */
function isLess(a: Local, b: Local, user: string): boolean {
  const ofUser = (a.ofUser.get(user) ?? 0) - (b.ofUser.get(user) ?? 0);
  if (ofUser !== 0) return ofUser < 0;
  return a.queued === b.queued ? a.running < b.running : a.queued < b.queued;
}
