// The Java gateway's cookie of OAuth2 handshakes: made, taken, ended, and refused when somebody else made it.
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { call, fake, gateway } from './helpers.ts';

const SECRET = 'a secret of every node';

async function pair(more: object = {}) {
  const blue = await fake();
  const green = await fake({ suffix: 'bbbbb' });
  const gw = await gateway({
    backends: [
      { name: 'blue', proxyTo: blue.url, routingGroup: 'adhoc' },
      { name: 'green', proxyTo: green.url, routingGroup: 'etl' },
    ],
    gatewayCookieConfiguration: { enabled: true, cookieSigningSecret: SECRET },
    ...more,
  });
  for (const name of ['blue', 'green']) await gw.until(name, { trinoStatus: 'HEALTHY' });
  const ask = (path: string, headers: Record<string, string> = {}) =>
    call(`${gw.url}${path}`, { headers: { 'x-trino-user': 'u', ...headers } });
  const asked = (path: string) =>
    [blue, green].flatMap(({ received }, i) =>
      received.filter(({ url }) => url === path).map(() => ['blue', 'green'][i]),
    );
  return { blue, green, ask, asked };
}

const cookieOf = (headers: Record<string, unknown>): string =>
  /^[^;]*/.exec([headers['set-cookie']].flat().join(','))?.[0] ?? '';
const ETL = { 'x-trino-routing-group': 'etl' };

/** A cookie as another gateway with the secret makes it: its text is written out here by hand. */
function made(backend: string, atMs: number, secret = SECRET): string {
  const lines = (signature: string) => `{
  "backend" : "${backend}",
  "deletePaths" : [ "/logout", "/oauth2/logout" ],
  "name" : "TG.OAUTH2",
  "priority" : 0,
  "routingPaths" : [ "/oauth2", "/logout", "/oauth2/logout" ],${signature}
  "ts" : ${atMs},
  "ttl" : "10.00m"
}`;
  const signature = createHmac('sha256', secret).update(lines('')).digest('hex');
  const text = lines(`\n  "signature" : "${signature}",`);
  return `TG.OAUTH2=${Buffer.from(text).toString('base64').replaceAll('+', '-').replaceAll('/', '_')}`;
}

describe('a handshake', () => {
  test('goes on where it began, whatever group the next request names', async () => {
    const { ask, asked } = await pair();
    const { headers } = await ask('/oauth2/one', ETL);
    expect([headers['set-cookie']].flat().join()).toMatch(/^TG\.OAUTH2=[\w=-]+;Version=1;Max-Age=600$/);
    const next = await ask('/oauth2/two', { cookie: `a=b; ${cookieOf(headers)}` });
    expect(asked('/oauth2/two')).toEqual(['green']);
    expect(next.headers).not.toHaveProperty('set-cookie');
  });

  test('is taken up from another gateway with the same secret, also when quoted', async () => {
    const { green, ask, asked } = await pair();
    const [name, value] = made(green.url, Date.now()).split(/=(.*)/);
    await ask('/oauth2/token', { cookie: `${name}="${value}"` });
    expect(asked('/oauth2/token')).toEqual(['green']);
  });

  test('ends at a delete path, where it still goes to its cluster, and with its time', async () => {
    const { green, ask, asked } = await pair();
    const ended = await ask('/oauth2/logout', { cookie: made(green.url, Date.now()) });
    expect(ended.headers['set-cookie']).toBe('TG.OAUTH2=delete;Version=1;Max-Age=0');
    expect(asked('/oauth2/logout')).toEqual(['green']);
    const late = await ask('/oauth2/late', { cookie: made(green.url, Date.now() - 601_000) });
    expect(late.headers['set-cookie']).toBe('TG.OAUTH2=delete;Version=1;Max-Age=0');
    expect(asked('/oauth2/late')).toEqual(['blue']);
  });

  test('of a backend that is not configured is begun anew', async () => {
    const { ask, asked } = await pair();
    await ask('/oauth2/gone', { cookie: made('http://127.0.0.1:9', Date.now()) });
    expect(asked('/oauth2/gone')).toEqual(['blue']);
  });

  test.each([
    ['another secret', (url: string) => made(url, Date.now(), 'guessed')],
    [
      'another backend than was signed',
      (url: string) => swapped(made('http://127.0.0.1:1', Date.now()), url),
    ],
    ['no JSON', () => 'TG.OAUTH2=abc'],
    ['another name that begins with TG.', () => 'x=y; TG.OTHER=abc'],
    ['9 kB', () => `TG.OAUTH2=${'A'.repeat(9_000)}`],
  ])('with %s is refused, and looked at nowhere else', async (_name, cookie) => {
    const { green, ask, asked } = await pair();
    expect((await ask('/oauth2/bad', { cookie: cookie(green.url) })).status).toBe(400);
    expect(asked('/oauth2/bad')).toEqual([]);
    expect((await ask('/v1/info/bad', { cookie: cookie(green.url) })).status).not.toBe(400);
  });

  test('is left alone where cookies are off', async () => {
    const { green, ask, asked } = await pair({ gatewayCookieConfiguration: { enabled: false } });
    const { headers } = await ask('/oauth2/off', { cookie: made(green.url, Date.now()) });
    expect(asked('/oauth2/off')).toEqual(['blue']);
    expect(headers).not.toHaveProperty('set-cookie');
  });
});

function swapped(cookie: string, backend: string): string {
  const [name = '', value = ''] = cookie.split(/=(.*)/);
  const text = Buffer.from(value, 'base64url').toString().replace('http://127.0.0.1:1', backend);
  return `${name}=${Buffer.from(text).toString('base64url')}`;
}
