// What the simulation has to keep, whatever happens to its fleet; and the production fault that it has to show.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { SIM_BALANCER_NAMES, type SimBalancerName } from '../../src/capacity/simulate/balancers/index.ts';
import { exponential, poissonLoad } from '../../src/capacity/simulate/loads.ts';
import { type SimOptions, simulate, simulation } from '../../src/capacity/simulate/simulate.ts';
import {
  type Arrival,
  type Disturbance,
  NO_CONTENTION,
  ONE_NODE,
  type SimCluster,
} from '../../src/capacity/simulate/world.ts';

const NO_LIMIT = Number.POSITIVE_INFINITY;

function clusters(n: number, slots: number, maxQueued = NO_LIMIT): SimCluster[] {
  const common = { group: 'all', slots, maxQueued, speed: 1, weight: 1, contention: NO_CONTENTION };
  return Array.from({ length: n }, (_, i) => ({ ...common, name: `c${i}`, zone: i % 2 === 0 ? 'a' : 'b' }));
}

function load(ratePerMs: number, queries: number, serviceMs: number, seed = 1) {
  return poissonLoad({
    ratePerMs,
    queries,
    service: exponential(serviceMs),
    random: seededRandom(seed, 'load'),
  });
}

const base: Omit<SimOptions, 'load' | 'clusters'> = { nodes: ONE_NODE, balancer: 'least-loaded', seed: 1 };
const sum = (record: Readonly<Record<string, number>>) => Object.values(record).reduce((a, b) => a + b, 0);

describe('sums', () => {
  const disturbance: fc.Arbitrary<Disturbance> = fc
    .record({ atMs: fc.nat(60_000), c: fc.nat(3), kind: fc.nat(2), wait: fc.nat(20_000) })
    .map(({ atMs, c, kind, wait }): Disturbance => {
      const times = { atMs, downMs: 500 + wait, detectMs: Math.floor(wait / 7) };
      if (kind === 0) return { kind: 'roll', cluster: `c${c}`, drainMs: wait, ...times };
      if (kind === 1) return { kind: 'kill', cluster: `c${c}`, ...times };
      return { kind: 'query-of-death', group: 'all', afterMs: wait, retries: c, ...times };
    });

  test('every query that came in ended or was lost, and none is counted twice', () => {
    fc.assert(
      fc.property(
        fc.array(disturbance, { maxLength: 8 }),
        fc.constantFrom(...SIM_BALANCER_NAMES),
        fc.record({
          nodes: fc.integer({ min: 1, max: 4 }),
          retryElsewhere: fc.boolean(),
          quota: fc.constantFrom(1, 5, NO_LIMIT),
          maxQueued: fc.constantFrom(2, 50, NO_LIMIT),
          resend: fc.constantFrom(undefined, 1_000),
        }),
        (disturbances, balancer, o) => {
          const r = simulate({
            clusters: clusters(4, 5, o.maxQueued),
            load: load(0.01, 800, 1_500),
            nodes: { ...ONE_NODE, count: o.nodes, retryElsewhere: o.retryElsewhere, openPerUser: o.quota },
            ...{ balancer, seed: 4, disturbances },
            ...(o.resend === undefined ? {} : { resendAfterMs: o.resend }),
          });
          expect(r.finished + sum(r.drops)).toBe(r.arrived);
          expect(r.windows.reduce((a, w) => a + w.finished, 0)).toBeLessThanOrEqual(r.finished);
        },
      ),
      { numRuns: 120, seed: 11 },
    );
  });

  test('Little’s law holds', () => {
    const { little } = simulate({ ...base, clusters: clusters(3, 8), load: load(0.02, 20_000, 1_000) });
    expect(little.openMean / little.rateTimesResponse).toBeCloseTo(1, 6);
  });

  test('the same options give the same answer', () => {
    const run = () => simulate({ ...base, clusters: clusters(3, 8), load: load(0.02, 2_000, 1_000) });
    expect(run()).toEqual(run());
  });
});

describe('the judged stretch', () => {
  const judged = { warmUpMs: 20_000, judgeToMs: 60_000 };
  /** Two clusters of one slot; one query of 10 s on each at 15 s, 25 s, …: half the slots are busy. */
  const rhythm = (serviceMs: (atMs: number) => number) => {
    let n = 0;
    return {
      ...{ groups: ['all'], users: 1, fingerprints: 1 },
      next(into: Arrival) {
        if (n === 10) return false;
        into.atMs = 5_000 + 10_000 * n++;
        into.serviceMs = serviceMs(into.atMs);
        return true;
      },
    };
  };

  test('what arrives before and after it leaves the times alone', () => {
    const slow = (atMs: number) => (atMs < 20_000 || atMs >= 60_000 ? 9_000 : 1_000);
    const r = simulate({ ...base, ...judged, clusters: clusters(2, 1), load: rhythm(slow) });
    expect(r.judged.arrived).toBe(4);
    expect(r.response.n).toBe(4);
    expect(r.response.max).toBe(1_000);
    expect(r.arrived).toBe(10);
  });

  test('slots in use are those of living clusters, in it alone', () => {
    const kill: Disturbance = { kind: 'kill', atMs: 20_000, cluster: 'c0', detectMs: 0, downMs: 1e6 };
    const run = (disturbances: readonly Disturbance[]) =>
      simulate({
        ...{ ...base, ...judged, clusters: clusters(2, 1), disturbances },
        load: rhythm(() => 10_000),
      });
    expect(run([]).slotsInUse).toBeCloseTo(0.5, 6);
    // One is left: from the query at 25 s on it is busy all the time. That of 15 s runs on either.
    expect(run([kill]).slotsInUse).toBeGreaterThanOrEqual(35 / 40 - 1e-9);
    expect(run([kill]).utilisation[0]).toBe(0);
  });
});

