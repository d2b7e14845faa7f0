import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/base/errors.ts';
import { evaluateGates } from '../../src/gates/evaluate.ts';
import { summarise } from '../../src/measure/summarise.ts';
import type { Figure, Summary, ValidityCheck } from '../../src/measure/summary/summary.ts';
import { record } from '../measure/factory.ts';
import { simulatedRun } from '../measure/simulated-run.ts';

const empty = summarise(record([]));
const fit = empty.validity.map((check) => ({ ...check, ok: true }));

function summaryWith(figures: Readonly<Record<string, Partial<Figure>>>, validity = fit): Summary {
  const known = Object.entries(figures).map(([name, figure]) => {
    const base = empty.figures[name];
    if (base === undefined) throw new Error(`no figure ${name}`);
    return [name, { n: 1000, unit: base.unit, value: null, ...figure }] as const;
  });
  return { ...empty, validity, figures: { ...empty.figures, ...Object.fromEntries(known) } };
}

const one = (expression: string, figure: Partial<Figure>) => {
  const name = expression.split(' ')[0] ?? '';
  const [result] = evaluateGates([expression], summaryWith({ [name]: figure })).gates;
  return result;
};

describe('one gate', () => {
  const inside = { value: 5, low: 4, high: 6 };
  it.each<[string, Partial<Figure>, string]>([
    // Counts are decided by themselves: one drop is a fail at any n.
    ['drops.total == 0', { value: 0 }, 'pass'],
    ['drops.total == 0', { value: 1, n: 1_000_000 }, 'fail'],
    ['drops.total != 0', { value: 1 }, 'pass'],
    ['rolls.completed >= 2', { value: 2 }, 'pass'],
    ['rolls.completed > 2', { value: 2 }, 'fail'],
    ['routing.correctness >= 99.9 %', { value: 1, low: 0.9995, high: 1 }, 'pass'],
    // Of 31 queries none went wrong: one in eleven might.
    ['routing.correctness >= 99.9 %', { value: 1, low: 0.908, high: 1, n: 31 }, 'inconclusive'],
    ['routing.correctness >= 99.9 %', { value: 0.99, low: 0.98, high: 0.998 }, 'fail'],
    ['routing.correctness >= 100 %', { value: 1, low: 0.908, high: 1, n: 31 }, 'pass'],
    ['routing.correctness == 100 %', { value: 0.999, low: 0.99, high: 0.9999 }, 'fail'],
    ['schedule.lag.p99 < 5ms', { value: 4.9 }, 'pass'],
    // Estimates are decided by their whole interval.
    ['overhead.total.median < 7ms', inside, 'pass'],
    ['overhead.total.median < 6ms', inside, 'inconclusive'],
    ['overhead.total.median <= 6ms', inside, 'pass'],
    ['overhead.total.median < 5ms', inside, 'inconclusive'],
    ['overhead.total.median <= 4ms', inside, 'inconclusive'],
    ['overhead.total.median < 4ms', inside, 'fail'],
    ['overhead.total.median < 3ms', inside, 'fail'],
    ['overhead.total.median > 3ms', inside, 'pass'],
    ['overhead.total.median > 4ms', inside, 'inconclusive'],
    ['overhead.total.median >= 7ms', inside, 'fail'],
    // A point estimate never gates.
    ['overhead.total.median < 7ms', { value: 5 }, 'inconclusive'],
    ['overhead.total.median < 7ms', { value: null }, 'inconclusive'],
    // Cut-off queries leave the upper side open: enough to fail, never enough to pass.
    ['latency.response.p99 < 2s', { value: 3000, low: 2500 }, 'fail'],
    ['latency.response.p99 < 9s', { value: 3000, low: 2500 }, 'inconclusive'],
    ['drops.rate < 1 %', { value: 0, low: 0, high: 0.0066, n: 450 }, 'pass'],
    ['drops.rate < 0.1 %', { value: 0, low: 0, high: 0.0066, n: 450 }, 'inconclusive'],
  ])('%s with %o: %s', (expression, figure, result) => {
    expect(one(expression, figure)?.result).toBe(result);
  });

  it.each<[string, Partial<Figure>, string]>([
    ['drops.total == 0', { value: 3, note: '3 of 10' }, '3 (3 of 10); wanted == 0'],
    ['overhead.total.median < 3ms', inside, '5 ms, 95 % interval 4 ms to 6 ms: all of it misses < 3 ms'],
    [
      'overhead.total.median < 5ms',
      inside,
      '5 ms, 95 % interval 4 ms to 6 ms: wanted < 5 ms, and that lies inside',
    ],
    [
      'overhead.total.median < 5ms',
      { value: 5, n: 70 },
      '5 ms, but 70 values are too few for an interval; wanted < 5 ms',
    ],
    ['overhead.total.median < 5ms', { note: 'no pairs' }, 'no figure: no pairs'],
    [
      'latency.response.p99 < 9s',
      { value: 3000, low: 2500 },
      '3 s, 95 % interval 2.5 s to open: wanted < 9 s, and that lies inside',
    ],
  ])('%s says why', (expression, figure, reason) => {
    expect(one(expression, figure)?.reason).toBe(reason);
  });
});

