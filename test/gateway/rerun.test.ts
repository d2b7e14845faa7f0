// Queries that a cluster lost before their client had a row: run again on another one, unnoticed, or not at all.
import { afterAll, describe, expect, test } from 'vitest';
import { readOnlyCheck } from '../../gateway/rerun/read-only.ts';
import type { FakeCoordinator, Received } from './fake-coordinator.ts';
import { call, fake, finish, gateway, type Page, post, type TestGateway } from './helpers.ts';

/** Loading the grammar takes seconds: once for all tests. */
const readOnly = readOnlyCheck(false);
afterAll(() => readOnly.close());

interface Pair {
  readonly gw: TestGateway;
  readonly blue: FakeCoordinator;
  readonly green: FakeCoordinator;
}

type Config = Parameters<typeof gateway>[0];

/** Two clusters of one group; the statement that is posted first goes to blue, the next ones to green. */
async function pair(config: Config = {}): Promise<Pair> {
  const blue = await fake({ suffix: 'aaaaa' });
  const green = await fake({ suffix: 'bbbbb' });
  const backends = [
    { name: 'blue', proxyTo: blue.url },
    { name: 'green', proxyTo: green.url, active: false },
  ];
  const gw = await gateway({ backends, ...config }, { readOnly });
  await gw.until('blue', { trinoStatus: 'HEALTHY' });
  await gw.until('green', { trinoStatus: 'HEALTHY' });
  return { gw, blue, green };
}

const activate = (gw: TestGateway) =>
  call(`${gw.url}/gateway/backend/activate/green`, { method: 'POST' }).then(({ status }) => status);

/** Posts to blue, then makes green take what comes after. */
async function begun({ gw }: Pair, sql: string, headers: Record<string, string> = {}): Promise<Page> {
  const page = await post(gw.url, sql, headers);
  expect(page.id).toMatch(/_aaaaa$/);
  expect(await activate(gw)).toBe(200);
  return page;
}

const page = async (url: string) => (await call(url)).json() as Page;

const counters = async ({ gw }: Pair) =>
  (await gw.status()).proxy as unknown as {
    reruns: Record<string, number>;
    notRerun: Record<string, number>;
  };

describe('a coordinator dies', () => {
  test.each([
    ['before the first poll', 0],
    ['after a poll', 1],
  ])('%s: the client keeps its id and gets the rows of the other cluster', async (_, polls) => {
    const clusters = await pair();
    const { blue, green } = clusters;
    blue.pages = 3;
    let at = await begun(clusters, 'SELECT 1', { 'x-trino-client-tags': 'a,b', 'accept-encoding': 'gzip' });
    const { id } = at;
    for (let i = 0; i < polls; i++) at = await page(at.nextUri ?? '');
    await blue.kill();
    const pages: Page[] = [];
    while (at.nextUri !== undefined) {
      expect(at.nextUri).toContain(`/${id}/`);
      const answer = await call(at.nextUri, { headers: { 'accept-encoding': 'gzip' } });
      at = answer.json() as Page;
      pages.push(at);
      expect(at.id).toBe(id);
      if (at.data !== undefined)
        expect(answer.headers['x-trino-gateway-rerun']).toMatch(/^\d+_\d+_\d+_bbbbb; cause=refused$/);
    }
    expect(at.data).toEqual([[1]]);
    expect(green.statements.map((s) => [s.body.toString(), s.header('x-trino-client-tags')])).toEqual([
      ['SELECT 1', 'a,b'],
    ]);
    expect(await counters(clusters)).toMatchObject({ reruns: { refused: 1 }, notRerun: {} });
  });

  test('and another process takes its place: the query is run again, there if there is no other cluster', async () => {
    const blue = await fake({ suffix: 'aaaaa' });
    const gw = await gateway({ backends: [{ name: 'blue', proxyTo: blue.url }] }, { readOnly });
    await gw.until('blue', { trinoStatus: 'HEALTHY' });
    blue.pages = 5;
    const first = await page((await post(gw.url, 'SELECT 1')).nextUri ?? '');
    const { port } = blue;
    await blue.kill();
    const reborn = await fake({ suffix: 'ccccc', port });
    const last = await finish(first);
    expect([last.id, last.data]).toEqual([first.id, [[1]]]);
    expect(reborn.statements).toHaveLength(1);
  });

  test('404 of a coordinator that knows the query no more means the same', async () => {
    const clusters = await pair();
    clusters.blue.pages = 3;
    const first = await begun(clusters, 'SHOW CATALOGS');
    clusters.blue.hook = (request, response) => {
      if (!request.url.startsWith('/v1/statement/')) return false;
      response.writeHead(404).end('Error 404 Not Found: Query not found');
      return true;
    };
    expect((await finish(first)).data).toBeDefined();
    expect(await counters(clusters)).toMatchObject({ reruns: { forgotten: 1 } });
  });

  test('while no cluster is ready the client is told QUEUED under its id, and can cancel', async () => {
    const clusters = await pair();
    const { gw, blue, green } = clusters;
    blue.pages = 3;
    const first = await begun(clusters, 'SELECT 1');
    await green.kill();
    await blue.kill();
    const queued = await call(first.nextUri ?? '');
    const at = queued.json() as Page & { stats: { state: string } };
    expect([at.id, at.stats.state]).toEqual([first.id, 'QUEUED']);
    const later = await page(at.nextUri ?? '');
    expect(later.id).toBe(first.id);
    expect((await call(later.nextUri ?? '', { method: 'DELETE' })).status).toBe(204);
    expect((await call(later.nextUri ?? '')).status).toBe(404);
    expect(await gw.status()).toMatchObject({ queue: { waiting: 0, canceled: 1 } });
  });

  test('at most once: the re-run that is lost too is not run a third time, nor is its text for a while', async () => {
    const clusters = await pair();
    const { gw, blue, green } = clusters;
    blue.pages = 3;
    green.pages = 3;
    const other = await post(gw.url, 'SELECT 7 -- of death');
    let at = await begun(clusters, 'SELECT 7 -- of death');
    await blue.kill();
    while (!at.nextUri?.includes('/executing/') || green.statements.length === 0)
      at = await page(at.nextUri ?? '');
    const third = await fake({ suffix: 'ccccc', port: blue.port });
    await gw.until('blue', { trinoStatus: 'HEALTHY' });
    await green.kill();
    expect([404, 502]).toContain((await call(at.nextUri ?? '')).status);
    expect((await call(other.nextUri ?? '')).status).toBe(404);
    expect(third.statements).toHaveLength(0);
    expect((await counters(clusters)).notRerun).toMatchObject({ suspect: 1 });
  }, 20_000);
});

