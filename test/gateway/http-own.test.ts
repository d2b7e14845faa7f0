import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ownRoutes } from '../../gateway/http/own/routes.ts';
import type { GatewayConfigInput } from '../../gateway/index.ts';
import { call, fake, finish, gateway, post } from './helpers.ts';

async function started(more: GatewayConfigInput = {}) {
  const blue = await fake();
  const green = await fake({ suffix: 'bbbbb' });
  const gw = await gateway({
    backends: [
      { name: 'blue', proxyTo: blue.url, routingGroup: 'bi' },
      { name: 'green', proxyTo: green.url, routingGroup: 'bi', active: false },
    ],
    routing: { defaultRoutingGroup: 'bi' },
    ...more,
  });
  await gw.until('blue', { trinoStatus: 'HEALTHY' });
  await gw.until('green', { trinoStatus: 'HEALTHY' });
  const get = async (path: string) => call(`${gw.url}/rehearse/v1${path}`);
  const send = async (path: string, body: unknown) =>
    call(`${gw.url}/rehearse/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { blue, green, gw, get, send };
}

describe('draining', () => {
  test('no new queries, and the wait ends with the last old one', async () => {
    const { get, gw, send } = await started();
    const page = await post(gw.url, 'SELECT 1');
    const begun = (await send('/backends/blue/drain', '')).json();
    expect(begun).toMatchObject({ name: 'blue', active: false, openQueries: 1, drained: false });
    const waiting = get('/backends/blue/drain?waitSeconds=20');
    expect((await get('/backends/blue/drain')).json()).toMatchObject({ drained: false });
    await finish(page);
    expect((await waiting).json()).toMatchObject({ active: false, openQueries: 0, drained: true });
  });

  test('a wait that runs out says so, and an active backend is never drained', async () => {
    const { get } = await started();
    const answer = await get('/backends/blue/drain?waitSeconds=0.3');
    expect([answer.status, answer.json()]).toEqual([
      200,
      expect.objectContaining({ active: true, drained: false }),
    ]);
    expect((await get('/backends/blue/drain?waitSeconds=-1')).status).toBe(400);
    expect((await get('/backends/blue/drain?waitSeconds=x')).json()).toEqual({
      error: expect.stringMatching(/^waitSeconds: /),
    });
  });

  test('an unknown backend is 404', async () => {
    const { get, send } = await started();
    for (const answer of [await get('/backends/no/drain'), await send('/backends/no/drain', '')]) {
      expect([answer.status, answer.json()]).toEqual([404, { error: 'there is no backend named "no"' }]);
    }
  });

  test('the roll shows who serves, drains and is done', async () => {
    const { get, gw, send } = await started();
    const phases = async () => {
      const [roll] = (await get('/rolls')).json() as {
        serving: number;
        rolling: boolean;
        backends: { phase: string }[];
      }[];
      return [roll?.serving, roll?.rolling, roll?.backends.map((b) => b.phase)];
    };
    expect(await phases()).toEqual([1, false, ['serving', 'drained']]);
    const page = await post(gw.url, 'SELECT 1');
    await send('/backends/blue/drain', '');
    expect(await phases()).toEqual([0, true, ['draining', 'drained']]);
    await finish(page);
    expect(await phases()).toEqual([0, false, ['drained', 'drained']]);
  });
});

test('open queries, whose they are, and how long; never their text', async () => {
  const { get, gw } = await started();
  const headers = { 'x-trino-source': 'superset' };
  const page = await post(gw.url, 'SELECT secret', headers);
  await post(gw.url, 'SELECT 2', { 'x-trino-user': 'other' });
  const all = (await get('/queries')).json() as { total: number; queries: object[] };
  expect(all.total).toBe(2);
  expect(all.queries[0]).toEqual({
    queryId: page.id,
    backend: 'blue',
    user: 'test',
    source: 'superset',
    group: 'bi',
    ageMs: expect.any(Number),
    idleMs: expect.any(Number),
  });
  expect((await get('/queries?limit=1')).json()).toMatchObject({ total: 2, queries: [{ queryId: page.id }] });
  expect((await get('/queries?user=other')).json()).toMatchObject({ total: 1, queries: [{ user: 'other' }] });
  expect((await get('/queries?backend=green')).json()).toEqual({ total: 0, queries: [] });
  expect((await get('/queries?limit=1001')).status).toBe(400);
  expect((await get('/queries')).text()).not.toContain('secret');
});

describe('explaining', () => {
  const rules = join(tmpdir(), `rehearse-explain-${process.pid}.yaml`);
  writeFileSync(
    rules,
    `name: superset
condition: 'request.getHeader("X-Trino-Source") == "superset"'
actions: ['result.put("routingGroup", "bi")']
---
name: nobody
priority: 5
condition: 'request.getHeader("X-Trino-User") == "nobody"'
actions: ['result.put("routingGroup", "nowhere")']
`,
  );

  test('the group, who decided it, what each rule said, and each candidate with its reason', async () => {
    const { send } = await started({
      routingRules: { rulesEngineEnabled: true, rulesConfigPath: rules },
      routing: { defaultRoutingGroup: 'other' },
    });
    const answer = await send('/explain', { headers: { 'X-Trino-Source': 'superset' }, user: 'ann' });
    expect(answer.json()).toMatchObject({
      group: 'bi',
      by: 'rule superset',
      rules: [
        { name: 'superset', matched: true, sets: 'bi', groupAfter: 'bi', fault: null },
        { name: 'nobody', matched: false, sets: null, groupAfter: 'bi', fault: null },
      ],
      candidates: [
        { name: 'blue', group: 'bi', eligible: true, reason: 'HEALTHY: ready', openQueries: 0 },
        { name: 'green', group: 'bi', eligible: false, reason: 'inactive', openQueries: 0 },
      ],
    });
    expect((await send('/explain', '')).json()).toMatchObject({
      group: 'other',
      by: 'default',
      candidates: [],
    });
  });

  test('nothing is sent and nothing is counted', async () => {
    const { blue, gw, send } = await started();
    const before = blue.received.filter((r) => r.method === 'POST' && r.url === '/v1/statement').length;
    await send('/explain', { body: 'SELECT 1' });
    const after = blue.received.filter((r) => r.method === 'POST' && r.url === '/v1/statement').length;
    expect(after).toBe(before);
    expect((await gw.status()).proxy).toMatchObject({ submitted: 0 });
  });

  test.each([
    ['{', 400, /JSON_PARSING_ERROR/],
    [{ group: 'bi' }, 400, /^unknown field "group"; known here: method, path/],
    [{ path: 'http://evil/' }, 400, /^path: /],
    [{ headers: { a: 1 } }, 400, /^headers\.a: /],
    [{ method: 'TRACE' }, 400, /^method: /],
  ])('%j is %i', async (body, status, text) => {
    const { send } = await started();
    const answer = await send('/explain', body);
    expect([answer.status, answer.text()]).toEqual([status, expect.stringMatching(text)]);
  });
});

test('rules with their faults, and reloads', async () => {
  const { get, send } = await started();
  expect((await get('/rules')).json()).toEqual([]);
  expect((await get('/reloads')).json()).toEqual({ succeeded: 0, failed: 0, last: null });
  expect((await send('/reloads', '')).json()).toMatchObject({
    succeeded: 1,
    last: { trigger: 'api', ok: true, problems: [] },
  });
});

describe('the OpenAPI document', () => {
  test('has every route under /rehearse, and only those', async () => {
    const { get } = await started();
    const document = (await get('/openapi.json')).json() as {
      paths: Record<string, Record<string, unknown>>;
    };
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = ownRoutes({} as never, {} as never).map(
      (r) => `${r.method} ${r.path.replace(/:(\w+)/g, '{$1}')}`,
    );
    expect(described.toSorted()).toEqual(routes.toSorted());
  });

  test('every answer fits the schema that the document is made from', async () => {
    const { get, gw, send } = await started();
    await post(gw.url, 'SELECT 1');
    for (const route of ownRoutes({} as never, {} as never)) {
      const path = route.path.replace('/rehearse/v1', '').replace(':name', 'blue');
      const body = path.endsWith('/share') ? { percent: 10 } : '';
      const answer = await (route.method === 'GET' ? get(path) : send(path, body));
      const parsed = route.response.safeParse(answer.json());
      expect([route.path, answer.status, parsed.error?.message]).toEqual([route.path, 200, undefined]);
    }
  });
});
