// What a prepared statement runs is what was judged: shown by the text that a server finds under the name that is executed.
import { describe, expect, test } from 'vitest';
import type { DumpRecord } from '../../src/dump/record.ts';
import { HEADER } from '../../src/trino/headers.ts';
import { record } from './factory.ts';
import { type Behaviour, oneSession, received } from './witness.ts';

const WRITE = 'DELETE FROM hive.prod.t';
const SESSIONS = { load: { sessions: 'replay' } };

/** No text that anything was to run writes, but for a PREPARE, which runs nothing. */
function expectNoWrite(got: Awaited<ReturnType<typeof received>>['got']): void {
  const ran = got.filter(({ body }) => !/^PREPARE/i.test(body)).flatMap(({ runs }) => runs);
  expect(ran.filter((text) => text.includes('DELETE'))).toEqual([]);
}

describe('a session replay', () => {
  test.each<[string, readonly (string | Partial<DumpRecord>)[], string[], Behaviour, object]>([
    [
      'a PREPARE that comes back failed leaves the one before it, and that is not what was judged',
      [`PREPARE p FROM ${WRITE}`, 'PREPARE p FROM SELECT breakme', 'EXECUTE p'],
      [],
      { fails: (sql) => sql.includes('breakme') },
      {},
    ],
    [
      'a PREPARE that the policy skips leaves the one before it',
      [`PREPARE p FROM SELECT 'one'`, `PREPARE p FROM SELECT 'two'`, 'EXECUTE p'],
      [],
      {},
      { safety: { rules: [{ when: { sql: { matches: 'two' } }, do: 'skip' }] } },
    ],
    [
      'nor does one that is sent as EXPLAIN prepare anything',
      [`PREPARE p FROM SELECT 'one'`, `PREPARE p FROM SELECT 'two'`, 'EXECUTE p'],
      [],
      {},
      { safety: { rules: [{ when: { sql: { matches: 'two' } }, do: 'explain' }] } },
    ],
    [
      'a name that was taken away stays away, also from the texts that were recorded',
      [
        `PREPARE p FROM SELECT 'one'`,
        'DEALLOCATE PREPARE p',
        { sql: 'EXECUTE p', prepared: { p: "SELECT 'one'" } },
      ],
      [],
      {},
      {},
    ],
    [
      'names are told apart as they are written',
      [`PREPARE P FROM ${WRITE}`, 'PREPARE p FROM SELECT 1', 'EXECUTE P', 'EXPLAIN ANALYZE EXECUTE P'],
      [],
      {},
      {},
    ],
    [
      'a text under another name of the session is no text of this one',
      ['PREPARE "a,b" FROM SELECT 1', `PREPARE "a" FROM ${WRITE}`, 'EXECUTE "a,b"'],
      ['SELECT 1'],
      {},
      {},
    ],
    [
      'what an EXECUTE IMMEDIATE prepares is not known, so it is not sent',
      ['PREPARE r FROM SELECT 1', `EXECUTE IMMEDIATE 'PREPARE r FROM ${WRITE}'`, 'EXECUTE r'],
      ['SELECT 1'],
      {},
      {},
    ],
    [
      'a prepared text that prepares another is not run',
      [
        { sql: 'EXECUTE q', prepared: { q: `PREPARE p FROM ${WRITE}` } },
        'PREPARE p FROM SELECT 1',
        'EXECUTE p',
      ],
      ['SELECT 1'],
      {},
      {},
    ],
    [
      'a statement of the session may be executed, and counts for what comes after it',
      [{ sql: 'EXECUTE u', prepared: { u: 'USE payments.a' } }, 'SHOW TABLES'],
      ['USE payments.a'],
      {},
      { safety: { rules: [{ when: { kind: ['show'], catalog: 'payments' }, do: 'skip' }] } },
    ],
    [
      'what an answer claims to have prepared is not believed',
      ['PREPARE p FROM SELECT 1', 'SELECT 2', 'EXECUTE p'],
      ['SELECT 2', 'SELECT 1'],
      { headers: { [HEADER.deallocatedPrepare]: 'x' } },
      {},
    ],
    [
      'what is prepared runs',
      ['PREPARE p FROM SELECT 1', 'EXECUTE p', 'PREPARE p FROM SELECT 2', 'EXECUTE p', 'DESCRIBE OUTPUT p'],
      ['SELECT 1', 'SELECT 2', 'DESCRIBE OUTPUT p'],
      {},
      {},
    ],
  ])('%s', async (_, statements, ran, behaviour, settings) => {
    const { got } = await received(oneSession(statements), { ...SESSIONS, ...settings }, behaviour);
    expectNoWrite(got);
    const others = got.filter(({ body }) => !/^(?:EXPLAIN )?(?:PREPARE|DEALLOCATE)/.test(body));
    expect(others.flatMap(({ runs }) => runs)).toEqual(ran);
  });

  test('a gateway that answers with the changes of others changes nothing', async () => {
    const headers = {
      [HEADER.addedPrepare]: `p=${encodeURIComponent(WRITE)}`,
      [HEADER.setCatalog]: 'payments',
      [HEADER.setSchema]: 'a',
    };
    const statements = ['SELECT 1', 'PREPARE q FROM SELECT 2', 'EXECUTE q', 'EXECUTE p', 'SHOW TABLES'];
    const records = oneSession(statements.map((sql) => ({ sql, catalog: 'tpch', schema: 'tiny' })));
    const { got } = await received(
      records,
      { ...SESSIONS, safety: { statements: { execute: 'run' } } },
      { headers },
    );
    expect(got.map(({ body }) => body)).toEqual(statements);
    expectNoWrite(got);
    expect(new Set(got.map((one) => one.headers[HEADER.catalog]))).toEqual(new Set(['tpch']));
  });

  test('a plan that begins again finds what it left, and is still sent as it was judged', async () => {
    const statements = [{ sql: 'EXECUTE p', prepared: { p: 'SELECT 1' } }, `PREPARE p FROM ${WRITE}`];
    let rounds = 3;
    const shape = { model: 'recorded', stages: [], inSessions: true, mostQueries: 6 } as const;
    const { got } = await received(
      oneSession(statements),
      SESSIONS,
      {},
      { shape, wanted: () => rounds-- > 0 },
    );
    expect(got.map(({ body }) => body)).toEqual(
      Array(3)
        .fill(['EXECUTE p', `PREPARE p FROM ${WRITE}`])
        .flat(),
    );
    expect(got.filter(({ body }) => body === 'EXECUTE p').flatMap(({ runs }) => runs)).toEqual(
      Array(3).fill('SELECT 1'),
    );
  });
});

