// The simulated balancers choose as the gateway's own: both are led through the same arrivals, ends and reports.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candidates } from '../../gateway/routing/balancers/balancer.ts';
import { createBalancer } from '../../gateway/routing/balancers/index.ts';
import { LoadBook } from '../../gateway/routing/load-book.ts';
import { seededRandom } from '../../src/base/random.ts';
import { SIM_BALANCERS, type SimBalancerName } from '../../src/capacity/simulate/balancers/index.ts';
import { createBook } from '../../src/capacity/simulate/book.ts';
import { openQueries } from '../../src/capacity/simulate/queries.ts';
import { createStations } from '../../src/capacity/simulate/stations.ts';
import { NO_CONTENTION, type SimCluster } from '../../src/capacity/simulate/world.ts';

const USERS = 3;
const SLOTS = 4;

type Step =
  | { readonly kind: 'query'; readonly user: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'report' };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('query' as const), user: fc.nat(USERS - 1) }) },
    { weight: 4, arbitrary: fc.constant({ kind: 'end' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'report' as const }) },
  ),
  { maxLength: 120 },
);

function clustersOf(weights: readonly number[]): SimCluster[] {
  const common = { group: 'g', zone: '', slots: SLOTS, maxQueued: 1e6, speed: 1, contention: NO_CONTENTION };
  return weights.map((weight, i) => ({ ...common, name: `c${i}`, weight }));
}

/** Plays the steps and gives the picks of the simulation and of the gateway. */
function play(name: SimBalancerName, weights: readonly number[], script: readonly Step[]) {
  const clusters = clustersOf(weights);
  const pool = openQueries();
  const stations = createStations(clusters, pool, () => {});
  const { byUser, make } = SIM_BALANCERS[name];
  const book = createBook({ nodes: 1, clusters: clusters.length, users: USERS, stations, pool, byUser });
  const ours = make({
    ...{ clusters, nodes: 1, users: USERS, fingerprints: 1, groups: 1, book, pool },
    random: seededRandom(5, 'picks'),
    weights: Float64Array.from(weights),
  });
  const backends = clusters.map((c) => ({ name: c.name, proxyTo: c.name })) as unknown as Candidates<{
    name: string;
    proxyTo: string;
  }>;
  const loads = new LoadBook((proxyTo) => book.own[Number(proxyTo.slice(1))] ?? 0);
  const theirs = createBalancer(
    name === 'query-count-stale' ? 'query-count' : (name as 'random'),
    name === 'query-count-stale',
    {
      random: seededRandom(5, 'picks').next,
      weightOf: (b) => weights[Number(b.name.slice(1))] ?? 1,
      loads,
    },
  );
  const candidates = Int32Array.from(clusters.keys());
  const picks: [number, number][] = [];
  const report = () => {
    book.report(0);
    clusters.forEach((c, i) => {
      const queuedByUser = new Map<string, number>();
      stations.eachWaiting(i, (q) =>
        queuedByUser.set(`u${pool.user[q]}`, (queuedByUser.get(`u${pool.user[q]}`) ?? 0) + 1),
      );
      loads.report(c.name, {
        running: stations.running[i] ?? 0,
        queued: stations.waiting[i] ?? 0,
        workers: 1,
        queuedByUser,
      });
    });
  };
  let nowMs = 0;
  report();
  for (const step of script) {
    nowMs++;
    if (step.kind === 'report') report();
    else if (step.kind === 'end') {
      if (stations.nextEndAt() === Number.POSITIVE_INFINITY) continue;
      const q = stations.end(Math.max(nowMs, stations.nextEndAt()));
      nowMs = Math.max(nowMs, stations.nextEndAt() === Number.POSITIVE_INFINITY ? nowMs : nowMs);
      book.ended(0, pool.cluster[q] ?? 0, q);
      pool.give(q);
    } else {
      const q = pool.take();
      pool.user[q] = step.user;
      pool.serviceMs[q] = 1e6;
      const mine = ours.pick(candidates, clusters.length, 0, q);
      const other = theirs.pick(backends, { group: 'g', user: `u${step.user}` });
      picks.push([mine, Number(other.name.slice(1))]);
      pool.cluster[q] = mine;
      book.decided(0, mine, q);
      loads.decided(`c${mine}`, `u${step.user}`);
      stations.join(mine, q, nowMs);
    }
  }
  return picks;
}

describe('simulated and real choice agree', () => {
  const names: readonly SimBalancerName[] = [
    'random',
    'round-robin',
    'weighted',
    'query-count-stale',
    'query-count',
    'least-loaded',
    'two-choices',
  ];
  test.each(names)('%s', (name) => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(1, 1, 2, 5), { minLength: 1, maxLength: 5 }),
        steps,
        (weights, script) => {
          for (const [ours, theirs] of play(name, weights, script)) expect(ours).toBe(theirs);
        },
      ),
      { numRuns: 150, seed: 3 },
    );
  });
});
