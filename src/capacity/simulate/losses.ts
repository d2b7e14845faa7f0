/** What becomes of the queries of a cluster that is gone. */
import type { Agenda } from './agenda.ts';
import type { Gateway } from './gateway.ts';
import type { OpenQueries } from './queries.ts';
import type { Tally } from './tally.ts';

export interface LossParts {
  readonly agenda: Agenda;
  readonly gateway: Gateway;
  readonly pool: OpenQueries;
  readonly tally: Tally;
  /** Users send a lost query again after so long; undefined when they do not. */
  readonly resendAfterMs: number | undefined;
}

/** A client that sends a query of death again does so at once. */
const RESEND_DEADLY_MS = 200;

/** Takes a query that was on the cluster: lost, and perhaps sent again. */
export function createLosses(parts: LossParts) {
  const { agenda, gateway, pool, resendAfterMs, tally } = parts;

  /** The user asks anew: another query with the same content. */
  function sendAgain(lost: number, atMs: number): void {
    const copy = pool.take();
    for (const key of ['serviceMs', 'user', 'source', 'fingerprint', 'group'] as const)
      pool[key][copy] = pool[key][lost] as number;
    pool.deadly[copy] = 0;
    agenda.add(atMs, (now) => {
      pool.arrivedMs[copy] = now;
      tally.resent++;
      tally.noteArrival(now);
      gateway.enter(copy, now);
    });
  }

  return (query: number, nowMs: number, reason: 'killed' | 'cut'): void => {
    gateway.left(query);
    const retries = pool.deadly[query] === 1 ? (pool.retries[query] as number) : 0;
    if (retries > 0) {
      pool.retries[query] = retries - 1;
      tally.resent++;
      agenda.add(nowMs + RESEND_DEADLY_MS, (at) => gateway.place(query, at));
      return;
    }
    if (resendAfterMs !== undefined && pool.deadly[query] === 0) sendAgain(query, nowMs + resendAfterMs);
    gateway.drop(query, reason, nowMs);
  };
}
