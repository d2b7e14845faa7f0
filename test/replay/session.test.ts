// What a client keeps between its statements, by the answers of a simulated coordinator.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { DumpRecord } from '../../src/dump/record.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { buildPlan } from '../../src/plan/build.ts';
import { startReplay } from '../../src/replay/engine.ts';
import { createClientSession } from '../../src/replay/session.ts';
import type { StubServer } from '../../src/stub/index.ts';
import { HEADER } from '../../src/trino/headers.ts';
import { record, scenario } from '../plan/factory.ts';
import { quickStub } from '../stub/wire.ts';

let stub: StubServer;
beforeAll(async () => {
  stub = await quickStub({ pageRows: 2 });
});
afterAll(() => stub.close());

/** One client's statements, asked one after the other in one session. */
async function ask(statements: readonly string[], mostRows?: number): Promise<Sample[]> {
  const records = statements.map((sql, i): DumpRecord => record({ sql, arrivedAtMs: i }));
  const load = { sessions: 'replay' } as const;
  const safety = { statements: { insert: 'run' } };
  const samples: Sample[] = [];
  const replay = startReplay(buildPlan(records, scenario({ baseline: { share: 0 }, load, safety })), {
    ...{ clock: systemClock, originMs: systemClock.nowMs(), runId: 'r', seed: 1, mostRows },
    shape: { model: 'recorded', stages: [], inSessions: true },
    ...{ client: 'trino-java', queryTimeoutMs: 60_000, connections: 2 },
    mayContact: () => true,
    targetOf: () => ({ url: stub.url, name: '' }),
    wanted: () => false,
    onSample: (sample) => samples.push(sample),
    signal: new AbortController().signal,
  });
  await replay.done;
  return samples;
}

describe('a session on a simulated coordinator', () => {
  test('a long prepared text comes back packed, and is sent again as it came', async () => {
    const long = `SELECT ${Array.from({ length: 600 }, (_, i) => `${i} AS c${i}`).join(', ')}`;
    const samples = await ask([
      `PREPARE big FROM ${long}`,
      'EXECUTE big',
      'DEALLOCATE PREPARE big',
      'EXECUTE big',
    ]);
    expect(samples.map((s) => [s.end, s.errorName])).toEqual([
      ['finished', ''],
      ['finished', ''],
      ['finished', ''],
      ['query-error', 'NOT_FOUND'],
    ]);
    expect(samples[1]?.rows).toBeGreaterThan(0);
  });

  test('a client that has enough gets its query ended, and a write is never cut short', async () => {
    const [read, write] = await ask(
      ['SELECT * FROM TABLE(sequence(1, 100))', 'INSERT INTO t SELECT * FROM TABLE(sequence(1, 100))'],
      1,
    );
    expect(read).toMatchObject({ end: 'finished', enoughRows: 2 });
    expect(read?.rows).toBeLessThan(100);
    expect(write).toMatchObject({ enoughRows: -1 });
  });
});

describe('what an answer sets goes out with the next statement', () => {
  const recorded = { [HEADER.user]: 'ana', [HEADER.catalog]: 'tpch', [HEADER.session]: 'a=1,b=2' };
  test.each<[string, Record<string, string | string[]>, Record<string, string | undefined>]>([
    [
      'USE',
      { [HEADER.setCatalog]: 'hive', [HEADER.setSchema]: 'bi' },
      { [HEADER.catalog]: 'hive', [HEADER.schema]: 'bi' },
    ],
    ['SET PATH', { [HEADER.setPath]: 'x.y' }, { [HEADER.path]: 'x.y' }],
    [
      'SET SESSION, two lines',
      { [HEADER.setSession]: ['b=3', 'c=x%2Cy'] },
      { [HEADER.session]: 'a=1,b=3,c=x%2Cy' },
    ],
    ['RESET SESSION', { [HEADER.clearSession]: 'a' }, { [HEADER.session]: 'b=2' }],
    ['SET ROLE', { [HEADER.setRole]: 'system=ROLE%7Bdba%7D' }, { [HEADER.role]: 'system=ROLE%7Bdba%7D' }],
    [
      'PREPARE',
      { [HEADER.addedPrepare]: 'p1=SELECT+1%0A' },
      { [HEADER.preparedStatement]: 'p1=SELECT+1%0A' },
    ],
    ['START TRANSACTION', { [HEADER.startedTransactionId]: 'tx-1' }, { [HEADER.transactionId]: 'tx-1' }],
    [
      'SET SESSION AUTHORIZATION',
      { [HEADER.setAuthorizationUser]: 'bob' },
      { [HEADER.user]: 'bob', [HEADER.originalUser]: 'ana' },
    ],
  ])('%s', (_, answer, expected) => {
    const session = createClientSession();
    expect(session.headersFor(recorded)).toMatchObject({ ...recorded, [HEADER.transactionId]: 'NONE' });
    session.note(answer);
    expect(session.headersFor(recorded)).toMatchObject(expected);
  });

  test('COMMIT, DEALLOCATE and RESET SESSION AUTHORIZATION take away what was set', () => {
    const session = createClientSession();
    session.note({
      [HEADER.startedTransactionId]: 'tx-1',
      [HEADER.addedPrepare]: 'p1=SELECT+1',
      [HEADER.setAuthorizationUser]: 'bob',
    });
    session.note({
      [HEADER.clearTransactionId]: 'true',
      [HEADER.deallocatedPrepare]: 'p1',
      [HEADER.resetAuthorizationUser]: 'true',
    });
    const headers = session.headersFor(recorded);
    expect(headers).toMatchObject({ [HEADER.user]: 'ana', [HEADER.transactionId]: 'NONE' });
    expect(headers[HEADER.preparedStatement]).toBeUndefined();
    expect(session.transaction).toBeUndefined();
  });
});
