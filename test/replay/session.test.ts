// What a client keeps between its statements, by the answers of a simulated coordinator.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { DumpRecord } from '../../src/dump/record.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { buildPlan } from '../../src/plan/build.ts';
import { startReplay } from '../../src/replay/engine.ts';
import { createClientSession, type SessionStatement } from '../../src/replay/session.ts';
import type { StubServer } from '../../src/stub/index.ts';
import { HEADER } from '../../src/trino/headers.ts';
import { isPacked, packedText, preparedPairs, preparedText } from '../../src/trino/prepared.ts';
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
  const safety = { statements: { insert: 'run', execute: 'run' } };
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
  test('a long prepared text comes back packed, and is sent again packed', async () => {
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

const recorded = { [HEADER.user]: 'ana', [HEADER.catalog]: 'tpch', [HEADER.session]: 'a=1,b=2' };
const plain: SessionStatement = { headers: recorded, kind: 'select' };
const changing = (changes?: SessionStatement['changes'], kind = 'session'): SessionStatement => ({
  ...{ headers: recorded, kind },
  ...(changes === undefined ? {} : { changes }),
});
const prepares = { kind: 'prepare', name: 'p1', sql: 'SELECT 1' } as const;

describe('what an answer sets goes out with the next statement', () => {
  test.each<
    [string, SessionStatement, Record<string, string | string[]>, Record<string, string | undefined>]
  >([
    [
      'USE',
      changing({ kind: 'use', catalog: 'hive', schema: 'bi' }),
      { [HEADER.setCatalog]: 'hive', [HEADER.setSchema]: 'bi' },
      { [HEADER.catalog]: 'hive', [HEADER.schema]: 'bi' },
    ],
    ['SET PATH', changing(), { [HEADER.setPath]: 'x.y' }, { [HEADER.path]: 'x.y' }],
    [
      'SET SESSION, two lines',
      changing(),
      { [HEADER.setSession]: ['b=3', 'c=x%2Cy'] },
      { [HEADER.session]: 'a=1,b=3,c=x%2Cy' },
    ],
    ['RESET SESSION', changing(), { [HEADER.clearSession]: 'a' }, { [HEADER.session]: 'b=2' }],
    [
      'SET ROLE',
      changing(),
      { [HEADER.setRole]: 'system=ROLE%7Bdba%7D' },
      { [HEADER.role]: 'system=ROLE%7Bdba%7D' },
    ],
    [
      'PREPARE, whatever the answer makes of the text',
      changing(prepares),
      { [HEADER.addedPrepare]: 'p1=DROP+TABLE+t' },
      { [HEADER.preparedStatement]: 'p1=SELECT%201' },
    ],
    [
      'START TRANSACTION',
      changing(undefined, 'transaction'),
      { [HEADER.startedTransactionId]: 'tx-1' },
      { [HEADER.transactionId]: 'tx-1' },
    ],
    [
      'SET SESSION AUTHORIZATION',
      changing({ kind: 'authorization', user: 'bob' }),
      { [HEADER.setAuthorizationUser]: 'root' },
      { [HEADER.user]: 'bob', [HEADER.originalUser]: 'ana' },
    ],
  ])('%s', (_, statement, answer, expected) => {
    const session = createClientSession();
    expect(session.headersFor(plain)).toMatchObject({ ...recorded, [HEADER.transactionId]: 'NONE' });
    session.note(statement, answer);
    expect(session.headersFor(plain)).toMatchObject(expected);
  });

  test('COMMIT, DEALLOCATE and RESET SESSION AUTHORIZATION take away what was set', () => {
    const session = createClientSession();
    session.note(changing(undefined, 'transaction'), { [HEADER.startedTransactionId]: 'tx-1' });
    session.note(changing(prepares), { [HEADER.addedPrepare]: 'p1=SELECT+1' });
    session.note(changing({ kind: 'authorization', user: 'bob' }), { [HEADER.setAuthorizationUser]: 'bob' });
    session.note(changing(undefined, 'transaction'), { [HEADER.clearTransactionId]: 'true' });
    session.note(changing({ kind: 'deallocate', name: 'p1' }), { [HEADER.deallocatedPrepare]: 'p1' });
    session.note(changing({ kind: 'authorization' }), { [HEADER.resetAuthorizationUser]: 'true' });
    const headers = session.headersFor(plain);
    expect(headers).toMatchObject({ [HEADER.user]: 'ana', [HEADER.transactionId]: 'NONE' });
    expect(headers[HEADER.preparedStatement]).toBeUndefined();
    expect(session.transaction).toBeUndefined();
  });

  test('a text that the cluster packs is packed, and is the text that was asked for', () => {
    const session = createClientSession();
    session.note(changing(prepares), { [HEADER.addedPrepare]: `p1=${packedText('DROP TABLE t')}` });
    const [[name, encoded] = []] = preparedPairs(session.headersFor(plain)[HEADER.preparedStatement]);
    expect([name, isPacked(encoded ?? ''), preparedText(encoded ?? '', 100)]).toEqual([
      'p1',
      true,
      'SELECT 1',
    ]);
  });

  test('an answer to what changes no session, or to another change, changes nothing', () => {
    const session = createClientSession();
    const before = session.headersFor(plain);
    const answer = {
      [HEADER.addedPrepare]: 'p2=DROP+TABLE+t',
      [HEADER.setCatalog]: 'payments',
      [HEADER.setSession]: 'a=9',
      [HEADER.setRole]: 'system=ALL',
      [HEADER.startedTransactionId]: 'tx-1',
    };
    session.note(plain, answer);
    expect(session.headersFor(plain)).toEqual(before);
    session.note(changing(prepares), { ...answer, [HEADER.startedTransactionId]: 'NONE' });
    expect(session.headersFor(plain)).toEqual(before);
  });
});
