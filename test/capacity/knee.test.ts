// The search on systems whose knee is known: found by a long simulation of the same cluster, bisected finely.
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { fitScalability } from '../../src/capacity/model/fit.ts';
import { uslThroughput } from '../../src/capacity/model/usl.ts';
import { type SearchOptions, searchKnee } from '../../src/capacity/search/knee.ts';
import { simulatedSystem } from '../../src/capacity/search/simulated.ts';
import type { SystemUnderTest, Trial } from '../../src/capacity/search/trial.ts';
import { exponential, lognormal, poissonLoad } from '../../src/capacity/simulate/loads.ts';
import { simulate } from '../../src/capacity/simulate/simulate.ts';
import {
  type Contention,
  NO_CONTENTION,
  ONE_NODE,
  type SimCluster,
} from '../../src/capacity/simulate/world.ts';

const cluster = (slots: number, contention: Contention = NO_CONTENTION): SimCluster => ({
  ...{ name: 'c', group: 'all', zone: '', slots, maxQueued: 500, speed: 1, weight: 1, contention },
});

const SERVICE = lognormal(400 * Math.exp(-0.32), 0.8);
const MEAN_MS = 400;

/** Highest rate per second at which p95 stays below the limit, by simulations of 150 000 queries. */
function plantedKnee(c: SimCluster, limitMs: number): number {
  let [low, high] = [0.3, 1.1].map((x) => (x * c.slots * 1000) / MEAN_MS) as [number, number];
  while ((high - low) / low > 0.008) {
    const middle = (low + high) / 2;
    const load = poissonLoad({
      ratePerMs: middle / 1000,
      queries: 150_000,
      service: SERVICE,
      random: seededRandom(99, 'truth'),
    });
    const r = simulate({
      clusters: [c],
      load,
      nodes: ONE_NODE,
      balancer: 'random',
      seed: 1,
      warmUpMs: 60_000,
      windowMs: 1e9,
    });
    if (r.response.p95 <= limitMs && r.drops['queue-full'] < 150) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const options: SearchOptions = {
  ...{ kind: 'rate', from: 8, upTo: 200, step: 1.5, precision: 0.04, confirmations: 2, mostTrials: 80 },
  objectives: { p95Ms: 1_800, drops: 0.001 },
};

describe('the knee of a simulated cluster', () => {
  test('planted slots and contention: within 5 % in at least 19 of 20 seeds', async () => {
    const c = cluster(16, { alpha: 0.02, beta: 0.0005 });
    const truth = plantedKnee(c, options.objectives.p95Ms);
    const misses: number[] = [];
    for (let seed = 1; seed <= 20; seed++) {
      const system = simulatedSystem({
        clusters: [c],
        service: SERVICE,
        meanServiceMs: MEAN_MS,
        trialMs: 300_000,
        warmUpMs: 30_000,
        seed,
      });
      const knee = await searchKnee(system, options);
      const off = knee.kind === 'found' ? knee.estimate / truth - 1 : Number.NaN;
      if (!(Math.abs(off) <= 0.05)) misses.push(off);
    }
    expect(misses.length, `off by ${misses.join(', ')}`).toBeLessThanOrEqual(1);
  });

  test('over concurrency: as many at once as the limit allows', async () => {
    const c = cluster(8);
    const system = simulatedSystem({
      clusters: [c],
      service: exponential(MEAN_MS),
      meanServiceMs: MEAN_MS,
      trialMs: 400_000,
      warmUpMs: 20_000,
      seed: 1,
    });
    const knee = await searchKnee(system, {
      ...options,
      kind: 'concurrency',
      from: 2,
      upTo: 64,
      objectives: { p95Ms: 2_000, drops: 0 },
    });
    // With n on 8 slots Little's law gives a mean response of n/8 service times; p95 passes 5 of them near n = 24.
    expect(knee).toMatchObject({ kind: 'found' });
    expect(knee.low).toBeGreaterThanOrEqual(16);
    expect(knee.low).toBeLessThanOrEqual(28);
  });

  test('the ladder over concurrency gives back the planted contention', async () => {
    const planted = { alpha: 0.03, beta: 0.001 };
    const c = cluster(1_000, planted);
    const system = simulatedSystem({
      clusters: [c],
      service: exponential(MEAN_MS),
      meanServiceMs: MEAN_MS,
      trialMs: 600_000,
      warmUpMs: 20_000,
      seed: 2,
    });
    const points = [];
    for (const n of [1, 2, 4, 8, 16, 24, 32, 48])
      for (let repeat = 0; repeat < 2; repeat++) {
        const { throughput } = await system.run('concurrency', n, repeat);
        points.push({ concurrency: n, throughput });
      }
    const fit = fitScalability(points, seededRandom(1, 'fit'), Number.POSITIVE_INFINITY);
    if (fit.kind === 'none') throw new Error(fit.missing.join());
    expect(fit.alpha.low).toBeLessThanOrEqual(planted.alpha);
    expect(fit.alpha.high).toBeGreaterThanOrEqual(planted.alpha);
    expect(fit.beta.low).toBeLessThanOrEqual(planted.beta);
    expect(fit.beta.high).toBeGreaterThanOrEqual(planted.beta);
    expect(
      uslThroughput(1, { gamma: fit.gamma.value, alpha: 0, beta: 0, slots: 1 }) / (1000 / MEAN_MS),
    ).toBeCloseTo(1, 1);
  });
});

/** A system that answers by a formula. */
function formula(of: (load: number) => Partial<Trial> & { readonly ms: number }, n = 400): SystemUnderTest {
  return {
    title: 'formula',
    async run(_, load) {
      const { ms, ...rest } = of(load);
      const queries = Array.from({ length: n }, (_, i) => ({ atMs: i, responseMs: ms, dropped: false }));
      return {
        load,
        queries,
        durationMs: 1_000,
        throughput: load,
        sentShare: 1,
        queuedP95Ms: 0,
        queuedMeanMs: 0,
        stoppedBy: '',
        unfit: '',
        ...rest,
      };
    },
  };
}

describe('the estimate', () => {
  test('is where p95 passes its limit, not the middle of what was tried', async () => {
    // p95 passes 1,800 ms at a load of 41.5, steeply; the middle of what is tried around it is 43.
    const knee = await searchKnee(
      formula((load) => ({ ms: 1_800 * (load / 41.5) ** 6 })),
      { ...options, precision: 0.2 },
    );
    if (knee.kind !== 'found') throw new Error(knee.missing.join());
    expect(knee.high / knee.low).toBeGreaterThan(1.05);
    expect(Math.abs(knee.estimate / 41.5 - 1)).toBeLessThan(0.01);
  });

  test('is the middle where another objective broke', async () => {
    const knee = await searchKnee(
      formula((load) => ({ ms: 10, stoppedBy: load > 50 ? 'heap at 95 %' : '' })),
      options,
    );
    if (knee.kind !== 'found') throw new Error(knee.missing.join());
    expect(knee.estimate).toBe((knee.low + knee.high) / 2);
  });
});

describe('questions without an answer', () => {
  const search = (system: SystemUnderTest) => searchKnee(system, options);

  test('the objectives hold at the highest load allowed', async () => {
    expect(await search(formula(() => ({ ms: 1 })))).toMatchObject({
      kind: 'inconclusive',
      why: 'above-range',
      low: 200,
    });
  });

  test('they do not hold at the lowest', async () => {
    expect(await search(formula(() => ({ ms: 9_999 })))).toMatchObject({
      kind: 'inconclusive',
      why: 'below-range',
      low: null,
    });
  });

  test('the generator did not reach the load', async () => {
    const knee = await search(formula((load) => ({ ms: 10, sentShare: load > 20 ? 0.9 : 1 })));
    expect(knee).toMatchObject({ kind: 'inconclusive', why: 'unclear', low: 18 });
  });

  test('the generator was too busy for its times to be the system’s', async () => {
    const unfit = 'the generator was not fit: its event loop was busy';
    const knee = await search(formula((load) => ({ ms: load, unfit: load > 20 ? unfit : '' })));
    expect(knee).toMatchObject({ kind: 'inconclusive', why: 'unclear', missing: [unfit] });
  });

  test('too few queries for a p95', async () => {
    expect(await search(formula(() => ({ ms: 10 }), 150))).toMatchObject({
      kind: 'inconclusive',
      why: 'unclear',
    });
  });

  test('a safety stop is a load too high, not a fault of the search', async () => {
    const knee = await search(
      formula((load) =>
        // What was not sent after the stop is not the generator's fault.
        load > 50 ? { ms: 10, stoppedBy: 'heap at 95 %', sentShare: 0.3 } : { ms: 10 },
      ),
    );
    expect(knee).toMatchObject({ kind: 'found' });
    expect(knee.trials.at(-1)?.reasons.join()).toContain('heap');
    expect(knee.low).toBeLessThanOrEqual(50);
  });

  test('response times that rise all through are no steady state', async () => {
    const rising: SystemUnderTest = {
      title: 'rising',
      async run(_, load) {
        const queries = Array.from({ length: 600 }, (_, i) => ({
          atMs: i,
          responseMs: load > 30 ? 100 + i : 100,
          dropped: false,
        }));
        return {
          load,
          queries,
          durationMs: 600,
          throughput: load,
          sentShare: 1,
          queuedP95Ms: null,
          queuedMeanMs: null,
          stoppedBy: '',
          unfit: '',
        };
      },
    };
    const knee = await search(rising);
    expect(knee).toMatchObject({ kind: 'found' });
    expect(knee.trials.some((t) => !t.steady && t.reasons.join().includes('no steady state'))).toBe(true);
  });
});
