import { describe, expect, test } from 'vitest';
import { call, fake, gateway } from './helpers.ts';

const THIRD = {
  active: false,
  routingGroup: 'olap',
  externalUrl: 'http://127.0.0.1:9',
  name: 'third',
  proxyTo: 'http://127.0.0.1:9',
};

async function started() {
  const blue = await fake();
  const gw = await gateway({ backends: [{ name: 'blue', proxyTo: blue.url }] });
  await gw.until('blue', { trinoStatus: 'HEALTHY' });
  const get = (path: string) => call(`${gw.url}${path}`);
  const send = (path: string, body: unknown = undefined, type = 'application/json') =>
    call(`${gw.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': type },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const blueJson = {
    active: true,
    routingGroup: 'adhoc',
    externalUrl: blue.url,
    name: 'blue',
    proxyTo: blue.url,
  };
  return { blue, gw, get, send, blueJson };
}

describe('reading', () => {
  test('the backends, in the original’s shape and order of fields', async () => {
    const { get, send, blueJson } = await started();
    await send('/gateway/backend/modify/add', THIRD);
    const both = JSON.stringify([blueJson, THIRD]);
    for (const path of ['/gateway/backend/all', '/api/public/backends', '/entity/GATEWAY_BACKEND']) {
      const answer = await get(path);
      expect([path, answer.status, answer.text()]).toEqual([path, 200, both]);
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
    }
    expect((await get('/gateway/backend/active')).text()).toBe(JSON.stringify([blueJson]));
    expect((await get('/api/public/backends/third')).text()).toBe(JSON.stringify(THIRD));
    expect((await get('/entity')).text()).toBe('["GATEWAY_BACKEND"]');
    expect((await get('/gateway')).text()).toBe('ok');
  });

  test('the state: the original’s fields and ours', async () => {
    const { get, blue } = await started();
    const state = (await get('/api/public/backends/blue/state')).json();
    expect(state).toEqual({
      clusterId: 'blue',
      runningQueryCount: 0,
      queuedQueryCount: 0,
      numWorkerNodes: 0,
      trinoStatus: 'HEALTHY',
      proxyTo: blue.url,
      externalUrl: blue.url,
      routingGroup: 'adhoc',
      active: true,
      openQueries: 0,
      reason: 'ready',
      readiness: 'a scan of tpch.tiny.region (found by itself)',
      coordinatorSuffix: 'aaaaa',
      forwarding: 'forwarded',
      ejection: { isOut: false, failuresInARow: 0, failures: 0, refusals: 0, ejections: 0, spared: 0 },
      checkedAt: expect.stringMatching(/^\d{4}-/),
    });
    expect((await get('/rehearse/v1/backends')).json()).toEqual([
      { name: 'blue', ...(state as object), checkedAt: expect.anything() },
    ]);
  });

  test.each([
    ['/api/public/backends/nosuch', 404, ''],
    ['/api/public/backends/nosuch/state', 404, ''],
    ['/gateway/backend/nosuch', 404, ''],
    ['/v1/status', 404, ''],
    ['/v1/nosuch', 404, ''],
    ['/trino-gateway/livez', 200, 'ok'],
    ['/trino-gateway/readyz', 200, 'ok'],
  ])('GET %s is %i %j', async (path, status, text) => {
    const { get } = await started();
    const answer = await get(path);
    expect([answer.status, answer.text()]).toEqual([status, text]);
  });

  test('readyz is 503 until the first health round has ended', async () => {
    const blue = await fake();
    blue.hook = () => true;
    const gw = await gateway({
      backends: [{ name: 'blue', proxyTo: blue.url }],
      monitor: { timeout: '300ms' },
    });
    expect((await call(`${gw.url}/trino-gateway/readyz`)).status).toBe(503);
    await gw.until('blue', { trinoStatus: 'UNHEALTHY' });
    expect((await call(`${gw.url}/trino-gateway/readyz`)).status).toBe(200);
  });

  test('/ leads to the console, whose policy lets nothing else be loaded', async () => {
    const { get } = await started();
    const root = await get('/');
    expect([root.status, root.headers.location]).toEqual([303, '/trino-gateway']);
    const page = await get('/trino-gateway');
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    const assets = [...page.text().matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((m) => m[1] ?? '');
    expect(assets).toEqual(['/trino-gateway/console.css', '/trino-gateway/console.js']);
    for (const asset of assets) expect((await get(asset)).status).toBe(200);
  });
});

describe('changing', () => {
  test('deactivate and activate; an unknown name is 404 in the original’s words', async () => {
    const { gw, get, send } = await started();
    expect((await send('/gateway/backend/deactivate/blue')).status).toBe(200);
    expect((await get('/gateway/backend/active')).text()).toBe('[]');
    expect((await send('/gateway/backend/activate/blue')).text()).toBe('');
    await gw.until('blue', { trinoStatus: 'HEALTHY', active: true });
    const unknown = await send('/gateway/backend/activate/nosuch');
    expect([unknown.status, unknown.text()]).toEqual([
      404,
      'No cluster found with name: nosuch, could not (de)activate',
    ]);
  });

  test('a backend that is activated is PENDING until it has proved itself again', async () => {
    const { gw, blue, send } = await started();
    await send('/gateway/backend/deactivate/blue');
    blue.noNodes = true;
    await send('/gateway/backend/activate/blue');
    expect((await gw.state('blue')).trinoStatus).toBe('PENDING');
    blue.noNodes = false;
    await gw.until('blue', { trinoStatus: 'HEALTHY' });
  });

  test('add, update, delete', async () => {
    const { get, send } = await started();
    expect((await send('/gateway/backend/modify/add', THIRD)).text()).toBe(JSON.stringify(THIRD));
    const updated = { name: 'third', proxyTo: 'http://127.0.0.1:9', active: true, routingGroup: 'bi' };
    expect((await send('/gateway/backend/modify/update', updated)).json()).toEqual({
      ...THIRD,
      active: true,
      routingGroup: 'bi',
    });
    for (const type of ['text/plain', 'application/json']) {
      expect((await send('/gateway/backend/modify/delete', 'third', type)).status).toBe(200);
    }
    expect((await get('/api/public/backends/third')).status).toBe(404);
  });

  test.each([{}, { externalUrl: null }])('defaults of a new backend: %j', async (more) => {
    const { send } = await started();
    const backend = { name: 'x', proxyTo: 'http://127.0.0.1:9/', ...more };
    const added = await send('/gateway/backend/modify/add', backend);
    expect(added.json()).toEqual({
      active: true,
      routingGroup: 'adhoc',
      externalUrl: 'http://127.0.0.1:9',
      name: 'x',
      proxyTo: 'http://127.0.0.1:9',
    });
  });

  test.each([
    [{ name: 'bad' }, 400, /^proxyTo: is missing: expected a URL of scheme, host and port such as \S+$/],
    [
      { name: 'bad', proxyto: 'http://h:1' },
      400,
      /^proxyTo: is missing: .*; "proxyto" is no field: did you mean "proxyTo"\?$/,
    ],
    [{ proxyTo: 'http://127.0.0.1:9' }, 400, /^name: is missing: expected a text$/],
    [{ ...THIRD, name: '' }, 400, /^name: expected a text that is not empty, got ""$/],
    [{ ...THIRD, active: 'yes' }, 400, /^active: expected true or false, got "yes"$/],
    [[THIRD], 400, /^the body: expected a map, got a list$/],
    [{ ...THIRD, proxyTo: 'http://h:1/path' }, 400, /proxyTo: expected a URL of scheme, host and port/],
    ['', 400, /^the body: is missing: expected a map$/],
    ['['.repeat(100_000) + ']'.repeat(100_000), 400, /inside each other more than 100 levels deep/],
    ['{', 400, /^{"code":"JSON_PARSING_ERROR"/],
    [{ ...THIRD, name: 'blue' }, 409, /^The backend was not added: the name "blue" already exists$/],
  ])('adding %j is %i and says why', async (body, status, text) => {
    const { get, send } = await started();
    const answer = await send('/gateway/backend/modify/add', body);
    expect([answer.status, answer.text()]).toEqual([status, expect.stringMatching(text)]);
    expect((await get('/api/public/backends')).json()).toHaveLength(1);
  });

  test('what getAllBackends answers can be sent back', async () => {
    const { send, blueJson } = await started();
    const listed = (await send('/webapp/getAllBackends', {})).json() as { data: object[] };
    expect(listed.data).toEqual([{ ...blueJson, queued: 0, running: 0, status: 'HEALTHY' }]);
    const updated = await send('/webapp/updateBackend', listed.data[0]);
    expect(updated.json()).toEqual({ code: 200, msg: 'Successful.', data: blueJson });
  });

  test('the older editor API upserts', async () => {
    const { get, send, blueJson } = await started();
    const answer = await send('/entity?entityType=GATEWAY_BACKEND', { ...blueJson, routingGroup: 'bi' });
    expect([answer.status, answer.text()]).toEqual([200, '']);
    expect((await get('/api/public/backends/blue')).json()).toMatchObject({ routingGroup: 'bi' });
  });
});

test('PATCH on a proxied path is 405, other methods pass', async () => {
  const { gw } = await started();
  expect((await call(`${gw.url}/v1/statement`, { method: 'PATCH', body: 'x' })).status).toBe(405);
  expect((await call(`${gw.url}/v1/node`, { method: 'PUT', body: 'x' })).text()).toBe('PUT /v1/node');
});

test('neither SQL nor header values are ever logged', async () => {
  const { gw, send } = await started();
  await call(`${gw.url}/v1/statement`, {
    method: 'POST',
    body: 'SELECT secret_sql',
    headers: { 'x-trino-user': 'secret_user', authorization: 'secret_auth' },
  });
  await send('/gateway/backend/deactivate/blue');
  expect(JSON.stringify(gw.log.lines)).not.toMatch(/secret/);
});
