// Does the method tell the truth on runs whose truth is known? The whole of it is measured by `npm run bench:measure`;
// here is what a machine can do in seconds.
import { describe, expect, it } from 'vitest';
import { evaluateGates } from '../../src/gates/evaluate.ts';
import { buildLedger } from '../../src/measure/ledger/ledger.ts';
import { estimate } from '../../src/measure/overhead/estimate.ts';
import { comparePairs } from '../../src/measure/overhead/pairs.ts';
import { pooledSummary } from '../../src/measure/overhead/pooled.ts';
import { summarise } from '../../src/measure/summarise.ts';
import type { Figure, Summary } from '../../src/measure/summary/summary.ts';
import { simulatedRun } from './simulated-run.ts';

const RUNS = 200;

/** Differences of the submissions of one run, microseconds. */
function differences(seed: number): number[] {
  const run = simulatedRun(seed, { pairs: 300 });
  const { sentUs, submittedUs } = run.samples;
  const { gateway, baseline } = comparePairs(buildLedger(run));
  const submitUs = (place: number) => submittedUs.at(place) - sentUs.at(place);
  return Array.from(gateway, (place, i) => submitUs(place) - submitUs(baseline[i] ?? 0));
}

describe('two ways that are alike, on a machine with slow minutes, bursts and pauses', () => {
  const all = Array.from({ length: RUNS }, (_, seed) => differences(seed));

  it.each([0, 0.5, 2, 10])(
    'the interval contains a planted %d ms in 93 to 97 of a hundred of 200 runs',
    (plantedMs) => {
      const covered = all.filter((us) => {
        const { lowMs, highMs } = estimate(us.map((d) => d + plantedMs * 1000));
        return (lowMs ?? 99) <= plantedMs && plantedMs <= (highMs ?? -99);
      }).length;
      expect(covered / RUNS).toBeGreaterThanOrEqual(0.93);
      expect(covered / RUNS).toBeLessThanOrEqual(0.97);
    },
  );

  it('no gate fails, and what is planted beyond the limit does not pass', () => {
    const gates = ['overhead.submit.median < 1ms', 'latency.service.p95 < baseline + max(5ms, 10%)'];
    const judge = (seed: number, extraMs: number) =>
      evaluateGates(
        gates,
        summarise(simulatedRun(seed, { pairs: 600, extraMs, noise: 0.5 }), { resamples: 100 }),
      );
    for (let seed = 0; seed < 6; seed++) {
      const alike = judge(seed, 0);
      expect(alike.gates.map((g) => g.result)).not.toContain('fail');
      expect(alike.gates[0]?.result).toBe('pass');
      expect(judge(seed, 2).gates[0]?.result).toBe('fail');
    }
  });

  it('the noise arm shows the instrument’s own noise: little', () => {
    const { overhead } = summarise(simulatedRun(3, { pairs: 600, extraMs: 5, noise: 0.5 }), {
      resamples: 100,
    });
    const noise = overhead?.noise?.find((l) => l.level === 'submit')?.difference;
    expect(noise?.lowMs).toBeGreaterThan(-0.25);
    expect(noise?.highMs).toBeLessThan(0.25);
    const gateway = overhead?.levels.find((l) => l.level === 'submit')?.difference;
    expect(gateway?.lowMs).toBeGreaterThan(4.5);
  });

  it('several looks count together: three times the blocks, a narrower interval around the truth', () => {
    const looks = [11, 12, 13].map((seed) =>
      summarise(simulatedRun(seed, { pairs: 200, extraMs: 5, noise: 1 }), {
        resamples: 20,
        confidence: 0.98,
      }),
    );
    const [first, second, third] = looks as [Summary, Summary, Summary];
    const width = ({ low = 0, high = 0 }: Partial<Figure> = {}) => high - low;
    const pooled = pooledSummary([first, second], third).figures['overhead.submit.median'];
    expect(pooled).toMatchObject({
      n: 600,
      note: 'Hodges–Lehmann estimate over 600 pairs in 30 blocks of 3 looks',
    });
    expect(width(pooled)).toBeLessThan(width(third.figures['overhead.submit.median']));
    expect(Math.abs((pooled?.value ?? 0) - 5)).toBeLessThan(0.2);
    expect(pooled?.noise?.high).toBeLessThan(0.3);
    expect(pooledSummary([], third)).toBe(third);
  });

  it('the whole amounts to its parts, within what chance allows', () => {
    const { overhead } = summarise(simulatedRun(4, { pairs: 600, extraMs: 5 }), { resamples: 100 });
    const { expectedMs = 0, observedMs = 0, slackMs } = overhead?.parts ?? {};
    expect(expectedMs).toBeCloseTo(10, 0);
    expect(Math.abs(observedMs - expectedMs)).toBeLessThan(slackMs ?? 0);
  });
});
