/** Whole statements: sections 2 and 3 of the protocol. */
import type { Allowed, Exchange } from './compare.ts';
import type { Seen } from './observe.ts';
import { story } from './talk.ts';
import { type Call, run, type Side } from './wire.ts';

/** A statement of its own, with what a client of today says of itself. */
const tells = (sql: string, headers: Call['headers'] = {}): Exchange => ({
  name: sql,
  run: (on) => story(on, sql, { ...MODERN, ...headers }),
});

const MODERN = { 'X-Trino-Client-Capabilities': 'PATH,PARAMETRIC_DATETIME,SESSION_AUTHORIZATION' };
const PREPARED = { 'X-Trino-Prepared-Statement': 'p1=SELECT+1%0A%0A' };
const NONE = { 'X-Trino-Transaction-Id': 'NONE' };

const TYPES = [
  ...['boolean', 'integer', 'bigint', 'double', 'real', 'decimal(4, 2)', 'decimal(38, 0)', 'varchar'],
  ...['varchar(25)', 'char(3)', 'varbinary', 'date', 'time(3)', 'timestamp(3)', 'timestamp(6)'],
  ...['timestamp(3) with time zone', 'array(varchar)', 'map(varchar(1), integer)'],
  ...['row(a integer, b varchar)', 'array(row(x bigint))', 'json', 'uuid', 'ipaddress'],
  ...['interval day to second'],
];

const manyTypes = `SELECT ${TYPES.map((type, i) => `CAST(NULL AS ${type}) AS c${i}`).join(', ')}`;

async function begin(on: Side) {
  const started = await run(on, 'START TRANSACTION', NONE);
  const [, id = ''] =
    started.at(-1)?.reply.headers.find(([n]) => n === 'x-trino-started-transaction-id') ?? [];
  return { ...MODERN, 'X-Trino-Transaction-Id': id };
}

async function committed(on: Side): Promise<Seen> {
  const open = await begin(on);
  return {
    select: await story(on, 'SELECT 1', open),
    commit: await story(on, 'COMMIT', open),
    'used after its end': await story(on, 'SELECT 1', open),
  };
}

/** After a statement that failed a transaction is good for nothing but its end. */
async function aborted(on: Side, end: string): Promise<Seen> {
  const open = await begin(on);
  return {
    nested: await story(on, 'START TRANSACTION', open),
    'another statement': await story(on, 'SELECT 1', open),
    end: await story(on, end, open),
    'used after its end': await story(on, 'SELECT 1', open),
  };
}

/** Fails so soon that the client may hear of it before or after the change to the executing stretch. */
const soon = (exchange: Exchange): Exchange => ({ ...exchange, allowed: SOON });
const SOON = [
  ...['fails in stretch', 'fields of executing answers', 'columns from', 'update type from'],
  ...['last answer/body/order of keys', 'last answer/body/columns', 'last answer/body/updateType'],
].map(
  (at): Allowed => ({
    at: `*${at}`,
    why: 'the last look at the queued stretch and the failure race on a real server',
    sometimes: true,
  }),
);

/** Headers that change the session come in the executing stretch only. */
const CLEARED = ['session changes*', 'last answer/headers/x-trino-clear-transaction-id'].map(
  (at): Allowed => ({
    at: `end/${at}`,
    why: 'a COMMIT that fails clears the transaction where it is told in the executing stretch',
    sometimes: true,
  }),
);

const COMPUTED = 'the simulated server computes no values and so knows no result by its rows';

const EXPECTING: Allowed = {
  at: 'last answer/body/error/*message',
  why: 'it has no grammar to list what could follow',
};
const PARSER: readonly Allowed[] = [
  EXPECTING,
  {
    at: 'last answer/body/error/failureInfo/cause',
    why: 'it has no parser whose own exception could be the cause',
  },
  { at: 'last answer/body/error/failureInfo/order of keys', why: 'by the missing cause' },
];

const INTERVAL: Allowed = {
  at: 'last answer/body/columns/23/type',
  why: 'only intervals are shown in capitals, and the simulated server makes none but in this test',
};

const CATALOG_LENGTH: Allowed = {
  at: 'last answer/body/columns/0/type*',
  why: 'a real server takes the longest catalog name for the length',
};

