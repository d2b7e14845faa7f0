// The admin API against what nobody sends by mistake: sizes, types, paths, other sites, guessing.
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { attempts } from '../../gateway/auth/attempts.ts';
import { isForeign } from '../../gateway/http/origin.ts';
import type { GatewayConfigInput } from '../../gateway/index.ts';
import { call, fake, gateway, post } from './helpers.ts';

const BLUE = { name: 'blue', proxyTo: 'http://127.0.0.1:9' };

async function started(more: GatewayConfigInput = {}) {
  const gw = await gateway({ backends: [BLUE], ...more });
  const send = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    call(gw.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { gw, send };
}

/** Sends bytes as they are; answers what came back until the server closed, or the first answer is there. */
function raw(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let got = '';
    socket.on('data', (part) => {
      got += part;
      if (/\r\n\r\n/.test(got)) socket.end();
    });
    socket.on('close', () => resolve(got));
    socket.on('error', (error) => (got === '' ? reject(error) : resolve(got)));
  });
}

describe('bodies', () => {
  test('50 MB are refused without being kept, and the gateway goes on', async () => {
    const { gw, send } = await started();
    const before = process.memoryUsage().rss;
    const huge = Buffer.alloc(50 * 1024 * 1024, 0x20);
    const answer = await call(`${gw.url}/gateway/backend/modify/add`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: huge,
    }).catch(() => undefined);
    expect(answer?.status ?? 413).toBe(413);
    expect(process.memoryUsage().rss - before).toBeLessThan(120 * 1024 * 1024);
    expect((await send('/webapp/getAllBackends', {})).status).toBe(200);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
  ])('JSON as %s is 415 and changes nothing', async (type) => {
    const { gw, send } = await started();
    const answer = await send(
      '/gateway/backend/modify/add',
      { ...BLUE, name: 'x' },
      { 'content-type': type },
    );
    expect(answer.status).toBe(415);
    expect((await call(`${gw.url}/api/public/backends/x`)).status).toBe(404);
  });

  test.each([
    ['null', 400],
    ['[]', 400],
    ['"text"', 400],
    ['1', 400],
    ['{"name":{"a":1},"proxyTo":"http://127.0.0.1:9"}', 400],
    [`{"name":"${'x'.repeat(300)}","proxyTo":"http://127.0.0.1:9"}`, 400],
    ['{"name":"a\\r\\nX-Evil: 1","proxyTo":"http://127.0.0.1:9"}', 400],
    ['{"name":"x","proxyTo":"http://127.0.0.1:9","routingGroup":"\\u0000"}', 400],
    ['{"name":"x","proxyTo":"file:///etc/passwd"}', 400],
    ['{"name":"x","proxyTo":"http://user:pw@127.0.0.1:9"}', 400],
    ['{"name":"x","proxyTo":"http://127.0.0.1:9"', 400],
    [`${'['.repeat(200_000)}`, 400],
  ])('%j is %i', async (body, status) => {
    const { send } = await started();
    expect((await send('/gateway/backend/modify/add', body)).status).toBe(status);
  });

  test.each([
    [{ page: 0 }, /page/],
    [{ size: 2_001 }, /size/],
    [{ page: '1' }, /page/],
    [{ user: { $ne: '' } }, /user/],
  ])('findQueryHistory %j is 400 and names the field', async (body, text) => {
    const { send } = await started();
    const answer = await send('/webapp/findQueryHistory', body);
    expect([answer.status, answer.text()]).toEqual([400, expect.stringMatching(text)]);
  });

  test('filters are values, never SQL', async () => {
    const blue = await fake();
    const { gw, send } = await started({ backends: [{ name: 'blue', proxyTo: blue.url }] });
    await gw.until('blue', { trinoStatus: 'HEALTHY' });
    const { id } = await post(gw.url, 'SELECT 1');
    const total = async (filter: object) =>
      ((await send('/webapp/findQueryHistory', filter)).json() as { data: { total: number } }).data.total;
    await expect.poll(() => total({ queryId: id })).toBe(1);
    for (const evil of ["' OR '1'='1", "x'; DROP TABLE query_history; --", '%', '_'])
      expect([evil, await total({ user: evil })]).toEqual([evil, 0]);
    expect(await total({})).toBe(1);
  });
});

