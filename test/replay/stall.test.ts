// A stall of the server, as a user feels it: the method of wrk2. Every query that should have started while nothing
// answered waits until something does; a generator that stops asking meanwhile sees one slow answer.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { entryPoint } from '../../src/base/project.ts';
import { latencyRows } from '../../src/measure/analyses/latency.ts';
import { buildLedger } from '../../src/measure/ledger/ledger.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { quantile } from '../../src/measure/stats/quantile.ts';
import { buildPlan } from '../../src/plan/build.ts';
import type { PlannedQuery } from '../../src/plan/plan.ts';
import { startReplay } from '../../src/replay/engine.ts';
import type { LoadShape } from '../../src/replay/shape.ts';
import { record as runRecord } from '../measure/factory.ts';
import { record, scenario } from '../plan/factory.ts';
import { ready } from '../stub/wire.ts';

const EVERY_MS = 10;
const QUERIES = 400;
/** The stub stands still from the release of the one query to that of the other: two seconds. */
const STALL = { from: 100, to: 300 };
const STALL_MS = (STALL.to - STALL.from) * EVERY_MS;

let child: ChildProcessWithoutNullStreams | undefined;
afterEach(() => {
  child?.kill('SIGCONT');
  child?.kill('SIGKILL');
});

async function startStub(): Promise<string> {
  child = spawn(process.execPath, [entryPoint('src/stub/main'), '--config', '-']);
  child.stdin.write(`${JSON.stringify({ startup: ready, service: { kind: 'constant', ms: 0 } })}\n`);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return (JSON.parse(line) as { url: string }).url;
}

/** Sends 400 queries, the stub frozen for half of them; `freeze` and `thaw` say which query's release does it. */
async function replay(shape: LoadShape, freeze: number, thaw: (query: PlannedQuery) => boolean) {
  const url = await startStub();
  const records = Array.from({ length: QUERIES }, (_, i) =>
    record({ arrivedAtMs: i * EVERY_MS, sql: `SELECT ${i}`, user: `u${i}` }),
  );
  const plan = buildPlan(records, scenario({ baseline: { share: 0 } }));
  const samples: Sample[] = [];
  await startReplay(plan, {
    ...{ clock: systemClock, originMs: systemClock.nowMs(), runId: 'stall', seed: 1, shape },
    ...{ client: 'strict', queryTimeoutMs: 30_000, connections: 256 },
    mayContact: () => true,
    targetOf: (query) => {
      if (query.seq === freeze) child?.kill('SIGSTOP');
      if (thaw(query)) child?.kill('SIGCONT');
      return { url, name: 'blue' };
    },
    wanted: () => false,
    onSample: (sample) => samples.push(sample),
    signal: new AbortController().signal,
  }).done;
  return samples;
}

describe('a stall of two seconds', () => {
  test('shows in response time at the percentiles that the schedule predicts', async () => {
    const samples = await replay({ model: 'recorded', stages: [] }, STALL.from, (q) => q.seq === STALL.to);
    expect(samples.filter((s) => s.end === 'finished')).toHaveLength(QUERIES);
    // A query that should have started so long before the end of the stall has waited at least that long.
    const predicted = Float64Array.from({ length: QUERIES }, (_, seq) =>
      seq >= STALL.from && seq < STALL.to ? (STALL.to - seq) * EVERY_MS : 0,
    ).sort();
    const [response] = latencyRows(buildLedger(runRecord(samples)));
    for (const [name, q] of [
      ['p50', 0.5],
      ['p90', 0.9],
      ['p95', 0.95],
    ] as const) {
      const saw = response?.quantiles[name] ?? 0;
      console.log(`${name}: predicted at least ${quantile(predicted, q)} ms, seen ${saw.toFixed(0)} ms`);
      expect(saw).toBeGreaterThanOrEqual(quantile(predicted, q));
    }
    expect(quantile(predicted, 0.95)).toBe(STALL_MS - 0.05 * QUERIES * EVERY_MS);
    expect(response?.maxMs).toBeGreaterThanOrEqual(STALL_MS);
  });

  test('a closed loop would have seen it once', async () => {
    let thawing = false;
    // Nothing is released any more once the one query hangs, so the clock has to let it go.
    const thawAfter = (query: PlannedQuery) => {
      if (query.seq === STALL.from && !thawing) {
        thawing = true;
        void systemClock.sleepUntil(systemClock.nowMs() + STALL_MS).then(() => child?.kill('SIGCONT'));
      }
      return false;
    };
    const closed: LoadShape = {
      model: 'closed',
      stages: [{ from: 1, to: 1, forMs: Number.POSITIVE_INFINITY }],
    };
    const samples = await replay(closed, STALL.from, thawAfter);
    expect(samples).toHaveLength(QUERIES);
    const slow = samples.filter((s) => s.lastUs - s.sentUs >= 0.9 * STALL_MS * 1000);
    // One, and on a machine with other work perhaps one more; in the open loop it was half of them.
    expect(slow.length).toBeGreaterThanOrEqual(1);
    expect(slow.length).toBeLessThanOrEqual(3);
  });
});
