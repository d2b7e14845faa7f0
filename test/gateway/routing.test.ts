import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createIncarnations } from '../../gateway/backends/incarnations.ts';
import { killedQuery } from '../../gateway/routing/kill-query.ts';
import { Lru } from '../../gateway/routing/lru.ts';
import { OpenQueries } from '../../gateway/routing/open-queries.ts';
import { namedQuery } from '../../gateway/routing/query-id.ts';
import { projectRoot } from '../../src/base/project.ts';
import { call, fake, finish, gateway, post } from './helpers.ts';

test('a statement goes through the gateway and all its requests stay there', async () => {
  const blue = await fake();
  const gw = await gateway({ backends: [{ name: 'blue', proxyTo: blue.url }] });
  await gw.until('blue', { trinoStatus: 'HEALTHY' });
  const first = await post(gw.url, 'SELECT 1');
  expect(first.nextUri).toMatch(`${gw.url}/v1/statement/executing/${first.id}/`);
  expect((await gw.state('blue')).openQueries).toBe(1);
  expect((await finish(first)).data).toEqual([[1]]);
  expect((await gw.state('blue')).openQueries).toBe(0);
});

async function two(input: Parameters<typeof gateway>[0] = {}) {
  const blue = await fake({ suffix: 'aaaaa' });
  const green = await fake({ suffix: 'bbbbb' });
  const gw = await gateway({
    backends: [
      { name: 'blue', proxyTo: blue.url },
      { name: 'green', proxyTo: green.url, routingGroup: 'olap' },
    ],
    ...input,
  });
  await gw.until('blue', { trinoStatus: 'HEALTHY' });
  await gw.until('green', { trinoStatus: 'HEALTHY' });
  return { blue, green, gw };
}

describe('groups', () => {
  const ranOn = async (gw: { url: string }, headers: Record<string, string>) =>
    (await post(gw.url, 'SELECT 1', headers)).id.slice(-5);

  test('without rules the header names the group', async () => {
    const { gw } = await two();
    expect(await ranOn(gw, {})).toBe('aaaaa');
    expect(await ranOn(gw, { 'x-trino-routing-group': 'olap' })).toBe('bbbbb');
  });

  test('with rules on, only they count', async () => {
    const rulesConfigPath = join(projectRoot, 'scenarios/gateway-rules.yaml');
    const { gw } = await two({ routingRules: { rulesEngineEnabled: true, rulesConfigPath } });
    expect(await ranOn(gw, { 'x-trino-source': 'zeppelin-7' })).toBe('bbbbb');
    expect(await ranOn(gw, { 'x-trino-source': 'trino-python-client' })).toBe('bbbbb');
    expect(await ranOn(gw, { 'x-trino-source': 'trino-python-client', 'x-trino-client-tags': 'x' })).toBe(
      'aaaaa',
    );
    expect(await ranOn(gw, { 'x-trino-routing-group': 'olap' })).toBe('aaaaa');
    expect((await gw.status()).proxy.decisions).toEqual({
      'olap by rule zeppelin': 1,
      'olap by rule querybook': 1,
      'adhoc by default': 2,
    });
  });
});