describe('limits that count from something', () => {
  const against = { value: 100, shift: 8, low: 6, high: 9 };
  it.each<[string, Partial<Figure>, string, number | null]>([
    // The larger of the two parts counts.
    ['overhead.total.p95 < max(5ms, 10%)', { value: 8, low: 6, high: 9, against }, 'pass', 10],
    ['overhead.total.p95 < max(5ms, 4%)', { value: 8, low: 6, high: 9, against }, 'fail', 5],
    ['overhead.total.p95 < 8%', { value: 8, low: 6, high: 9, against }, 'inconclusive', 8],
    ['overhead.total.p95 < 7%', { value: 8, low: 6, high: 9 }, 'inconclusive', null],
    // The shift between the arms decides, not how the arm's own quantile is spread.
    ['latency.service.p95 < baseline + 10%', { value: 108, low: 60, high: 190, against }, 'pass', 110],
    ['latency.service.p95 < baseline + 5%', { value: 108, low: 60, high: 190, against }, 'fail', 105],
    ['latency.service.p95 < baseline + 5%', { value: 108, low: 60, high: 190 }, 'inconclusive', null],
    ['latency.service.p95 < stored + 5%', { value: 108, low: 60, high: 190, against }, 'inconclusive', null],
  ])('%s with %o: %s', (expression, figure, result, limit) => {
    expect(one(expression, figure)).toMatchObject({ result, limit });
  });

  it('a stored run is asked where the limit says so', () => {
    const judge = (stored: number, shift: number, doubt = '') =>
      evaluateGates(
        ['latency.service.p95 < stored + 10%', 'drops.total <= stored + 1'],
        summaryWith({ 'latency.service.p95': { value: 100 }, 'drops.total': { value: 3 } }),
        {
          stored: {
            doubt,
            references: {
              'latency.service.p95': { value: 100 - shift, shift, low: shift - 1, high: shift + 1 },
              'drops.total': { value: stored, shift: 3 - stored },
            },
          },
        },
      ).gates.map((g) => g.result);
    expect(judge(2, 5)).toEqual(['pass', 'pass']);
    expect(judge(1, 20)).toEqual(['fail', 'fail']);
    expect(judge(1, 20, 'machine: cpu')).toEqual(['inconclusive', 'inconclusive']);
  });

  it('tells the sample, the value and the interval of one and the same comparison', () => {
    const shift = { value: 100, shift: 8, low: -120, high: 9 };
    const judge = (expression: string, reference: object) =>
      evaluateGates(
        [expression],
        summaryWith({
          'latency.service.p95': { value: 150, low: 1, high: 2, n: 2278, against: { ...shift, n: 664 } },
        }),
        { stored: { doubt: '', references: { 'latency.service.p95': { ...shift, n: 640, ...reference } } } },
      ).gates[0];
    expect(judge('latency.service.p95 < 1s', {})).toMatchObject({ observed: 150, low: 1, n: 2278 });
    // No latency is below zero, however wide the interval of the shift.
    expect(judge('latency.service.p95 < baseline + 10%', {})).toMatchObject({
      ...{ observed: 108, low: 0, high: 109, n: 664 },
      reason: '108 ms, 95 % interval 0 ms to 109 ms',
    });
    expect(judge('latency.service.p95 < stored + 10%', {})).toMatchObject({ observed: 108, n: 640 });
    // A run against itself, and what rounds to one number.
    expect(judge('latency.service.p95 < stored + 10%', { shift: 0, low: 0, high: 0 })).toMatchObject({
      ...{ result: 'inconclusive', low: null, high: null },
      reason: expect.stringMatching(
        /^100 ms, but 640 values .* give no interval: too few of either, or the same in both; /,
      ),
    });
    expect(judge('latency.service.p95 < stored + 10%', { low: 7.99, high: 8.01 })?.reason).toBe(
      '108 ms, 95 % interval 108 ms ± 10 µs',
    );
  });

  const near = { value: 100, shift: 2, low: 1, high: 3 };

  it.each<[{ low: number; high: number }, string]>([
    [{ low: -2.4, high: 2.4 }, 'pass'],
    [{ low: 0.01, high: 0.02 }, 'pass'],
    [{ low: -2.6, high: 0.1 }, 'invalid'],
    [{ low: 0.1, high: 2.5 }, 'invalid'],
  ])('noise of %o within half of the 5 ms allowed: %s', (noise, result) => {
    const gate = one('overhead.total.median < 5ms', { value: 1, low: 0.5, high: 1.5, noise });
    expect(gate?.result).toBe(result);
    if (result === 'invalid')
      expect(gate?.reason).toMatch(/not within ±2\.5 ms: this setup cannot see 5 ms$/);
  });

  // What was planned to guard the gate has to be able to: an interval that is not there is wider than any.
  it.each<[string, Partial<Figure>, string]>([
    ['overhead.total.median < 5ms', {}, 'inconclusive'],
    ['overhead.total.median > 0.1ms', {}, 'inconclusive'],
    // What the interval misses, it misses with any noise.
    ['overhead.total.median < 0.4ms', {}, 'fail'],
    ['overhead.total.median < 1ms', {}, 'inconclusive'],
    // The sign of a difference is the interval's own.
    ['overhead.total.median > 0ms', {}, 'pass'],
    ['latency.service.p95 < baseline + 10ms', { against: { ...near, noiseTooFew: 103 } }, 'inconclusive'],
    [
      'latency.service.p95 < baseline + 10ms',
      { against: { ...near, noise: { low: -6, high: 1 } } },
      'invalid',
    ],
    ['latency.service.p95 < baseline + 10ms', { against: { ...near, noise: { low: -4, high: 1 } } }, 'pass'],
    // Held against no arm.
    ['latency.service.p95 < 2s', { against: { ...near, noise: { low: -600, high: 600 } } }, 'pass'],
  ])('%s with %o and a noise arm that is too small: %s', (expression, figure, result) => {
    const bounds = { value: 1, low: 0.5, high: 1.5 };
    const gate = one(expression, {
      ...(expression.startsWith('overhead') ? { ...bounds, noiseTooFew: 103 } : { ...bounds, ...figure }),
    });
    expect(gate?.result).toBe(result);
    if (result === 'inconclusive' && expression !== 'overhead.total.median < 1ms')
      expect(gate?.reason).toMatch(
        /it would pass .* is not known: the noise arm’s 103 pairs give no interval/,
      );
  });

  it('a noise arm of which nothing fits is too small as well; without one there is nothing to ask', () => {
    const judge = (noise: number) => {
      const { samples, ...rest } = simulatedRun(3, { pairs: 600, noise });
      const summary = summarise({ ...rest, samples }, { resamples: 50 });
      const gates = [
        'overhead.submit.median < 50ms',
        'overhead.submit.relative < 90 %',
        'latency.p50 < baseline + 900%',
      ];
      return evaluateGates(gates, { ...summary, validity: fit }).gates.map((gate) => gate.result);
    };
    expect(judge(0)).toEqual(['pass', 'pass', 'pass']);
    expect(judge(0.1)).toEqual(['inconclusive', 'inconclusive', 'inconclusive']);
  });

  it.each([
    [0.9, 'pass'],
    [1.1, 'invalid'],
  ])('a generator that was %d ms late, where 10 ms of response time are allowed: %s', (lagMs, result) => {
    const near = { value: 100, shift: 2, low: 1, high: 3 };
    const judge = (figure: string) =>
      evaluateGates(
        [`${figure} < baseline + 10ms`],
        summaryWith({ [figure]: { value: 102, against: near }, 'schedule.lag.p99': { value: lagMs } }),
      ).gates[0]?.result;
    expect(judge('latency.response.p95')).toBe(result);
    expect(judge('latency.service.p95')).toBe('pass');
  });

  it('says what a share without a sign was read as', () => {
    const share = { value: 0, low: 0, high: 0.0066, n: 450 };
    expect(one('drops.rate < 0.1', share)?.reason).toMatch(/; 0\.1 was read as 10 %$/);
    expect(one('drops.rate < 0.1', { value: null })?.reason).toMatch(/; 0\.1 was read as 10 %$/);
    expect(one('drops.rate < 1 %', share)?.reason).not.toMatch(/was read as/);
  });

  it('says how many more queries a promised share takes', () => {
    const reason = (value: number, n: number, high: number) =>
      one('drops.rate < 0.1 %', { value, n, low: 0, high })?.reason;
    expect(reason(0, 2_400, 0.00125)).toMatch(/; 595 more queries without one would show it$/);
    expect(reason(1 / 3_000, 3_000, 0.0019)).toMatch(
      /; 2.570 more queries without another one would show it$/,
    );
  });
});

