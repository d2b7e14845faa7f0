import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StubServer } from '../../src/stub/index.ts';
import { asUser, get, next, outcome, post, quickStub, type Reply, results } from './wire.ts';

const NONE = { 'X-Trino-Transaction-Id': 'NONE' };

describe('statements that change the session', () => {
  let stub: StubServer;
  beforeAll(async () => {
    stub = await quickStub();
  });
  afterAll(() => stub.close());

  /** Type and session headers of the last answer. */
  async function effect(sql: string, headers: Record<string, string> = {}) {
    let page = await post(stub, sql, headers);
    let reply: Reply | undefined;
    while (page.nextUri !== undefined) {
      reply = await get(page.nextUri);
      page = results(reply);
    }
    const set = Object.entries(reply?.headers ?? {}).filter(([name]) => name.startsWith('x-trino-'));
    return { updateType: page.updateType, error: page.error?.errorName, ...Object.fromEntries(set) };
  }

  it.each([
    ['USE tpch.sf1', {}, { updateType: 'USE', 'x-trino-set-catalog': 'tpch', 'x-trino-set-schema': 'sf1' }],
    ['USE tiny', { 'X-Trino-Catalog': 'tpch' }, { updateType: 'USE', 'x-trino-set-schema': 'tiny' }],
    ['USE tiny', {}, { error: 'MISSING_CATALOG_NAME' }],
    [
      "SET SESSION query_max_run_time = '2 h'",
      {},
      { updateType: 'SET SESSION', 'x-trino-set-session': 'query_max_run_time=2+h' },
    ],
    ['SET SESSION hive.bucket = 5', {}, { 'x-trino-set-session': 'hive.bucket=5' }],
    [
      'RESET SESSION hive.bucket',
      {},
      { updateType: 'RESET SESSION', 'x-trino-clear-session': 'hive.bucket' },
    ],
    ["SET TIME ZONE 'UTC'", {}, { updateType: 'SET TIME ZONE', 'x-trino-set-session': 'time_zone_id=UTC' }],
    ['SET ROLE admin IN hive', {}, { updateType: 'SET ROLE', 'x-trino-set-role': 'hive=ROLE%7Badmin%7D' }],
    ['SET PATH a.b', {}, { error: 'NOT_SUPPORTED' }],
    ['SET PATH a.b', { 'X-Trino-Client-Capabilities': 'PATH' }, { 'x-trino-set-path': 'a.b' }],
    ['SET SESSION AUTHORIZATION bob', {}, { error: 'NOT_SUPPORTED' }],
    [
      'SET SESSION AUTHORIZATION bob',
      { 'X-Trino-Client-Capabilities': 'PATH,SESSION_AUTHORIZATION' },
      { 'x-trino-set-authorization-user': 'bob' },
    ],
    ['PREPARE p1 FROM SELECT 1', {}, { updateType: 'PREPARE', 'x-trino-added-prepare': 'p1=SELECT+1%0A%0A' }],
    [
      'DEALLOCATE PREPARE p1',
      { 'X-Trino-Prepared-Statement': 'p1=SELECT+1' },
      { updateType: 'DEALLOCATE', 'x-trino-deallocated-prepare': 'p1' },
    ],
    ['DEALLOCATE PREPARE p1', {}, { error: 'NOT_FOUND' }],
    ['START TRANSACTION', {}, { error: 'INCOMPATIBLE_CLIENT' }],
    ['COMMIT', NONE, { error: 'NOT_IN_TRANSACTION' }],
    ['CREATE TABLE a.b.c (x bigint)', {}, { updateType: 'CREATE TABLE' }],
    ['CREATE OR REPLACE VIEW a.b.c AS SELECT 1', {}, { updateType: 'CREATE VIEW' }],
  ])('%s %j', async (sql, headers, expected) => {
    expect(await effect(sql, headers as Record<string, string>)).toMatchObject(expected);
  });

  it.each([
    ['START TRANSACTION', {}],
    ['COMMIT', NONE],
    ['DEALLOCATE PREPARE p1', {}],
    ['USE tiny', {}],
  ])('%s fails before the client hears of its dispatch', async (sql, headers) => {
    const last = await next(await post(stub, sql, headers as Record<string, string>));
    expect(Object.keys(last)).toEqual(['id', 'infoUri', 'stats', 'error', 'warnings']);
  });

  it('has neither stages nor columns to tell of', async () => {
    const last = await outcome(stub, 'USE tpch.sf1');
    expect(last).toMatchObject({ columns: [], stats: { state: 'FINISHED', scheduled: false } });
    expect(last.stats).not.toHaveProperty('rootStage');
  });

  it.each([
    ['COMMIT', 'TRANSACTION_ALREADY_ABORTED'],
    ['ROLLBACK', undefined],
  ])('after an error a transaction takes nothing but its end: %s', async (end, error) => {
    const started = (await effect('START TRANSACTION', NONE)) as Record<string, string>;
    const inside = { 'X-Trino-Transaction-Id': started['x-trino-started-transaction-id'] ?? '' };
    expect((await outcome(stub, 'SELEC 1', inside)).error?.errorName).toBe('SYNTAX_ERROR');
    expect((await outcome(stub, 'SELECT 1', inside)).error?.errorName).toBe('TRANSACTION_ALREADY_ABORTED');
    expect((await effect(end, inside)).error).toBe(error);
    expect((await outcome(stub, 'SELECT 1', inside)).error?.errorName).toBe('UNKNOWN_TRANSACTION');
  });

  it('opens a transaction, knows it until it is committed, and not afterwards', async () => {
    const started = (await effect('START TRANSACTION', NONE)) as Record<string, string>;
    const id = started['x-trino-started-transaction-id'] ?? '';
    const inside = { 'X-Trino-Transaction-Id': id };
    expect((await outcome(stub, 'SELECT 1', inside)).error).toBeUndefined();
    expect(await effect('COMMIT', inside)).toMatchObject({
      updateType: 'COMMIT',
      'x-trino-clear-transaction-id': 'true',
    });
    expect((await outcome(stub, 'SELECT 1', inside)).error).toMatchObject({
      errorCode: 20,
      errorName: 'UNKNOWN_TRANSACTION',
    });
  });

  it('compresses long prepared statements, and understands them when they come back', async () => {
    const long = `SELECT 7 /* ${'filler '.repeat(600)} */`;
    const prepared = (await effect(`PREPARE big FROM ${long}`)) as Record<string, string>;
    const value = prepared['x-trino-added-prepare'] ?? '';
    expect(value).toMatch(/^big=%24zstd%3A/);
    let page = await post(stub, 'EXECUTE big', { 'X-Trino-Prepared-Statement': value });
    while (page.data === undefined) page = await next(page);
    expect(page.data).toEqual([[7]]);
  });

  it('reads several prepared statements from one line or from repeated lines', async () => {
    for (const lines of ['a=SELECT+1,b=SELECT+2', ['a=SELECT+1', 'b=SELECT+2']]) {
      let page = await post(stub, 'EXECUTE b', { ...asUser, 'X-Trino-Prepared-Statement': lines });
      while (page.data === undefined) page = await next(page);
      expect(page.data).toEqual([[2]]);
    }
  });
});
