/** The gateway nodes: quotas, the choice of a cluster, holding what has none, trying another where one is dead. */
import type { Random } from '../../base/random.ts';
import type { SimBalancer } from './balancers/balancer.ts';
import type { Book } from './book.ts';
import type { Fairness } from './fairness.ts';
import type { FleetState } from './fleet.ts';
import { createLines } from './lines.ts';
import { NONE, type OpenQueries } from './queries.ts';
import type { SimDrop } from './result.ts';
import type { Stations } from './stations.ts';
import type { Tally } from './tally.ts';
import type { GatewayNodes } from './world.ts';

export interface Gateway {
  /** A query has come in; its fields are set. */
  enter(query: number, nowMs: number): void;
  /** A query that has a quota's place looks for a cluster (again). */
  place(query: number, nowMs: number): void;
  /** A query left its cluster, for whatever reason. */
  left(query: number): void;
  /** A query has ended and gives up its place. */
  close(query: number, nowMs: number): void;
  drop(query: number, reason: SimDrop, nowMs: number): void;
  /** A group has a cluster (again): what was held goes on. */
  resume(group: number, nowMs: number): void;
  /** The load is over: what is still held is lost. */
  abandon(nowMs: number): void;
}

export interface GatewayParts {
  readonly nodes: GatewayNodes;
  readonly users: number;
  readonly balancer: SimBalancer;
  readonly book: Book;
  readonly fleet: FleetState;
  readonly stations: Stations;
  readonly pool: OpenQueries;
  readonly tally: Tally;
  readonly fairness: Fairness;
  readonly random: Random;
}

export function createGateway(parts: GatewayParts): Gateway {
  const { balancer, book, fairness, fleet, nodes, pool, random, stations, tally } = parts;
  const limited = Number.isFinite(nodes.openPerUser);
  const openOf = new Int32Array(limited ? parts.users : 0);
  const overQuota = createLines(limited ? parts.users : 0, pool);
  const held = createLines(fleet.members.length, pool);
  const choose = chooser(parts);
  const gateway: Gateway = {
    enter(query, nowMs) {
      pool.node[query] = nodes.count === 1 ? 0 : random.below(nodes.count);
      if (limited) {
        const user = pool.user[query] as number;
        if ((openOf[user] as number) >= nodes.openPerUser) return overQuota.add(user, query);
        openOf[user] = (openOf[user] as number) + 1;
      }
      gateway.place(query, nowMs);
    },
    place(query, nowMs) {
      const node = pool.node[query] as number;
      const group = pool.group[query] as number;
      pool.noted[query] = balancer.estimate?.(node, pool.fingerprint[query] as number) ?? 0;
      const cluster = choose(query, group);
      if (cluster === NONE) return held.add(group, query);
      if (cluster === REFUSED) return gateway.drop(query, 'refused', nowMs);
      pool.cluster[query] = cluster;
      book.decided(node, cluster, query);
      fairness.noteRouted(group, cluster);
      if (stations.join(cluster, query, nowMs)) fairness.noteLoad(cluster, nowMs);
      else {
        gateway.left(query);
        gateway.drop(query, 'queue-full', nowMs);
      }
    },
    left(query) {
      book.ended(pool.node[query] as number, pool.cluster[query] as number, query);
    },
    close(query, nowMs) {
      const user = pool.user[query] as number;
      pool.give(query);
      if (!limited) return;
      const next = overQuota.take(user);
      if (next === NONE) openOf[user] = (openOf[user] as number) - 1;
      else gateway.place(next, nowMs);
    },
    drop(query, reason, nowMs) {
      tally.noteDrop(query, reason, nowMs);
      gateway.close(query, nowMs);
    },
    resume(group, nowMs) {
      for (let left = held.sizes[group] as number; left > 0; left--) {
        const query = held.take(group);
        // What had waited too long was answered 503 then; it is counted now.
        if (nowMs - (pool.arrivedMs[query] as number) > nodes.holdMs)
          gateway.drop(query, 'no-cluster', nowMs);
        else gateway.place(query, nowMs);
      }
    },
    abandon(nowMs) {
      for (let group = 0; group < fleet.members.length; group++)
        while ((held.sizes[group] as number) > 0) gateway.drop(held.take(group), 'no-cluster', nowMs);
    },
  };
  return gateway;
}

const REFUSED = -2;

/** The cluster for a query; NONE when its group has none, REFUSED when it met a dead one and may not try another. */
function chooser(parts: GatewayParts): (query: number, group: number) => number {
  const { balancer, fleet, nodes, pool, tally } = parts;
  const living = new Int32Array(fleet.alive.length);
  return (query, group) => {
    const candidates = fleet.members[group] as Int32Array;
    const n = fleet.count[group] as number;
    if (n === 0) return NONE;
    const node = pool.node[query] as number;
    const first = balancer.pick(candidates, n, node, query);
    if (fleet.alive[first] === 1) return first;
    if (!nodes.retryElsewhere) return REFUSED;
    let m = 0;
    for (let i = 0; i < n; i++) {
      const c = candidates[i] as number;
      if (fleet.alive[c] === 1) living[m++] = c;
    }
    if (m === 0) return NONE;
    tally.rerouted++;
    return balancer.pick(living, m, node, query);
  };
}
