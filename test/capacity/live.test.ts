// Trials on a live stage: one simulated cluster, a few seconds; what is asked is whether trials are told truly.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { withLiveSystem } from '../../src/capacity/live/system.ts';

const dir = mkdtempSync(join(tmpdir(), 'rehearse-live-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const QUICK = ['fleet.serviceTime.scale=0.01', 'fleet.serviceTime.min=20ms', 'fleet.serviceTime.max=40ms'];

function stage<T>(name: string, queued: number, use: Parameters<typeof withLiveSystem<T>>[1]): Promise<T> {
  return withLiveSystem(
    {
      scenarioFile: join(projectRoot, 'scenarios', 'capacity', 'one-cluster.yaml'),
      ...{ overrides: QUICK, dir: join(dir, name), trialMs: 1_500, warmUpMs: 300, seed: 1 },
      ...{ limits: { queued, heap: 1.1 }, note: () => {}, signal: new AbortController().signal },
    },
    use,
  );
}

test('trials at a rate and at a concurrency, one after the other on one stage', async () => {
  await stage('trials', 1_000, async (system) => {
    const rate = await system.runFor('rate', 20, 0, 1_500);
    expect(rate.load).toBe(20);
    expect(rate.queries.length).toBeGreaterThan(5);
    expect(rate.queries.every((q) => q.atMs >= 300 && q.atMs < 1_800)).toBe(true);
    expect(rate.queries.filter((q) => q.dropped)).toEqual([]);
    expect(rate.stoppedBy).toBe('');
    const closed = await system.runFor('concurrency', 2, 0, 1_500);
    expect(closed.throughput).toBeGreaterThan(1);
    // The trial before is over: nothing of it is counted here.
    expect(closed.queries.every((q) => q.atMs >= 300)).toBe(true);
    expect(new Set(closed.clusterOf.values())).toEqual(new Set(['measured']));
  });
});

test('a trial is stopped when a queue passes its limit', async () => {
  await stage('stopped', 2, async (system) => {
    const trial = await system.runFor('concurrency', 60, 0, 20_000);
    expect(trial.stoppedBy).toMatch(/queries wait on measured, more than 2/);
  });
});