describe('who a session runs as', () => {
  const steps = [
    'SELECT 1',
    "SET SESSION AUTHORIZATION 'root'",
    'SELECT 2',
    'RESET SESSION AUTHORIZATION',
    'SELECT 3',
  ];
  const users = (got: Awaited<ReturnType<typeof received>>['got']) =>
    got.map(({ body, headers }) => `${body.slice(0, 9)} as ${headers[HEADER.user]}`);
  /** As a cluster answers both statements; of the other statements nobody believes it. */
  const headers = { [HEADER.setAuthorizationUser]: 'admin', 'x-trino-reset-authorization-user': 'true' };

  test('only whom its own statements name', async () => {
    const { got } = await received(oneSession(steps), SESSIONS, { headers });
    expect(users(got)).toEqual([
      ...['SELECT 1 as ana', 'SET SESSI as ana', 'SELECT 2 as root', 'RESET SES as root', 'SELECT 3 as ana'],
    ]);
  });

  test('a rule by user holds for whom it may run as', async () => {
    const rules = [{ when: { user: 'root', kind: ['select'] }, do: 'skip' }];
    const { got } = await received(oneSession(steps), { ...SESSIONS, safety: { rules } }, { headers });
    expect(users(got)).toEqual(['SELECT 1 as ana', 'SET SESSI as ana', 'RESET SES as root']);
    const letting = [{ when: { user: 'ana', kind: ['delete'] }, do: 'run' }];
    const records = oneSession(['DELETE FROM a', 'SET SESSION AUTHORIZATION root', 'DELETE FROM b']);
    const { bodies } = await received(records, { ...SESSIONS, safety: { rules: letting } }, { headers });
    expect(bodies).toEqual(['DELETE FROM a', 'SET SESSION AUTHORIZATION root']);
  });

  test.each([{ runAs: 'replay' }, { users: { ana: 'replay' } }])(
    'nobody else where %o says who',
    async (access) => {
      const hidden = { sql: 'EXECUTE x', prepared: { x: 'SET SESSION AUTHORIZATION root' } };
      const { got, plan } = await received(
        oneSession([...steps, hidden, 'SELECT 4']),
        { ...SESSIONS, access },
        { headers },
      );
      expect(new Set(got.map((one) => one.headers[HEADER.user]))).toEqual(new Set(['replay']));
      expect(got.map(({ body }) => body).filter((body) => /EXECUTE|SET SESSION A/.test(body))).toEqual([
        'RESET SESSION AUTHORIZATION',
      ]);
      expect(plan.skipped).toMatchObject([
        { count: 2, reason: expect.stringContaining('access: SET SESSION') },
      ]);
    },
  );
});