describe('paths and names', () => {
  test.each([
    '/gateway/../entity',
    '/gateway//backend/all',
    '/gateway/%2e%2e/entity',
    '/trino-gateway/../../package.json',
    '/trino-gateway/%2e%2e/%2e%2e/package.json',
    '/trino-gateway/..%2fconsole%2froutes.ts',
    '/rehearse/v1/../../entity',
    '/api/public/backends/..%2fblue',
    '/GATEWAY/backend/all',
  ])('%s leads nowhere', async (path) => {
    const { gw } = await started();
    const answer = await raw(gw.url, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
  });

  test('a name with anything in it stays a value in answers and headers', async () => {
    const { gw, send } = await started();
    for (const name of ['<script>', 'ü ☃', 'a/b?c#d', "'; DROP TABLE gateway_backend; --"]) {
      expect((await send('/gateway/backend/modify/add', { ...BLUE, name })).status).toBe(200);
      const got = await call(`${gw.url}/api/public/backends/${encodeURIComponent(name)}`);
      expect([got.json(), got.headers['x-evil']]).toEqual([expect.objectContaining({ name }), undefined]);
      const path = `/gateway/backend/deactivate/${encodeURIComponent(`${name}!`)}`;
      const missing = await call(gw.url + path, { method: 'POST' });
      expect([
        missing.status,
        missing.headers['content-type'],
        missing.headers['x-content-type-options'],
      ]).toEqual([404, 'text/plain;charset=iso-8859-1', undefined]);
      const removed = await send('/webapp/deleteBackend', { name });
      expect(removed.json()).toEqual({ code: 200, msg: 'Successful.', data: true });
    }
    expect((await call(`${gw.url}/api/public/backends`)).json()).toHaveLength(1);
  });
});

describe('pages of other sites', () => {
  test.each([
    [{}, false],
    [{ 'sec-fetch-site': 'same-origin', origin: 'http://gw:1' }, false],
    [{ 'sec-fetch-site': 'none' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, true],
    [{ 'sec-fetch-site': 'same-site', host: 'gw:1', origin: 'http://evil.gw:1' }, true],
    [{ host: 'gw:1', origin: 'http://gw:1' }, false],
    [{ host: 'gw:1', origin: 'http://gw:2' }, true],
    [{ host: 'gw:1', origin: 'http://gw:1.evil.example' }, true],
    [{ host: 'gw:1', origin: 'null' }, true],
    [{ host: 'inner:1', 'x-forwarded-host': 'gw.example', origin: 'https://gw.example' }, false],
    [{ host: 'GW.example:443', origin: 'https://gw.example' }, false],
  ])('%j: foreign %s', (headers, foreign) => {
    expect(isForeign(headers)).toBe(foreign);
  });

  test('change nothing, whatever cookie the browser adds, and may still read what is public', async () => {
    const { gw, send } = await started();
    const foreign = { origin: 'http://evil.example', cookie: 'token=x' };
    for (const path of [
      '/gateway/backend/deactivate/blue',
      '/webapp/deleteBackend',
      '/rehearse/v1/backends/blue/drain',
    ])
      expect([path, (await send(path, { name: 'blue' }, foreign)).status]).toEqual([path, 403]);
    expect((await call(`${gw.url}/api/public/backends/blue`, { headers: foreign })).json()).toMatchObject({
      active: true,
    });
  });
});

describe('guessing passwords', () => {
  const USERS: GatewayConfigInput = {
    authentication: { form: {} },
    presetUsers: { ann: { password: 'right', privileges: '' }, bob: { password: 'b', privileges: '' } },
  };
  const basic = (user: string, password: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  });
  const REASON = /^Too many failed logins .*: try again in (\d+) s\./;

  async function guessedAt() {
    const { gw, send } = await started(USERS);
    const login = (username: string, password: string) => send('/login', { username, password });
    const guess = async () => {
      for (let i = 0; i < 10; i++)
        expect((await login('ann', `wrong${i}`)).json()).toMatchObject({ code: 500 });
    };
    return { gw, login, send, guess };
  }

  test('ten failures, then 429 with the time to wait even for the right one; others get in', async () => {
    const { guess, login, send } = await guessedAt();
    await guess();
    const held = await login('ann', 'right');
    expect(held.json()).toEqual({ code: 429, msg: expect.stringMatching(REASON) });
    for (const [path, told] of [
      ['/userinfo', (text: string) => text],
      ['/rehearse/v1/reloads', (text: string) => (JSON.parse(text) as { error: string }).error],
    ] as const) {
      const answer = await send(path, '', basic('ann', 'right'));
      const seconds = REASON.exec(told(answer.text()))?.[1];
      expect([path, answer.status, answer.headers['retry-after']]).toEqual([path, 429, seconds]);
      expect(Number(seconds)).toBeGreaterThan(0);
      expect(Number(seconds)).toBeLessThanOrEqual(60);
    }
    expect([held.status, Number(held.headers['retry-after'])]).toEqual([429, expect.any(Number)]);
    expect((await login('bob', 'b')).json()).toMatchObject({ code: 200 });
  });

  test('who was let in before goes on getting in, by session, password and form; the guesses do not', async () => {
    const { guess, login, send } = await guessedAt();
    const { token } = ((await login('ann', 'right')).json() as { data: { token: string } }).data;
    await guess();
    expect((await login('ann', 'wrong')).status).toBe(429);
    expect((await send('/userinfo', '', basic('ann', 'right'))).status).toBe(200);
    expect((await send('/userinfo', '', { authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await login('ann', 'right')).json()).toMatchObject({ code: 200 });
    expect((await send('/userinfo', '', basic('ann', 'wrong'))).status).toBe(429);
  });

  test('the owner’s own use of his password gives nobody new guesses', async () => {
    const { login, send } = await guessedAt();
    await login('ann', 'right');
    for (let i = 0; i < 10; i++) {
      await login('ann', `wrong${i}`);
      await send('/userinfo', '', basic('ann', 'right'));
    }
    expect((await login('ann', 'wrong')).status).toBe(429);
  });

  test('the window passes, a success clears the name, and memory is bounded', () => {
    let now = 0;
    const tried = attempts(() => now, { mostFailures: 2, windowMs: 100 });
    tried.failed('a', 'ann');
    tried.succeeded('a', 'ann');
    tried.failed('a', 'ann');
    expect(tried.waitMs('a', 'ann')).toBe(0);
    tried.failed('a', 'ann');
    expect([tried.waitMs('a', 'ann'), tried.waitMs('b', 'ann'), tried.waitMs('a', 'bob')]).toEqual([
      100, 0, 0,
    ]);
    for (let i = 0; i < 20; i++) tried.failed('a', `n${i}`);
    expect(tried.waitMs('a', 'new')).toBe(100);
    now = 100;
    expect([tried.waitMs('a', 'ann'), tried.waitMs('a', 'new')]).toEqual([0, 0]);
    for (let i = 0; i < 30_000; i++) tried.failed(`x${i}`, 'ann');
    expect(tried.size).toBeLessThanOrEqual(10_000);
  });

  test('no answer and no log line holds a password, a token or a key', async () => {
    const { gw, send } = await started({
      authentication: { form: {} },
      presetUsers: { ann: { password: 'pass-word', privileges: 'ADMIN' } },
    });
    const token = (
      (await send('/login', { username: 'ann', password: 'pass-word' })).json() as {
        data: { token: string };
      }
    ).data.token;
    const headers = { authorization: `Bearer ${token}` };
    let told = '';
    for (const path of ['/rehearse/v1/status', '/rehearse/v1/backends', '/entity', '/rehearse/v1/changes'])
      told += (await call(gw.url + path, { headers })).text();
    told += (await send('/userinfo', '', headers)).text() + JSON.stringify(gw.log.lines);
    expect(told).not.toContain('pass-word');
    expect(told).not.toContain(token.split('.')[2]);
  });

  test('a session of a user who is no more is none', async () => {
    const users = { authentication: { form: {} }, presetUsers: { ann: { password: 'a', privileges: '' } } };
    const { send } = await started(users);
    const { token } = (
      (await send('/login', { username: 'ann', password: 'a' })).json() as {
        data: { token: string };
      }
    ).data;
    const other = await started({ ...users, presetUsers: { bob: { password: 'a', privileges: '' } } });
    const answer = await other.send('/userinfo', '', { authorization: `Bearer ${token}` });
    expect(answer.status).toBe(403);
  });
});

test('changes are recorded with who asked and from where', async () => {
  const { gw, send } = await started({
    authentication: { form: {} },
    presetUsers: { ann: { password: 'p', privileges: '' } },
  });
  const headers = { authorization: `Basic ${Buffer.from('ann:p').toString('base64')}` };
  await send('/gateway/backend/deactivate/blue', '', headers);
  await send('/webapp/deleteBackend', { name: 'blue' }, headers);
  const changes = (await call(`${gw.url}/rehearse/v1/changes`, { headers })).json() as { before: string }[];
  expect(changes).toMatchObject([
    { actor: 'ann', origin: '127.0.0.1', action: 'delete', kind: 'backend', name: 'blue' },
    { actor: 'ann', origin: '127.0.0.1', action: 'deactivate', kind: 'backend', name: 'blue' },
  ]);
  expect(JSON.parse(changes[1]?.before ?? '')).toMatchObject({ active: true });
});

test('unknown fields are ignored as in the Java gateway, also those that name a prototype', async () => {
  const { gw, send } = await started();
  const body = '{"name":"x","proxyTo":"http://127.0.0.1:9","colour":1,"__proto__":{"active":false}}';
  expect((await send('/gateway/backend/modify/add', body)).status).toBe(200);
  expect((await call(`${gw.url}/api/public/backends/x`)).json()).toMatchObject({ active: true });
});

test('with compat: strict mistakes end as in the Java gateway, without its stack trace', async () => {
  const { send } = await started({ compat: 'strict' });
  const slashed = { ...BLUE, name: 'x', proxyTo: 'http://127.0.0.1:9/' };
  const added = await send('/gateway/backend/modify/add', slashed);
  expect(added.json()).toMatchObject({ proxyTo: 'http://127.0.0.1:9/', externalUrl: 'http://127.0.0.1:9/' });
  const page = /^<html>\n<head>\n<title>Error 500 /;
  for (const body of [slashed, { name: 'y<script>' }, '']) {
    const answer = await send('/gateway/backend/modify/add', body);
    expect([answer.status, answer.headers['content-type']]).toEqual([500, 'text/html;charset=iso-8859-1']);
    expect(answer.text()).toMatch(page);
    expect(answer.text()).not.toContain('<script>');
  }
  expect((await send('/gateway/backend/modify/add', '{')).status).toBe(400);
  expect((await send('/entity', BLUE)).status).toBe(500);
  expect((await send('/sso', '')).text()).toBe('');
});