describe('stickiness', () => {
  test('polls go on after the backend was deactivated, while new statements go elsewhere', async () => {
    const { gw } = await two();
    const page = await post(gw.url, 'SELECT 1', { 'x-trino-routing-group': 'olap' });
    await call(`${gw.url}/gateway/backend/deactivate/green`, { method: 'POST' });
    const later = await post(gw.url, 'SELECT 1', { 'x-trino-routing-group': 'olap' });
    expect(later.id).toMatch(/_aaaaa$/);
    expect((await finish(page)).data).toEqual([[1]]);
  });

  test('and while it is UNHEALTHY, and after it was deleted', async () => {
    const { green, gw } = await two();
    const page = await post(gw.url, 'SELECT 1', { 'x-trino-routing-group': 'olap' });
    green.hook = (request, response) => {
      if (request.url !== '/v1/info') return false;
      response.writeHead(500).end();
      return true;
    };
    await gw.until('green', { trinoStatus: 'UNHEALTHY', reason: '/v1/info answered 500' });
    expect((await call(page.nextUri ?? '')).status).toBe(200);
    await call(`${gw.url}/gateway/backend/modify/delete`, { method: 'POST', body: 'green' });
    expect((await call(page.nextUri ?? '')).status).toBe(200);
  });

  test('a query started through another gateway is found by its suffix', async () => {
    const { green, gw } = await two();
    const page = await post(green.url, 'SELECT 1');
    const path = new URL(page.nextUri ?? '').pathname;
    expect((await call(`${gw.url}${path}`)).status).toBe(200);
  });

  test('and by the shared store where its suffix is not known', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const dataStore = { path: join(folder, 'shared.db') };
    const blue = await fake();
    const first = await gateway({ backends: [{ name: 'blue', proxyTo: blue.url }], dataStore });
    await first.until('blue', { trinoStatus: 'HEALTHY' });
    blue.suffix = 'not-a-trino-suffix';
    const page = await post(first.url, 'SELECT 1');
    await expect.poll(async () => (await first.status()).store.history.written).toBe(1);
    const second = await gateway({ dataStore });
    await second.until('blue', { clusterId: 'blue' });
    const path = new URL(page.nextUri ?? '').pathname;
    expect((await call(`${second.url}${path}`)).status).toBe(200);
  });

  test('an id that nothing is known of is 404 and is logged, never guessed', async () => {
    const { blue, gw } = await two();
    const answer = await call(`${gw.url}/v1/statement/executing/20261121_050607_00000_zzzzz/y/1`);
    expect([answer.status, answer.text()]).toEqual([404, 'Error 404 Not Found: Query not found']);
    expect(blue.received.some((r) => r.url.includes('zzzzz'))).toBe(false);
    expect(gw.log.lines.some((l) => l.fields.queryId === '20261121_050607_00000_zzzzz')).toBe(true);
  });

  test('a transaction stays at the cluster that started it', async () => {
    const { green, gw } = await two();
    const start = await post(gw.url, 'START TRANSACTION', { 'x-trino-routing-group': 'olap' });
    green.hook = (request, response) => {
      if (!start.nextUri?.endsWith(request.url)) return false;
      response.setHeader('X-Trino-Started-Transaction-Id', 'tx-1');
      green.json(response, { id: start.id, stats: { state: 'FINISHED' } });
      return true;
    };
    await call(start.nextUri ?? '');
    expect((await post(gw.url, 'SELECT 1', { 'x-trino-transaction-id': 'tx-1' })).id).toMatch(/_bbbbb$/);
    expect((await post(gw.url, 'SELECT 1', { 'x-trino-transaction-id': 'NONE' })).id).toMatch(/_aaaaa$/);
  });

  test('kill_query goes to the cluster of the query it names', async () => {
    const { gw } = await two();
    const page = await post(gw.url, 'SELECT 1', { 'x-trino-routing-group': 'olap' });
    const kill = await post(
      gw.url,
      `CALL system.runtime.kill_query(query_id => '${page.id}', message => 'x')`,
    );
    expect(kill.id).toMatch(/_bbbbb$/);
  });
});

const ID = '20200416_160256_03078_6b4yt';

test.each([
  [`/v1/statement/queued/${ID}/y7d8/1`, '', ID],
  [`/v1/statement/scheduled/${ID}/y7d8/1`, '', ID],
  [`/v1/statement/executing/${ID}/y7d8/1`, '', ID],
  [`/v1/statement/executing/partialCancel/${ID}/0/y7d8/1`, '', ID],
  ['/v1/statement/queued/anything/y/1', '', 'anything'],
  ['/v1/statement', '', undefined],
  ['/v1/statement/', '', undefined],
  [`/v1/query/${ID}`, 'pretty', ID],
  ['/v1/query', '', undefined],
  [`/ui/api/query/${ID}`, '', ID],
  [`/ui/api/query/${ID}/killed`, '', ID],
  ['/ui/troubleshooting', `queryId=${ID}`, ID],
  ['/ui/query.html', ID, ID],
  ['/ui/login.html', `redirect=%2Fui%2Fapi%2Fquery%2F${ID}`, ID],
  ['/ui/api/query/myOtherThing', '', undefined],
  ['/ui/api/query/20200416_blah', '', undefined],
  ['/ui/', 'lang=en&p=1&id=0_1_2_a', undefined],
  ['/v1/spooled/download/abc', '', undefined],
])('%s?%s names %s', (path, search, id) => {
  expect(namedQuery(path, search)).toBe(id);
});