describe('sessions are told apart', () => {
  test('a plan that begins again begins with new ones', async () => {
    const rules = [{ when: { catalog: 'payments', kind: ['select'] }, do: 'skip' }];
    const records = oneSession(
      ['SELECT * FROM b', 'USE payments.a', 'START TRANSACTION'].map((sql) => ({
        sql,
        catalog: 'tpch',
        schema: 'tiny',
      })),
    );
    const shape = { model: 'recorded', stages: [], inSessions: true, mostQueries: 6 } as const;
    const { got } = await received(records, { ...SESSIONS, safety: { rules } }, {}, { shape });
    const selects = got.filter(({ body }) => body.startsWith('SELECT'));
    expect(selects.map(({ headers }) => headers[HEADER.catalog])).toEqual(['tpch', 'tpch']);
  });

  test('by no source can one be another, nor a clone of it, nor its baseline', async () => {
    const crafted = ['s\u00001', 's\u0000baseline', 's\u0000noise'].flatMap((source) =>
      ['USE payments.a', `PREPARE p FROM ${WRITE}`].map((sql) => ({ sql, source })),
    );
    const reads = ['SELECT * FROM b', 'PREPARE p FROM SELECT 1', 'EXECUTE p'].map((sql) => ({
      sql,
      source: 's',
    }));
    const records = oneSession(
      [...crafted, ...reads, { sql: 'SELECT * FROM b', user: 'ana\u0000s', source: '' }].map((one) => ({
        ...{ catalog: 'tpch', schema: 'tiny' },
        ...one,
      })),
    );
    const rules = [{ when: { catalog: 'payments', kind: ['select'] }, do: 'skip' }];
    const settings = {
      ...{ load: { sessions: 'replay', clones: 2 }, baseline: { share: 1, noise: 1 }, safety: { rules } },
    };
    const { got } = await received(records, settings);
    expectNoWrite(got);
    const selects = got.filter(({ body }) => body.startsWith('SELECT'));
    expect(selects.length).toBeGreaterThanOrEqual(8);
    expect(new Set(selects.map(({ headers }) => headers[HEADER.catalog]))).toEqual(new Set(['tpch']));
  });
});

describe('lists in headers', () => {
  const doubles = 'headers: two prepared statements have names that differ in case or blanks only';
  test.each<[string, Partial<DumpRecord>, string]>([
    ['a name with a blank before it', { prepared: { p: 'SELECT 1', ' p': WRITE } }, doubles],
    ['in another case', { prepared: { p: 'SELECT 1', P: WRITE } }, doubles],
    ['a name that is none', { prepared: { ' ': WRITE } }, 'headers: a prepared statement has no name'],
    [
      'a property that ends its pair',
      { session: { 'a=1,b': '2' } },
      'headers: the name of a session property',
    ],
    ['a property with a blank', { session: { ' a': '1' } }, 'headers: the name of a session property'],
    ['a property in other letters', { session: { ａ: '1' } }, 'headers: the name of a session property'],
    ['a property without a name', { session: { '': '1' } }, 'headers: the name of a session property'],
    ['a tag that is two', { clientTags: ['a,b'] }, 'headers: a client tag has a comma'],
  ])('%s is not sent', async (_, fields, reason) => {
    const { got, plan } = await received([
      record({ sql: 'EXECUTE p', prepared: { p: 'SELECT 1' }, ...fields }),
    ]);
    expect(got).toEqual([]);
    expect(plan.skipped.map((one) => one.reason)[0]).toContain(reason);
  });

  test.each(['z=SELECT%201,p', '%70', 'q"', 'ä', 'a+b', 'p,q', "it's"])(
    'a name that would be another is encoded, and found as written only: %s',
    async (name) => {
      const prepared = { p: 'SELECT 1', [name]: WRITE };
      const quoted = `"${name.replaceAll('"', '""')}"`;
      const { got } = await received([
        record({ sql: 'EXECUTE p', prepared }),
        record({ sql: 'EXECUTE p USING 3', prepared, arrivedAtMs: 1 }),
        record({ sql: `EXECUTE ${quoted}`, prepared, arrivedAtMs: 2 }),
        record({ sql: `EXECUTE ${quoted}`, prepared: { [name]: 'SELECT 5' }, arrivedAtMs: 3 }),
      ]);
      expect(got.map(({ runs }) => runs)).toEqual([['SELECT 1'], ['SELECT 1'], ['SELECT 5']]);
    },
  );

  test('blanks around a user, a source and a catalog do not hide them from a rule', async () => {
    const rules = [
      { when: { user: 'root' }, do: 'skip' },
      { when: { source: 'etl' }, do: 'skip' },
      { when: { catalog: 'payments' }, do: 'skip' },
    ];
    const { got } = await received(
      [
        record({ user: ' root' }),
        record({ source: 'etl\t' }),
        record({ sql: 'SELECT * FROM a.t', catalog: ' Payments ' }),
        record({ sql: 'SELECT 7', user: 'ana' }),
      ],
      { safety: { rules } },
    );
    expect(got.map(({ body }) => body)).toEqual(['SELECT 7']);
  });
});