describe('several estimates', () => {
  const names = ['overhead.submit.median', 'overhead.poll.median', 'overhead.total.median'];
  const verdict = (figure: Partial<Figure>) =>
    evaluateGates(
      names.map((name) => `${name} < 1ms`),
      summaryWith({
        [names[0] ?? '']: figure,
        [names[1] ?? '']: { value: 0, low: -0.5, high: 0.5 },
        [names[2] ?? '']: { value: 0, low: -0.5, high: 0.5 },
      }),
    );

  it('a failure by a hair is chance among three, one by far is not', () => {
    expect(verdict({ value: 2, low: 1.001, high: 3 }).result).toBe('inconclusive');
    expect(verdict({ value: 2, low: 1.001, high: 3 }).reason).toMatch(/by chance \(Holm\)/);
    expect(verdict({ value: 2, low: 1.5, high: 2.5 }).result).toBe('fail');
  });
});

describe('the verdict', () => {
  const unfit: readonly ValidityCheck[] = fit.map((c) =>
    c.name === 'never sent' ? { ...c, ok: false, observed: '7' } : c,
  );
  const figures = {
    'drops.total': { value: 0 },
    'drops.wrong': { value: 2 },
    'overhead.total.median': { value: 5, low: 4, high: 6 },
  };
  const [pass, fail, open] = ['drops.total == 0', 'drops.wrong == 0', 'overhead.total.median < 5ms'] as const;

  it.each<[readonly string[], readonly ValidityCheck[], string, number]>([
    [[], fit, 'pass', EXIT.ok],
    [[pass], fit, 'pass', EXIT.ok],
    [[pass, open], fit, 'inconclusive', EXIT.inconclusive],
    [[open, fail, pass], fit, 'fail', EXIT.gateFailed],
    [[pass], unfit, 'invalid', EXIT.invalid],
    [[open, fail], unfit, 'invalid', EXIT.invalid],
    [[], unfit, 'invalid', EXIT.invalid],
  ])('of %o', (gates, validity, result, exit) => {
    expect(evaluateGates(gates, summaryWith(figures, [...validity]))).toMatchObject({
      formatVersion: 1,
      result,
      exit,
    });
  });

  it('a warning does not break it', () => {
    const warned = fit.map((c) => (c.severity === 'warn' ? { ...c, ok: false } : c));
    expect(evaluateGates([pass], summaryWith(figures, warned)).result).toBe('pass');
  });

  it('says why in one line', () => {
    const reason = (gates: readonly string[], validity = fit) =>
      evaluateGates(gates, summaryWith(figures, [...validity])).reason;
    expect(reason([pass])).toBe('the gate holds');
    expect(reason([pass, pass])).toBe('all 2 gates hold');
    expect(reason([])).toBe('no gates were set');
    expect(reason([pass, fail, open])).toBe('1 of 3 gates failed: drops.wrong == 0: 2; wanted == 0');
    expect(reason([fail], [...unfit])).toBe('the instrument was not fit: never sent 7 (limit 0)');
  });

  it('an unfit run keeps in words what each gate would have said', () => {
    const [gate] = evaluateGates([fail], summaryWith(figures, [...unfit])).gates;
    expect(gate).toMatchObject({ result: 'invalid', observed: 2 });
    expect(gate?.reason).toBe('not decided; it would be fail: 2; wanted == 0');
  });

  it('refuses gates that cannot be read, all at once', () => {
    expect(() => evaluateGates(['x == 1', pass, 'drops.total < 1ms'], summaryWith({}))).toThrow(
      /2 problems in the gates/,
    );
  });
});