/** What fails at run time on one side is told to fail on the other. */
const BY_AGREEMENT: readonly Allowed[] = [
  { at: 'last answer/body/columns/*', why: COMPUTED },
  {
    at: 'last answer/body/stats/*',
    why: 'how far the real query came before it failed depends on time',
    sometimes: true,
  },
  { at: 'last answer/body/error/failureInfo/cause', why: 'no exception lies behind it' },
  { at: 'last answer/body/error/failureInfo/order of keys', why: 'by the missing cause' },
];

export const statements: readonly Exchange[] = [
  tells('SELECT 1'),
  tells("SELECT 1 AS one, 'x' AS x, 1.50 AS d, 3000000000 AS big, true AS yes, NULL AS nothing"),
  tells('SELECT * FROM TABLE(sequence(1, 300000))'),
  tells('SELECT count(*) FROM TABLE(sequence(1, 10))'),
  tells('SELECT * FROM TABLE(sequence(1, 10)) LIMIT 0'),
  { ...tells(manyTypes), name: 'columns of many types', allowed: [INTERVAL] },
  {
    name: 'columns of many types for an old client',
    run: (on) => story(on, manyTypes),
    allowed: [INTERVAL],
  },
  { ...tells('SHOW CATALOGS'), allowed: [CATALOG_LENGTH] },
  tells('CREATE TABLE memory.default.plain (x integer)'),
  tells('DROP TABLE memory.default.plain'),
  tells('CREATE TABLE memory.default.filled AS SELECT 1 AS x'),
  tells('INSERT INTO memory.default.filled VALUES 2'),
  tells('DROP TABLE memory.default.filled'),
  tells("SET SESSION query_max_run_time = '1h'"),
  tells('RESET SESSION query_max_run_time'),
  tells("SET TIME ZONE 'UTC'"),
  tells('USE tpch.tiny'),
  { ...tells('USE tiny', { 'X-Trino-Catalog': 'tpch' }), name: 'USE of a schema in the catalog in use' },
  soon(tells('USE tiny')),
  tells('PREPARE p1 FROM SELECT 1'),
  { ...tells('EXECUTE p1', PREPARED), name: 'EXECUTE of a statement that the client sends along' },
  tells('EXECUTE p1 USING 7', { 'X-Trino-Prepared-Statement': 'p1=SELECT+%3F' }),
  tells("EXECUTE IMMEDIATE 'SELECT 1'"),
  soon(tells('EXECUTE p1')),
  {
    ...tells('DEALLOCATE PREPARE p1', PREPARED),
    name: 'DEALLOCATE of a statement that the client sends along',
  },
  soon(tells('DEALLOCATE PREPARE p1')),
  soon(tells('START TRANSACTION')),
  { ...tells('START TRANSACTION', NONE), name: 'START TRANSACTION of a client that has transactions' },
  { name: 'a transaction', run: committed },
  {
    name: 'a transaction in which a statement failed, COMMIT',
    run: (on) => aborted(on, 'COMMIT'),
    allowed: [...SOON, ...CLEARED],
  },
  {
    name: 'a transaction in which a statement failed, ROLLBACK',
    run: (on) => aborted(on, 'ROLLBACK'),
    allowed: SOON,
  },
  soon(tells('COMMIT', NONE)),
  { name: 'unknown transaction', run: (on) => story(on, 'SELECT 1', { 'X-Trino-Transaction-Id': GHOST }) },
  { ...tells('SELEC 1'), allowed: PARSER },
  { ...tells('SELECT'), allowed: PARSER },
  { ...tells('SELECT 1;'), allowed: PARSER },
  tells('SELECT * FROM tpch.tiny.nope'),
  { ...tells('SELECT 1 / 0'), allowed: BY_AGREEMENT },
  soon(tells('SET PATH foo')),
  soon({ name: 'SET PATH of a client without paths', run: (on) => story(on, 'SET PATH foo') }),
  soon(tells("CALL system.runtime.kill_query(query_id => '20200101_000000_00000_aaaaa', message => 'x')")),
];

const GHOST = '11111111-2222-3333-4444-555555555555';