describe('a cluster that is not ready', () => {
  test.each([
    ['NO_NODES_AVAILABLE', 'no-nodes'],
    ['SERVER_STARTING_UP', 'starting'],
  ])('%s before any row goes to the other one', async (errorName, cause) => {
    const clusters = await pair();
    const { blue } = clusters;
    const first = await begun(clusters, 'SELECT 2');
    blue.hook = (request, response) => {
      if (!request.url.startsWith('/v1/statement/')) return false;
      blue.json(response, { id: first.id, stats: { state: 'FAILED' }, error: { errorName, errorCode: 1 } });
      return true;
    };
    const last = await finish(first);
    expect([last.id, last.data, last.error]).toEqual([first.id, [[1]], undefined]);
    expect((await counters(clusters)).reruns).toEqual({ [cause]: 1 });
  });
});

describe('not run again', () => {
  const lostTo = async (clusters: Pair, first: Page): Promise<number> => {
    await clusters.blue.kill();
    const { status } = await call(first.nextUri ?? '');
    expect(clusters.green.statements).toHaveLength(0);
    return status;
  };
  const soon = { proxy: { retryFor: '600ms' } };

  test.each([
    ['INSERT INTO memory.a.b VALUES 1', {}, 'writes'],
    ['/* by hand */ CREATE TABLE memory.a.b AS SELECT 1 AS x', {}, 'writes'],
    ['EXECUTE p', { 'x-trino-prepared-statement': 'p=DELETE+FROM+memory.a.b' }, 'writes'],
    ['SELECT 1', { 'x-trino-transaction-id': '1c2b4b5c-9cf0-4c2b-8a77-0b0f0b0f0b0f' }, 'transaction'],
    ['SELECT 1', { 'x-trino-client-tags': 'dbt, no-rerun' }, 'unwanted'],
  ])('%j %j, and it is counted once why', async (sql, headers, reason) => {
    const clusters = await pair(soon);
    clusters.blue.pages = 3;
    const first = await begun(clusters, sql, headers);
    expect(await lostTo(clusters, first)).toBeGreaterThanOrEqual(400);
    expect((await call(first.nextUri ?? '')).status).toBeGreaterThanOrEqual(400);
    expect(await counters(clusters)).toMatchObject({ reruns: {}, notRerun: { [reason]: 1 } });
  });

  test('but what a prepared statement reads is', async () => {
    const clusters = await pair();
    clusters.blue.pages = 3;
    const headers = { 'x-trino-prepared-statement': 'p=SELECT+1+WHERE+1+%3D+%3F' };
    const first = await begun(clusters, 'EXECUTE p USING 1', headers);
    await clusters.blue.kill();
    expect((await finish(first)).id).toBe(first.id);
    expect(clusters.green.statements.map((s) => s.header('x-trino-prepared-statement'))).toEqual([
      'p=SELECT+1+WHERE+1+%3D+%3F',
    ]);
  });

  test('once rows have been delivered', async () => {
    const clusters = await pair(soon);
    const { blue } = clusters;
    const first = await begun(clusters, 'SELECT 1');
    blue.hook = rowsAt(first);
    const second = await page(first.nextUri ?? '');
    expect(second.data).toEqual([[5]]);
    expect(await lostTo(clusters, second)).toBeGreaterThanOrEqual(400);
    expect((await counters(clusters)).notRerun).toEqual({ rows: 1 });
  });

  test('for a page that this gateway did not tell its client of', async () => {
    const clusters = await pair(soon);
    clusters.blue.pages = 3;
    const { id, nextUri = '' } = await begun(clusters, 'SELECT 1');
    await clusters.blue.kill();
    const guessed = nextUri.replace('/yabc/', '/yguess/');
    expect((await call(guessed)).status).toBeGreaterThanOrEqual(400);
    expect(clusters.green.statements).toHaveLength(0);
    expect((await counters(clusters)).notRerun).toEqual({ strayed: 1 });
    // And the client itself is still saved.
    expect((await finish({ id, nextUri })).data).toEqual([[1]]);
  });

  test.each([
    ['switched off', { rerun: { enabled: false } }],
    ['switched off for the group', { routing: { groups: { adhoc: { rerun: false } } } }],
    ['when the budget is used up', { rerun: { perMinute: 1 } }],
    ['when there is no room to keep it', { rerun: { maxHeldSize: '1kB' } }],
  ])('%s', async (what, config) => {
    const clusters = await pair({ ...soon, ...config } as Config);
    const { gw, blue, green } = clusters;
    blue.pages = 3;
    const long = what.includes('room') ? `SELECT '${'x'.repeat(1_000)}'` : 'SELECT 3';
    const other = what.includes('budget') ? await post(gw.url, 'SELECT 2') : undefined;
    const first = await begun(clusters, long);
    await blue.kill();
    if (other !== undefined) expect((await finish(other)).data).toEqual([[1]]);
    expect((await call(first.nextUri ?? '')).status).toBeGreaterThanOrEqual(400);
    expect(green.statements.map((s) => s.body.toString())).not.toContain(long);
  });
});

