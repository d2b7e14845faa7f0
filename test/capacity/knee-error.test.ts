// How sure a knee is: short trials find it too high, and the simulation of the same search knows by how much.
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { calibrate } from '../../src/capacity/live/calibrate.ts';
import { kneeError, type SimulatedSearch } from '../../src/capacity/live/knee-error.ts';
import { searchKnee } from '../../src/capacity/search/knee.ts';
import { simulatedSystem } from '../../src/capacity/search/simulated.ts';

const random = seededRandom(3, 'times');
const timesMs = Array.from({ length: 400 }, () => 100 - 400 * Math.log(1 - random.next()));
const model = { timesMs, slots: 6, contention: { alpha: 0.02, beta: 0 } };
const search: SimulatedSearch = {
  ...{ kind: 'rate' as const, from: 3, upTo: 40, step: 1.5, precision: 0.06 },
  ...{ confirmations: 1, mostTrials: 60, trialMs: 25_000, warmUpMs: 2_000 },
  objectives: { p95Ms: 4_000, drops: 1 },
};

test('a search with short trials is too sure of itself; the corrected interval holds the knee of the long run', async () => {
  const draws = seededRandom(77, 'the cluster');
  const cluster = simulatedSystem({
    clusters: [
      {
        ...{ name: 'a', group: 'all', zone: '', slots: model.slots, maxQueued: Number.POSITIVE_INFINITY },
        ...{ speed: 1, weight: 1, contention: model.contention },
      },
    ],
    service: () => draws.pick(timesMs),
    ...{
      meanServiceMs: 500,
      balancer: 'random',
      seed: 77,
      trialMs: search.trialMs,
      warmUpMs: search.warmUpMs,
    },
  });
  const knee = await searchKnee(cluster, search);
  if (knee.kind !== 'found') throw new Error(knee.missing.join());
  const error = await kneeError(knee, model, search);
  if (error === null) throw new Error('no answer');
  expect(error.biasShare).toBeGreaterThan(0.02);
  expect(error.estimate).toBeLessThan(knee.estimate);
  const p95At = (rate: number) =>
    calibrate(timesMs, { ...model, clusters: 1, rate, balancer: 'random' }).response.p95;
  expect(p95At(error.low)).toBeLessThanOrEqual(search.objectives.p95Ms);
  expect(p95At(error.high)).toBeGreaterThan(search.objectives.p95Ms);
});

test('where the simulated cluster has no knee in the searched range nothing is told', async () => {
  const found = { kind: 'found', loadKind: 'rate', low: 10, high: 11, estimate: 10.5, trials: [] } as const;
  expect(await kneeError(found, model, { ...search, upTo: 4 })).toBeNull();
});
