/**
 * For clusters without an event listener: their lists of queries (`GET /v1/query`, which holds each query's trace token), read every
 * other second. What began and was forgotten in between is not seen; of what is seen, ids and ends are as sure as an event's.
 */
import { type Clock, sleep } from '../base/clock.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { askQueryList } from '../fleet/probe.ts';
import type { ToldEvent } from './event.ts';

const EVERY_MS = 2_000;
const ENDED: ReadonlySet<string> = new Set(['FINISHED', 'FAILED']);

export interface QueryLists {
  readOnce(): Promise<void>;
  close(): Promise<void>;
}

/** Reads until it is closed; `onEvent` hears of each query when it is first seen and when it is first seen ended. */
export function followQueryLists(
  fleet: Fleet,
  clock: Clock,
  onEvent: (cluster: string, event: ToldEvent) => void,
): QueryLists {
  const seen = new Map<string, 'open' | 'ended'>();
  const stopped = new AbortController();
  const readCluster = async (name: string, url: string) => {
    for (const query of (await askQueryList(url)) ?? []) {
      const { queryId, state } = query;
      const isEnded = ENDED.has(state);
      const before = seen.get(queryId);
      if (before === undefined) onEvent(name, { type: 'created', ...query, errorName: '' });
      if (isEnded && before !== 'ended') onEvent(name, { type: 'completed', ...query });
      seen.set(queryId, isEnded ? 'ended' : 'open');
    }
  };
  const readOnce = async () => {
    const up = fleet.clusters.filter(({ name }) => fleet.isUp(name));
    await Promise.all(up.map(({ name, url }) => readCluster(name, url)));
  };
  const loop = async () => {
    while (!stopped.signal.aborted) {
      await readOnce();
      await sleep(clock, EVERY_MS, stopped.signal).catch(() => undefined);
    }
  };
  const looping = loop();
  return {
    readOnce,
    async close() {
      stopped.abort();
      await looping;
    },
  };
}
