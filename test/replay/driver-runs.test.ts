// One plan by each driver on a simulated coordinator: the same queries, rows and errors, and a judge that copes with what the
// official client cannot tell.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { RunEvent } from '../../src/measure/record/events.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { samplesOf } from '../../src/measure/record/samples.ts';
import { summarise } from '../../src/measure/summarise.ts';
import { buildPlan } from '../../src/plan/build.ts';
import { stagesFrom } from '../../src/plan/pacing.ts';
import type { DriverName } from '../../src/replay/drivers/drivers.ts';
import { startReplay } from '../../src/replay/engine.ts';
import { info } from '../measure/factory.ts';
import { record, scenario } from '../plan/factory.ts';
import { quickStub } from '../stub/wire.ts';

const STATEMENTS = [
  'SELECT 1',
  "SELECT 'ä', 2.5, NULL, true",
  'SELECT * FROM TABLE(sequence(1, 2500))',
  'SELECT * FROM tpch.tiny.nation',
  'SELECT count(*) FROM tpch.tiny.nation',
  'SHOW CATALOGS',
  'EXPLAIN SELECT 1',
  'SELECT 1 FROM TABLE(sequence(2, 1))',
  'SELECT * FROM tpch.tiny.missing',
  'SELECT 1; SELECT 2',
];

async function replayed(driver: DriverName) {
  const stub = await quickStub({ pageRows: 400 });
  const records = Array.from({ length: 60 }, (_, i) => {
    const sql = STATEMENTS[i % STATEMENTS.length] ?? '';
    return record({ sql, arrivedAtMs: i, user: `user ${i % 7}`, source: 'dbt' });
  });
  const settings = scenario({
    baseline: { share: 1, noise: 0.5 },
    safety: { statements: { unknown: 'run' } },
  });
  const samples: Sample[] = [];
  const originMs = systemClock.nowMs();
  const replay = startReplay(buildPlan(records, settings), {
    ...{ clock: systemClock, originMs, runId: 'r', seed: 1, client: 'strict', driver },
    shape: { model: 'closed', stages: stagesFrom(8, []) },
    ...{ queryTimeoutMs: 60_000, connections: 8 },
    mayContact: () => true,
    targetOf: ({ arm }) => ({ url: stub.url, name: arm === 'gateway' ? '' : 'blue' }),
    wanted: () => false,
    onSample: (sample) => samples.push(sample),
    signal: new AbortController().signal,
  });
  await replay.done;
  const up = { cluster: 'blue', group: 'bi', suffix: stub.suffix, atUs: 0 };
  const events: RunEvent[] = [
    { ...up, type: 'cluster-incarnation', text: 'blue is up' },
    { ...up, type: 'cluster-activated', text: 'blue is active' },
  ];
  const summary = summarise({
    info: info(samples, { clusters: [{ name: 'blue', group: 'bi', driver: 'stub', zone: '' }] }),
    ...{ samples: samplesOf(samples), events, told: [] },
  });
  return { stub, samples, summary };
}

const place = ({ arm, seq }: Sample) => `${arm} ${seq}`;
const seen = (samples: readonly Sample[]) =>
  samples
    .toSorted((a, b) => place(a).localeCompare(place(b)))
    .map(({ end, errorName, errorType, detail, rows, checksum, ...s }) => ({
      ...{ place: place(s as Sample), end, errorName, errorType, detail, rows, checksum },
    }));

describe('one plan by each driver', () => {
  let wire: Awaited<ReturnType<typeof replayed>>;
  let official: Awaited<ReturnType<typeof replayed>>;
  beforeAll(async () => {
    wire = await replayed('wire');
    official = await replayed('trino-client');
  });
  afterAll(async () => {
    await wire.stub.close();
    await official.stub.close();
  });

  test('the same ends, rows, digests and errors', () => {
    expect(seen(official.samples)).toEqual(seen(wire.samples));
    const ends = new Set(official.samples.map((s) => `${s.end} ${s.errorName}`));
    expect(ends).toEqual(new Set(['finished ', 'query-error TABLE_NOT_FOUND', 'query-error SYNTAX_ERROR']));
    expect(official.samples.filter((s) => s.rows > 1_000).every((s) => s.polls > 6)).toBe(true);
  });

  test('every query id is learnt, and is one of the coordinator’s', () => {
    const { samples, stub } = official;
    expect(samples.every((s) => s.queryId.endsWith(stub.suffix))).toBe(true);
    expect(new Set(samples.map((s) => s.queryId)).size).toBe(samples.length);
    expect(stub.state().totals.posts).toBe(wire.stub.state().totals.posts);
  });

  test('the judge takes what the official client cannot tell for unknown, not for nothing', () => {
    const { overhead, total, stickiness, ledger } = official.summary;
    expect(total.counts).toEqual(wire.summary.total.counts);
    expect([ledger.unexplained, stickiness.brokenQueries]).toEqual([0, 0]);
    expect(stickiness.followUps).toBeGreaterThan(60);
    const known = (levels: typeof overhead) =>
      levels?.levels.map(({ level, difference }) => `${level} ${difference === null ? 'unknown' : 'known'}`);
    expect(known(wire.summary.overhead)).toEqual(['submit known', 'poll known', 'total known']);
    expect(known(overhead)).toEqual(['submit known', 'poll unknown', 'total known']);
    expect(overhead?.noise?.find((n) => n.level === 'poll')?.difference).toBeNull();
    expect([overhead?.parts, overhead?.said]).toEqual([null, null]);
    expect(official.summary.figures['overhead.poll.median']).toMatchObject({ value: null, n: 0 });
  });
});
