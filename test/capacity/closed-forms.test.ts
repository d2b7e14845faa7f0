// The simulator against queueing theory: mean waits within 1 %. The error of a plain mean would be larger than that for
// runs that are short enough here, so the known error of the drawn arrivals and service times is taken out of it
// (control variates over batches; Law, Simulation Modeling and Analysis, section 11.4).
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { erlangC, mg1SharedResponseMs, mg1WaitMs, mmkWaitMs } from '../../src/capacity/model/queueing.ts';
import {
  constant,
  type Draw,
  exponential,
  hyperexponential,
  lognormal,
  poissonLoad,
} from '../../src/capacity/simulate/loads.ts';
import { simulate } from '../../src/capacity/simulate/simulate.ts';
import {
  type Arrival,
  type Contention,
  type Load,
  NO_CONTENTION,
  ONE_NODE,
} from '../../src/capacity/simulate/world.ts';

interface Case {
  readonly slots: number;
  readonly ratePerMs: number;
  readonly service: Draw;
  readonly serviceMs: number;
  readonly contention?: Contention;
  /** What is compared; runs are long enough for the wait itself where it is not small beside the service. */
  readonly figure: 'response' | 'queued';
  readonly seed: number;
}

const BATCHES = 20;
const PER_BATCH = 20_000;

/** Mean of the figure over batches, with the error of the drawn load taken out by regression. */
function meanOf(c: Case): number {
  const rows = Array.from({ length: BATCHES }, (_, b) => {
    const random = seededRandom(c.seed * 1000 + b, 'closed forms');
    const load = poissonLoad({ ratePerMs: c.ratePerMs, queries: PER_BATCH, service: c.service, random });
    const seen = { service: 0, last: 0, n: 0 };
    const watched: Load = {
      ...load,
      next(into: Arrival) {
        if (!load.next(into)) return false;
        seen.service += into.serviceMs;
        seen.last = into.atMs;
        seen.n++;
        return true;
      },
    };
    const cluster = {
      name: 'a',
      group: 'all',
      zone: '',
      maxQueued: Number.POSITIVE_INFINITY,
      speed: 1,
      weight: 1,
    };
    const result = simulate({
      clusters: [{ ...cluster, slots: c.slots, contention: c.contention ?? NO_CONTENTION }],
      ...{ load: watched, nodes: ONE_NODE, balancer: 'random', seed: 1, windowMs: 1e9 },
      warmUpMs: 0.1 * (PER_BATCH / c.ratePerMs),
    });
    return {
      y: result[c.figure].mean,
      load: seen.service / seen.last / (c.ratePerMs * c.serviceMs) - 1,
    };
  });
  const mean = (f: (r: (typeof rows)[number]) => number) =>
    rows.reduce((sum, r) => sum + f(r), 0) / rows.length;
  const [my, mx] = [mean((r) => r.y), mean((r) => r.load)];
  const slope = mean((r) => (r.y - my) * (r.load - mx)) / mean((r) => (r.load - mx) ** 2);
  return my - slope * mx;
}

const within1 = (measured: number, exact: number) => {
  expect(Math.abs(measured / exact - 1)).toBeLessThan(0.01);
};

describe('the formulas themselves', () => {
  test.each([
    [1, 0.5, 0.5],
    [2, 1, 1 / 3],
    [4, 2.8, 0.4286],
    [10, 8, 0.4092],
  ])('Erlang C of %d servers under %d', (servers, load, expected) => {
    expect(erlangC(servers, load)).toBeCloseTo(expected, 3);
  });

  test('a saturated station waits for ever', () => {
    expect(mmkWaitMs(4, 4, 1)).toBe(Number.POSITIVE_INFINITY);
    expect(mg1WaitMs(1, 1, 1)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('simulated against exact, within 1 %', () => {
  test.each([
    [1, 0.6],
    [4, 2.8],
    [20, 16],
  ])('response in M/M/%d at λ = %d', (slots, ratePerMs) => {
    const service = exponential(1);
    const simulated = meanOf({ slots, ratePerMs, service, serviceMs: 1, figure: 'response', seed: 1 });
    within1(simulated, 1 + mmkWaitMs(slots, ratePerMs, 1));
  });

  test.each([
    ['constant', constant(1), 0],
    ['lognormal', lognormal(Math.exp(-0.32), 0.8), Math.exp(0.64) - 1],
    ['hyperexponential', hyperexponential(1, 4), 4],
  ] as const)('wait in M/G/1, %s', (_, service, scv) => {
    const simulated = meanOf({ slots: 1, ratePerMs: 0.5, service, serviceMs: 1, figure: 'queued', seed: 2 });
    within1(simulated, mg1WaitMs(0.5, 1, scv));
  });

  test.each([
    ['exponential', exponential(1)],
    ['hyperexponential', hyperexponential(1, 4)],
  ] as const)('response with processor sharing, %s: only the mean of the service counts', (_, service) => {
    const contention = { alpha: 1, beta: 0 };
    const shared = { slots: 1e6, ratePerMs: 0.5, service, serviceMs: 1, contention };
    within1(meanOf({ ...shared, figure: 'response', seed: 3 }), mg1SharedResponseMs(0.5, 1));
  });
});
