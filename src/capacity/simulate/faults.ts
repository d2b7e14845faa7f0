/** What happens to the fleet: rolls, kills and queries of death, put on the agenda. */
import { createLosses, type LossParts } from './losses.ts';
import { createOutages, type OutageParts } from './outages.ts';
import type { Disturbance } from './world.ts';

export interface Faults {
  /** A query of death has begun to run. */
  onDeadlyStart(query: number): void;
  onEnd(cluster: number, nowMs: number): void;
  /** When the last cluster of those rolled one after another was back; null without such rolls, or before. */
  rollsOverMs(): number | null;
}

type QueryOfDeath = Extract<Disturbance, { kind: 'query-of-death' }>;
type Rolls = Extract<Disturbance, { kind: 'rolls' }>;

/** A query of death never ends by itself. */
const ENDLESS_MS = 1e12;

export function createFaults(
  disturbances: readonly Disturbance[],
  parts: Omit<OutageParts, 'lose'> & LossParts,
): Faults {
  const { agenda, clusters, gateway, groups, pool, tally } = parts;
  const outages = createOutages({ ...parts, lose: createLosses(parts) });
  const deaths = new Map<number, QueryOfDeath>();
  const numberOf = (name: string) => clusters.findIndex((c) => c.name === name);

  const sendDeadly = (death: QueryOfDeath, nowMs: number) => {
    const query = pool.take();
    pool.arrivedMs[query] = nowMs;
    pool.serviceMs[query] = ENDLESS_MS;
    for (const key of ['user', 'source', 'fingerprint'] as const) pool[key][query] = 0;
    pool.group[query] = groups.indexOf(death.group);
    pool.retries[query] = death.retries;
    pool.deadly[query] = 1;
    deaths.set(query, death);
    tally.noteArrival(nowMs);
    gateway.enter(query, nowMs);
  };
  let rollsOverMs: number | null = null;
  const rollInTurn = (rolls: Rolls, nowMs: number, next = 0): void => {
    const name = rolls.clusters[next];
    if (name === undefined) rollsOverMs = nowMs;
    else
      outages.roll(numberOf(name), nowMs, rolls.drainMs, rolls.downMs, (at) =>
        rollInTurn(rolls, at, next + 1),
      );
  };
  for (const d of disturbances)
    agenda.add(d.atMs, (nowMs) => {
      if (d.kind === 'rolls') rollInTurn(d, nowMs);
      else if (d.kind === 'roll') outages.roll(numberOf(d.cluster), nowMs, d.drainMs, d.downMs);
      else if (d.kind === 'kill') outages.kill(numberOf(d.cluster), nowMs, d.detectMs, d.downMs);
      else sendDeadly(d, nowMs);
    });
  return {
    onDeadlyStart(query) {
      const death = deaths.get(query);
      if (death === undefined) return;
      const cluster = pool.cluster[query] as number;
      const startedMs = pool.startedMs[query] as number;
      agenda.add(startedMs + death.afterMs, (at) => {
        const runsOn = pool.cluster[query] === cluster && pool.startedMs[query] === startedMs;
        if (pool.deadly[query] === 1 && runsOn) outages.kill(cluster, at, death.detectMs, death.downMs);
      });
    },
    onEnd: outages.onEnd,
    rollsOverMs: () => rollsOverMs,
  };
}
