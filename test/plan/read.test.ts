// Statements are read in threads, each for so long only, and never where Ctrl-C has to be heard: however few they are.
import { expect, test } from 'vitest';
import { buildPlan } from '../../src/plan/build.ts';
import { readAndPlan } from '../../src/plan/read.ts';
import { readStatements } from '../../src/sql/reader.ts';
import { dangerousRecords } from './dangerous.ts';
import { record, scenario } from './factory.ts';
import { oneSession } from './witness.ts';

/** Takes minutes to read: each bracket may begin a row, a query or an expression. */
const HOSTILE = `SELECT ${'('.repeat(900)}1${')'.repeat(900)}`;
/** Longer than any test may take. */
const NEVER_MS = 2 ** 31 - 1;

test('a single text that takes too long is given up, and counts as one that nobody could read', async () => {
  const { signal } = new AbortController();
  const readings = await readStatements(new Set([HOSTILE]), {
    readOnlyFunctions: [],
    signal,
    timeLimitMs: 20,
  });
  expect(readings.get(HOSTILE)).toMatchObject({
    kind: 'unknown',
    problem: 'analysis took longer than 20 ms',
  });
});

test('what the policy makes of such a text is read no longer, and is not sent', async () => {
  const { signal } = new AbortController();
  const settings = scenario({ baseline: { share: 0 }, safety: { statements: { unknown: 'explain' } } });
  const plan = await readAndPlan([record({ sql: HOSTILE })], settings, { signal, timeLimitMs: 20 });
  expect(plan.queries).toEqual([]);
  expect(plan.skipped[0]?.reason).toBe('safety.statements.unknown: cannot be sent as EXPLAIN (unknown)');
});

test('an interrupt is heard while such a text is read', async () => {
  const stop = new AbortController();
  const reading = readStatements(new Set(['SELECT 1', HOSTILE]), {
    ...{ readOnlyFunctions: [], signal: stop.signal, timeLimitMs: NEVER_MS },
    // The next text is in hand by now.
    onRead: () => setImmediate(() => stop.abort(new Error('interrupted'))),
  });
  await expect(reading).rejects.toThrow('interrupted');
});

test('read in threads, a plan is the same: what is explained, moved or prepared is read as well', async () => {
  const { signal } = new AbortController();
  const safety = {
    rules: [
      { when: { kind: ['insert', 'ddl'] }, do: 'redirect' },
      { when: { kind: ['delete', 'merge', 'execute'] }, do: 'explain' },
    ],
    redirect: { catalogs: { hive: 'sandbox' } },
  };
  const settings = scenario({ baseline: { share: 0 }, safety, load: { sessions: 'replay' } });
  const session = ['PREPARE x FROM DELETE FROM u', 'EXECUTE x', 'PREPARE x FROM SELECT 5', 'EXECUTE x'];
  const records = [...dangerousRecords(), ...oneSession(session)];
  const plan = await readAndPlan(records, settings, { signal });
  expect(plan).toEqual(buildPlan(records, settings));
  expect(plan.changed.length).toBeGreaterThan(1);
});

test('a refusal is that of statements which have been read', async () => {
  const { signal } = new AbortController();
  const refusing = (kind: string) =>
    scenario({
      baseline: { share: 0 },
      load: { sessions: 'replay' },
      safety: { statements: { [kind]: 'refuse' } },
    });
  const records = oneSession(['PREPARE x FROM DELETE FROM u', 'EXECUTE x']);
  await expect(readAndPlan(records, refusing('delete'), { signal })).rejects.toThrow(
    'safety.statements.delete',
  );
  expect((await readAndPlan(records, refusing('unknown'), { signal })).queries).toHaveLength(1);
});
