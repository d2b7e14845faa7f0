// Capacity on processes: the knee of a cluster with planted slots and contention, balancers predicted and measured, the
// plan tried with a roll and a kill; and balancers on two real Trino coordinators. Minutes each; a quiet machine.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { highestRate } from '../../src/capacity/live/calibrate.ts';
import { withLiveSystem } from '../../src/capacity/live/system.ts';
import { type KneeResult, searchKnee } from '../../src/capacity/search/knee.ts';
import { runStudy } from '../../src/capacity/study/run.ts';
import { serviceTable, statementKey } from '../../src/fleet/clusters/service-table.ts';
import { prepareRun } from '../../src/run/prepare.ts';

const dir = mkdtempSync(join(tmpdir(), 'rehearse-capacity-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** `20` or `1-20` for the whole claim (19 within 5 %), each a third of an hour; some of them go on side by side. */
const [FIRST_SEED, LAST_SEED] = seedRange(process.env.CAPACITY_SEEDS ?? '2');
const SEEDS = LAST_SEED - FIRST_SEED + 1;
const LANES = Math.min(Number(process.env.CAPACITY_LANES ?? '4'), SEEDS);
/**
 * Everything eight times faster than in the scenario. By simulation the search finds the long run's knee 1.0 % too high with 1.6 %
 * standard deviation, and off by 5 % in none of 200 searches, where trials are 90 s (950 mean service times) long; 1.3 %, 2.0 % and
 * 2.7 % of the searches with 60 s.
 */
const TRIAL_MS = Number(process.env.CAPACITY_TRIAL_MS ?? '90000');
const FAST = ['fleet.serviceTime.scale=0.05', 'fleet.serviceTime.min=25ms', 'fleet.serviceTime.max=375ms'];
const P95_MS = 625;
const PLANTED = { slots: 8, contention: { alpha: 0.03, beta: 0.002 } };

/** `20` is 1 to 20, `13-20` is what it says. */
function seedRange(text: string): readonly [number, number] {
  const [a = 1, b] = text.split('-').map(Number);
  return b === undefined ? [1, a] : [a, b];
}

/** Highest rate per second at which the cluster with these service times keeps p95, by long simulation. */
function plantedKnee(timesMs: readonly number[]): number {
  const system = { ...PLANTED, clusters: 1, balancer: 'random' as const };
  return highestRate(timesMs, system, P95_MS, { low: 8, high: 480, within: (rate) => 0.005 * rate });
}

const ONE_CLUSTER = join(projectRoot, 'scenarios', 'capacity', 'one-cluster.yaml');

/** By what the cluster is told that its statements take. */
async function plantedTruth(): Promise<number> {
  const { plan, records, scenario } = await prepareRun(ONE_CLUSTER, FAST, new AbortController().signal);
  const table = serviceTable(records, scenario.fleet.serviceTime);
  return plantedKnee(plan.queries.map((q) => table.byStatement[statementKey(q.sql)] ?? table.default));
}

function measuredKnee(seed: number): Promise<KneeResult> {
  return withLiveSystem(
    {
      ...{ scenarioFile: ONE_CLUSTER, overrides: FAST, dir: join(dir, `knee-${seed}`), seed },
      ...{ trialMs: TRIAL_MS, warmUpMs: 10_000, limits: { queued: 500, heap: 1.1 } },
      ...{ note: () => {}, signal: new AbortController().signal },
    },
    (system) =>
      searchKnee(system, {
        ...{
          kind: 'rate',
          from: 24,
          upTo: 480,
          step: 1.4,
          precision: 0.08,
          confirmations: 1,
          mostTrials: 60,
        },
        objectives: { p95Ms: P95_MS, drops: 0.001 },
      }),
  );
}

function study(file: string) {
  return runStudy({
    ...{
      studyFile: join(projectRoot, 'scenarios', 'capacity', file),
      reportsDir: dir,
      command: ['capacity', 'run', file],
    },
    ...{
      overrides: ['whatIf=[]'],
      live: true,
      measuredFrom: undefined,
      signal: new AbortController().signal,
    },
    note: (text) => console.log(text),
  });
}

describe('simulated clusters', () => {
  test(`the planted knee is found within 5 % (${SEEDS} seeds, one may miss)`, {
    timeout: SEEDS * 1_200_000,
  }, async () => {
    const truth = await plantedTruth();
    const misses: string[] = [];
    const seeds = Array.from({ length: SEEDS }, (_, i) => FIRST_SEED + i).values();
    const lane = async () => {
      for (const seed of seeds) {
        const knee = await measuredKnee(seed);
        const off = knee.kind === 'found' ? knee.estimate / truth - 1 : Number.NaN;
        console.log(
          `seed ${seed}: planted ${truth.toFixed(2)}/s, ${knee.kind}, off by ${(100 * off).toFixed(1)} %, ${knee.trials.length} trials${knee.kind === 'found' ? '' : `, ${knee.missing.join()}`}`,
        );
        if (!(Math.abs(off) <= 0.05)) misses.push(`${seed}: ${off}`);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    expect(misses.length, misses.join()).toBeLessThanOrEqual(1);
  });

  test('p95 of three balancers is predicted within 15 %; the plan holds with one lost, and 1.3 times of it does not', {
    timeout: 3_000_000,
  }, async () => {
    const { record } = await study('study.yaml');
    const tried = record.confirmation!;
    for (const { balancer, doubts, error, measuredP95Ms, predictedInterval } of tried.balancers) {
      expect(doubts, balancer).toEqual([]);
      // Behind random one run in forty is farther off by lot alone.
      const [low = 0, high = 0] = predictedInterval ?? [];
      const isByLot = measuredP95Ms >= low && measuredP95Ms <= high;
      expect(isByLot || Math.abs(error) < 0.15, `${balancer}: ${error}`).toBe(true);
    }
    expect(tried.loads.map((l) => l.holds)).toEqual([true, false]);
    expect(tried.confirmed).toBe(true);
    expect(record.measured?.knee.kind).toBe('found');
    const fit = record.measured?.fit;
    if (fit?.kind !== 'fit') throw new Error(fit?.missing.join() ?? 'nothing was measured');
    expect(fit.slots).toBe(PLANTED.slots);
    for (const key of ['alpha', 'beta'] as const) {
      console.log(
        `${key}: planted ${PLANTED.contention[key]}, found ${fit[key].value} [${fit[key].low}, ${fit[key].high}]`,
      );
      expect(fit[key].low).toBeLessThanOrEqual(PLANTED.contention[key]);
      expect(fit[key].high).toBeGreaterThanOrEqual(PLANTED.contention[key]);
    }
  });
});

describe('two real Trino coordinators', () => {
  test('three balancers, predicted and measured, are shown', { timeout: 1_800_000 }, async () => {
    const { record } = await study('study-real.yaml');
    expect(record.confirmation?.simulated).toBe(false);
    for (const b of record.confirmation?.balancers ?? []) {
      console.log(
        `${b.balancer}: predicted ${Math.round(b.predictedP95Ms)} ms, measured ${Math.round(b.measuredP95Ms)} ms`,
      );
      expect(b.measuredP95Ms).toBeGreaterThan(0);
    }
    expect(record.confirmation?.balancers).toHaveLength(3);
  });
});