test('how evenly queries fall is not known where few come', () => {
  const r = simulate({ ...base, clusters: clusters(3, 8), load: load(0.0001, 200, 1_000) });
  expect(r.fairness[0]?.variation).toBeNull();
});

describe('the fleet', () => {
  const roll = (drainMs: number): Disturbance => ({
    kind: 'roll',
    atMs: 20_000,
    cluster: 'c0',
    drainMs,
    downMs: 10_000,
  });

  test('a careful roll loses nothing, a hasty one what still runs', () => {
    const run = (drainMs: number) =>
      simulate({
        ...base,
        clusters: clusters(3, 8),
        load: load(0.01, 1_000, 2_000),
        disturbances: [roll(drainMs)],
      });
    expect(sum(run(60_000).drops)).toBe(0);
    expect(run(100).drops.cut).toBeGreaterThan(0);
  });

  test('a kill loses what was in flight; what meets the dead cluster goes elsewhere, or is refused', () => {
    const kill: Disturbance = { kind: 'kill', atMs: 20_000, cluster: 'c0', detectMs: 5_000, downMs: 30_000 };
    const run = (retryElsewhere: boolean) =>
      simulate({
        ...base,
        clusters: clusters(3, 8),
        load: load(0.01, 1_000, 2_000),
        ...{ disturbances: [kill], nodes: { ...ONE_NODE, retryElsewhere } },
      });
    const ours = run(true);
    expect(ours.drops.killed).toBeGreaterThan(0);
    expect(ours.drops.refused).toBe(0);
    expect(ours.rerouted).toBeGreaterThan(0);
    expect(run(false).drops.refused).toBeGreaterThan(0);
  });

  test('a query of death takes as many clusters with it as it is sent', () => {
    const death = (retries: number): Disturbance => ({
      ...{
        kind: 'query-of-death',
        atMs: 20_000,
        group: 'all',
        afterMs: 500,
        retries,
        detectMs: 100,
        downMs: 1e6,
      },
    });
    const lost = (retries: number) =>
      simulate({
        ...base,
        clusters: clusters(4, 50),
        load: load(0.02, 4_000, 1_000),
        disturbances: [death(retries)],
      });
    const dead = (r: ReturnType<typeof lost>) => r.windows[1]?.open.filter((n) => n === 0).length;
    expect([0, 1, 2].map((retries) => dead(lost(retries)))).toEqual([1, 2, 3]);
  });

  test('while a group has no cluster its statements are held', () => {
    const kill: Disturbance = { kind: 'kill', atMs: 20_000, cluster: 'c0', detectMs: 0, downMs: 5_000 };
    const one = { ...base, clusters: clusters(1, 100), load: load(0.01, 1_000, 500), disturbances: [kill] };
    expect(simulate(one).drops['no-cluster']).toBe(0);
    const impatient = simulate({ ...one, load: load(0.01, 1_000, 500), nodes: { ...ONE_NODE, holdMs: 100 } });
    expect(impatient.drops['no-cluster']).toBeGreaterThan(10);
  });

  test('a quota makes its user wait, and nobody else', () => {
    const users = (openPerUser: number) =>
      simulate({
        ...base,
        clusters: clusters(2, 100),
        load: load(0.1, 5_000, 1_000),
        nodes: { ...ONE_NODE, openPerUser },
      });
    expect(users(NO_LIMIT).queued.mean).toBe(0);
    expect(users(1).queued.mean).toBeGreaterThan(100);
  });
});

describe('all queries pile up on one cluster while the other idles', () => {
  const run = (balancer: SimBalancerName) =>
    simulate({
      ...{ clusters: clusters(2, 20), load: load(0.0115, 12_000, 3_000, 7), balancer, seed: 7 },
      nodes: { ...ONE_NODE, reportEveryMs: 60_000 },
      windowMs: 6_000,
    });
  const stale = run('query-count-stale');
  const figures = (r: typeof stale) => r.fairness[0]!;

  test('by counts of once a minute, as the Java gateway reads them', () => {
    expect(figures(stale).longestPileUpMs).toBeGreaterThan(30_000);
    expect(figures(stale).deepestPileUp).toBeGreaterThan(100);
    expect(figures(stale).longestRun).toBeGreaterThan(200);
  });

  test.each(['query-count', 'least-loaded', 'two-choices', 'cost-aware'] as const)('not by %s', (name) => {
    const own = run(name);
    expect(figures(own).longestPileUpMs).toBeLessThan(figures(stale).longestPileUpMs / 5);
    expect(figures(own).deepestPileUp).toBeLessThan(15);
    expect(own.queued.mean).toBeLessThan(stale.queued.mean / 20);
  });
});

test('a simulation that is left in between goes on as if it had not been', () => {
  const options = () => ({ ...base, clusters: clusters(3, 8), load: load(0.02, 2_000, 1_000) });
  const run = simulation(options());
  let parts = 1;
  while (!run.advance(100)) parts++;
  expect(parts).toBeGreaterThan(30);
  expect(run.result()).toEqual(simulate(options()));
});
