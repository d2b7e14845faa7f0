// What finds its cluster by its URL: keys, spooled segments, handshakes. Two clusters, and a balancer that alternates.

import { hash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { GatewayConfigInput } from '../../gateway/index.ts';
import { clusterPrefix } from '../../gateway/routing/cluster-key.ts';
import type { FakeCoordinator, Received } from './fake-coordinator.ts';
import { call, fake, finish, gateway, post } from './helpers.ts';

type Respond = (request: Received, response: ServerResponse) => boolean;

async function pair(options: Partial<GatewayConfigInput> = {}, ...hooks: Respond[]) {
  const clusters = [await fake(), await fake({ suffix: 'bbbbb' })] as const;
  clusters.forEach((cluster, i) => {
    const hook = hooks[i];
    if (hook !== undefined) cluster.hook = hook;
  });
  const { routing, ...others } = options;
  const start = async () => {
    const gw = await gateway({
      backends: clusters.map(({ url }, i) => ({ name: `b${i}`, proxyTo: url })),
      routing: { balancer: 'round-robin', ...routing },
      ...others,
    });
    for (const name of ['b0', 'b1']) await gw.until(name, { trinoStatus: 'HEALTHY' });
    return gw;
  };
  return { clusters, start, gw: await start() };
}

const keys: Partial<GatewayConfigInput> = { routing: { clusterKeyInUrls: true } };
const asked = (cluster: FakeCoordinator, start: string) =>
  cluster.received.filter(({ url }) => url.startsWith(start)).length;
const pathOf = (uri: string | undefined) => new URL(uri ?? '').pathname;

describe('the key of a cluster', () => {
  test('goes before the paths of nextUri, once however often it comes back, and the cluster never sees it', async () => {
    const { clusters, gw } = await pair(keys);
    const page = await post(gw.url, 'SELECT 1');
    const [owner] = clusters.filter(({ suffix }) => page.id.endsWith(suffix));
    const prefix = clusterPrefix(owner?.url ?? '');
    expect(pathOf(page.nextUri)).toMatch(new RegExp(`^${prefix}/v1/statement/`));
    const second = (await call(page.nextUri ?? '')).json() as { nextUri: string };
    expect(pathOf(second.nextUri)).toMatch(new RegExp(`^${prefix}/v1/statement/`));
    expect((await finish(page)).data).toEqual([[1]]);
    expect(clusters.flatMap(({ received }) => received).filter(({ url }) => url.includes('~'))).toEqual([]);
    expect((await gw.status()).proxy.sticky).toMatchObject({ key: 2, memory: 0 });
  });

  test('stands behind the prefix of an outer proxy', async () => {
    const { clusters, gw } = await pair(keys);
    const page = await post(gw.url, 'SELECT 1', { 'x-forwarded-prefix': '/trino/' });
    const [owner] = clusters.filter(({ suffix }) => page.id.endsWith(suffix));
    expect(pathOf(page.nextUri)).toMatch(new RegExp(`^/trino${clusterPrefix(owner?.url ?? '')}/v1/`));
  });

  test('leads to its cluster at a gateway that knows nothing of the query, also where two coordinators share a suffix', async () => {
    const { clusters, gw, start } = await pair(keys);
    for (const cluster of clusters) cluster.suffix = 'ccccc';
    const shared = [await post(gw.url, 'SELECT 3'), await post(gw.url, 'SELECT 4')];
    const other = await start();
    for (const page of shared) {
      const elsewhere = page.nextUri?.replace(gw.url, other.url) ?? '';
      expect((await finish({ ...page, nextUri: elsewhere })).data).toEqual([[1]]);
    }
  });

  test('of no backend leads nowhere: the query id decides', async () => {
    const { clusters, gw } = await pair(keys);
    const page = await post(gw.url, 'SELECT 1');
    const forged = page.nextUri?.replace(/~[\w-]{10}/, `~${hash('sha256', 'x', 'base64url').slice(0, 10)}`);
    expect((await call(forged ?? '')).status).toBe(200);
    const polled = clusters.filter((c) => asked(c, `/v1/statement/executing/${page.id}/`) > 0);
    expect(polled.map(({ suffix }) => suffix)).toEqual([page.id.slice(-5)]);
  });

  test('is told only where the configuration wants it, to clusters that accept forwarded headers, and with statements only', async () => {
    const told = ({ received }: FakeCoordinator) =>
      received.filter((r) => r.header('x-forwarded-prefix') !== undefined).map(({ url }) => url);
    const plain = await pair();
    await finish(await post(plain.gw.url, 'SELECT 1'));
    expect(plain.clusters.flatMap(told)).toEqual([]);

    const keyed = await pair(keys);
    await call(`${keyed.gw.url}/ui/`);
    await call(`${keyed.gw.url}/oauth2/callback`);
    expect(keyed.clusters.flatMap(told)).toEqual([]);
    for (const cluster of keyed.clusters) cluster.rejectForwarded = true;
    const wary = await keyed.start();
    expect((await finish(await post(wary.url, 'SELECT 1'))).data).toEqual([[1]]);
  });

  test('a page is looked at without it: its cookies are for /ui', async () => {
    const { clusters, gw } = await pair(keys);
    const prefix = clusterPrefix(clusters[1].url);
    const answer = await call(`${gw.url}${prefix}/ui/query.html?20261121_050607_00000_bbbbb`);
    expect([answer.status, answer.headers.location]).toEqual([
      307,
      '/ui/query.html?20261121_050607_00000_bbbbb',
    ]);
  });
});

describe('spooled segments', () => {
  /** As a coordinator does: it understands the addresses that it has made. */
  const storage =
    (own: string): Respond =>
    ({ url }, response) => {
      if (!url.startsWith('/v1/spooled/')) return false;
      if (url.endsWith(`/${own}`)) response.writeHead(200, { 'Content-Length': 3 }).end('0\0ÿ', 'latin1');
      else response.writeHead(500).end('cannot be decrypted');
      return true;
    };

  test('come from the cluster that made them, and are acknowledged there', async () => {
    const { clusters, gw } = await pair({}, storage('blue'), storage('green'));
    for (const [i, name] of ['blue', 'green'].entries()) {
      const answer = await call(`${gw.url}/v1/spooled/download/${name}`);
      expect([answer.status, answer.body.toString('latin1')]).toEqual([200, '0\0ÿ']);
      expect((await call(`${gw.url}/v1/spooled/ack/${name}`)).status).toBe(200);
      expect(asked(clusters[i] as FakeCoordinator, `/v1/spooled/ack/${name}`)).toBe(1);
      expect(asked(clusters[1 - i] as FakeCoordinator, `/v1/spooled/ack/${name}`)).toBe(0);
    }
  });

  test('by the key in their URL the others are not even asked', async () => {
    const { clusters, gw } = await pair(keys, storage('blue'), storage('green'));
    const [blue, green] = clusters;
    const answer = await call(`${gw.url}${clusterPrefix(green.url)}/v1/spooled/download/green`);
    expect(answer.status).toBe(200);
    expect(asked(blue, '/v1/spooled/')).toBe(0);
  });

  test('one that no cluster knows is answered as the last one answered; a redirect to storage passes as it is', async () => {
    const redirect: Respond = ({ url }, response) => {
      if (!url.startsWith('/v1/spooled/download/moved'))
        return storage('green')({ url } as Received, response);
      response.writeHead(303, { Location: 'https://storage.example/segment?signature=x%2Fy' }).end();
      return true;
    };
    const { gw } = await pair({}, storage('blue'), redirect);
    const unknown = await call(`${gw.url}/v1/spooled/download/red`);
    expect([unknown.status, unknown.text()]).toEqual([500, 'cannot be decrypted']);
    const moved = await call(`${gw.url}/v1/spooled/download/moved`);
    expect([moved.status, moved.headers.location]).toEqual([
      303,
      'https://storage.example/segment?signature=x%2Fy',
    ]);
  });
});

describe('OAuth2 handshakes', () => {
  /** A coordinator that refuses statements, and has the handshakes that it has begun. */
  const issuer =
    (name: string): Respond =>
    ({ method, url, ...request }, response) => {
      if (request.header('x-trino-user') === 'rehearse-probe') return false;
      const base = `http://${request.header('x-forwarded-host')}:${request.header('x-forwarded-port')}`;
      if (method === 'POST' && url === '/v1/statement') {
        const to = `x_redirect_server="${base}/oauth2/token/initiate/hash-${name}", x_token_server="${base}/oauth2/token/${name}"`;
        response.writeHead(401, { 'WWW-Authenticate': ['Basic realm="Trino"', `Bearer ${to}`] }).end();
      } else if (url === `/oauth2/token/initiate/hash-${name}`) {
        response.writeHead(303, { Location: `https://issuer.example/?state=state-${name}&x=1` }).end();
      } else if (url === `/oauth2/callback?code=1&state=state-${name}` || url === `/oauth2/token/${name}`) {
        response.end(`it is ${name}`);
      } else if (url.startsWith('/oauth2/')) {
        response.writeHead(404).end();
      } else {
        return false;
      }
      return true;
    };

  const refused = async (base: string) => {
    const answer = await call(`${base}/v1/statement`, { method: 'POST', body: 'SELECT 1' });
    expect(answer.status).toBe(401);
    const [, page = ''] =
      /x_redirect_server="([^"]+)"/.exec(String(answer.headers['www-authenticate'])) ?? [];
    const [, token = ''] = /x_token_server="([^"]+)"/.exec(String(answer.headers['www-authenticate'])) ?? [];
    return { page, token, name: token.slice(token.lastIndexOf('/') + 1) };
  };

  test.each([0, 1, 2, 3])('client and browser find the coordinator that began it (%i)', async (skip) => {
    const { gw } = await pair({}, issuer('blue'), issuer('green'));
    for (let i = 0; i < skip; i++) await refused(gw.url);
    const { name, page, token } = await refused(gw.url);
    const sent = await call(page);
    expect(sent.status).toBe(303);
    const { state } = Object.fromEntries(new URL(String(sent.headers.location)).searchParams);
    const back = await call(`${gw.url}/oauth2/callback?code=1&state=${state}`);
    expect([back.text(), (await call(token)).text()]).toEqual([`it is ${name}`, `it is ${name}`]);
  });

  test('a browser brings its cluster along to a node that has not seen the handshake', async () => {
    const { gw, start } = await pair({}, issuer('blue'), issuer('green'));
    for (let i = 0; i < 2; i++) {
      const { name, page } = await refused(gw.url);
      const cookie = String((await call(page)).headers['set-cookie']);
      expect(cookie).toMatch(
        /^rehearse-cluster=[\w-]{10}; Path=\/oauth2; Max-Age=600; HttpOnly; SameSite=Lax$/,
      );
      const other = await start();
      const headers = { cookie: `a=b; ${cookie.split(';')[0]}` };
      const back = await call(`${other.url}/oauth2/callback?code=1&state=state-${name}`, { headers });
      expect(back.text()).toBe(`it is ${name}`);
    }
  });
});

test('includeClusterHostInResponse names the host of the cluster in a cookie, with new statements only', async () => {
  const { gw } = await pair({ includeClusterHostInResponse: true });
  const posted = await call(`${gw.url}/v1/statement`, {
    method: 'POST',
    body: 'SELECT 1',
    headers: { 'x-trino-user': 'test' },
  });
  expect(posted.headers['set-cookie']).toBe('trinoClusterHost=127.0.0.1');
  const { nextUri } = posted.json() as { nextUri: string };
  expect((await call(nextUri)).headers['set-cookie']).toBeUndefined();
});