test.each([
  [`CALL system.runtime.kill_query('${ID}')`, ID],
  [`call SYSTEM.Runtime.KILL_QUERY ( '${ID}' , 'why' )`, ID],
  [`CALL system.runtime.kill_query(query_id => '${ID}', message => 'm')`, ID],
  [`CALL system.runtime.kill_query(message => 'm', query_id => '${ID}')`, ID],
  [`-- first\nCALL /* which */ "system".runtime."kill_query"('${ID}')`, ID],
  [`CALL other.runtime.kill_query('${ID}')`, undefined],
  [`CALL kill_query('${ID}')`, undefined],
  [`SELECT 'CALL system.runtime.kill_query(''${ID}'')'`, undefined],
  [`-- CALL system.runtime.kill_query('${ID}')\nSELECT 1`, undefined],
  ["CALL system.runtime.kill_query(message => 'm')", undefined],
  ['CALL system.runtime.kill_query', undefined],
  ['SELECT 1', undefined],
])('%s kills %s', (sql, id) => {
  expect(killedQuery(Buffer.from(sql), null, null)).toBe(id);
});

test('a short name of kill_query is completed from the session', () => {
  expect(killedQuery(Buffer.from(`CALL kill_query('${ID}')`), 'system', 'runtime')).toBe(ID);
  expect(killedQuery(Buffer.from(`CALL runtime.kill_query('${ID}')`), 'system', 'x')).toBe(ID);
  expect(killedQuery(Buffer.from(`CALL kill_query('${ID}')`), 'hive', 'runtime')).toBe(undefined);
});

describe('incarnations', () => {
  test('a new process behind a URL makes the old suffix gone', () => {
    const known = createIncarnations();
    expect(known.observe('http://a', 'aaaaa')).toBe(true);
    expect(known.observe('http://a', 'aaaaa')).toBe(false);
    expect(known.observe('http://a', 'bbbbb')).toBe(true);
    expect(known.find('aaaaa')).toEqual({ proxyTo: 'http://a', gone: true });
    expect(known.find('bbbbb')).toEqual({ proxyTo: 'http://a', gone: false });
    expect(known.find('ccccc')).toBe(undefined);
  });

  test('what traffic says is believed for routing, and ends nothing', () => {
    const known = createIncarnations();
    known.observe('http://a', 'aaaaa');
    expect(known.hear('http://a', 'bbbbb')).toBe(true);
    expect(known.hear('http://a', 'bbbbb')).toBe(false);
    expect(known.find('aaaaa')?.gone).toBe(false);
    expect(known.find('bbbbb')).toEqual({ proxyTo: 'http://a', gone: false });
  });

  test('a URL with several coordinators behind it never makes one of them gone', () => {
    const known = createIncarnations();
    for (const suffix of ['aaaaa', 'bbbbb', 'aaaaa', 'bbbbb', 'ccccc']) known.observe('http://a', suffix);
    expect(['aaaaa', 'bbbbb', 'ccccc'].map((s) => known.find(s)?.gone)).toEqual([false, false, false]);
  });

  test('a process that is also behind another URL lives on there', () => {
    const known = createIncarnations();
    known.observe('http://a', 'aaaaa');
    known.observe('http://b', 'aaaaa');
    known.observe('http://a', 'bbbbb');
    expect(known.find('aaaaa')).toEqual({ proxyTo: 'http://b', gone: false });
  });
});

test('open queries: however they begin and end, the counts add up', () => {
  const step = fc.record({
    id: fc.integer({ min: 0, max: 5 }),
    what: fc.constantFrom('begin', 'end', 'touch'),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const open = new OpenQueries(() => 0);
      const model = new Map<string, string>();
      for (const { id, what } of steps) {
        const key = `q${id}`;
        const at = `http://${id % 2}`;
        if (what === 'begin') {
          open.begin(key, at);
          model.set(key, at);
        } else if (what === 'end') {
          open.end(key);
          model.delete(key);
        } else open.touch(key);
      }
      for (const at of ['http://0', 'http://1']) {
        expect(open.count(at)).toBe([...model.values()].filter((v) => v === at).length);
      }
      open.close();
    }),
  );
});

test('an open query that nobody asks for in five minutes is counted no more', () => {
  let nowMs = 0;
  const open = new OpenQueries(() => nowMs);
  open.begin('a', 'http://x');
  open.begin('b', 'http://x');
  nowMs = 4 * 60_000;
  open.touch('b');
  nowMs = 6 * 60_000;
  open.sweep();
  expect([open.has('a'), open.has('b'), open.count('http://x')]).toEqual([false, true, 1]);
  open.close();
});

test('the LRU map keeps what was used last', () => {
  const lru = new Lru<string, number>(2);
  lru.set('a', 1);
  lru.set('b', 2);
  lru.get('a');
  lru.set('c', 3);
  expect([lru.get('a'), lru.get('b'), lru.get('c'), lru.size]).toEqual([1, undefined, 3, 2]);
});