function rowsAt(first: Page) {
  return (request: Received, response: { writeHead(status: number): { end(text: string): void } }) => {
    if (!request.url.startsWith('/v1/statement/')) return false;
    const nextUri = (first.nextUri ?? '').replace(/\d+$/, '9');
    response
      .writeHead(200)
      .end(JSON.stringify({ id: first.id, nextUri, columns: [], data: [[5]], stats: {} }));
    return true;
  };
}

describe('what changes nothing', () => {
  test.each([
    ['SELECT 1', 'reads'],
    ['WITH t AS (SELECT 1 AS x) SELECT * FROM t', 'reads'],
    ['VALUES 1, 2', 'reads'],
    ['TABLE tpch.tiny.nation', 'reads'],
    ['EXPLAIN DELETE FROM memory.a.b', 'reads'],
    ['SHOW STATS FOR tpch.tiny.nation', 'reads'],
    ['DESCRIBE tpch.tiny.nation', 'reads'],
    ['SELECT * FROM TABLE(sequence(1, 3))', 'reads'],
    ["EXECUTE IMMEDIATE 'SELECT 1 WHERE 1 = ?' USING 1", 'reads'],
    ["EXECUTE IMMEDIATE 'DELETE FROM memory.a.b'", 'writes'],
    ['EXPLAIN ANALYZE SELECT 1', 'writes'],
    ['EXPLAIN ANALYZE INSERT INTO memory.a.b VALUES 1', 'writes'],
    ["SET SESSION query_max_run_time = '1m'", 'writes'],
    ['-- x\nUSE tpch.tiny', 'writes'],
    ['PREPARE p FROM SELECT 1', 'writes'],
    ['START TRANSACTION', 'writes'],
    ["CALL system.runtime.kill_query('x')", 'writes'],
    ['REFRESH MATERIALIZED VIEW a.b.c', 'writes'],
    ['CREATE TABLE memory.a.b AS SELECT 1 AS x', 'writes'],
    ["SELECT * FROM TABLE(pg.system.query(query => 'SELECT 1'))", 'writes'],
    ['EXECUTE nobody_prepared_this', 'writes'],
    ['SELECT this is no SQL (', 'unknown'],
    ['', 'unknown'],
  ])('%j %s', async (sql, reading) => {
    const request = { method: 'POST', catalog: undefined, schema: undefined, preparedStatements: [] };
    expect(await readOnly.check({ ...request, body: Buffer.from(sql) })).toBe(reading);
  });
});
