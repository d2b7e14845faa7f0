// The external router against a service on loopback: what it is asked, and each kind of answer or trouble.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { externalBody } from '../../gateway/routing/external/body.ts';
import { createBreaker } from '../../gateway/routing/external/breaker.ts';
import { isSettable } from '../../gateway/routing/header-changes.ts';
import type { RequestFacts } from '../../gateway/routing/request.ts';
import { call, fake, gateway, post } from './helpers.ts';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly rawNames: readonly string[];
  readonly json: Record<string, unknown>;
}

/** A router service; `respond` may be exchanged while it runs. */
async function service(respond: (response: ServerResponse) => void) {
  const asked: Asked[] = [];
  const it = { asked, url: '', respond };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    asked.push({
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      rawNames: request.rawHeaders.filter((_, i) => i % 2 === 0),
      json: JSON.parse(Buffer.concat(chunks).toString()),
    });
    it.respond(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  it.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/route?v=1`;
  return it;
}

const json =
  (value: unknown, status = 200, type = 'application/json') =>
  (response: ServerResponse) => {
    response.writeHead(status, { 'Content-Type': type }).end(JSON.stringify(value));
  };

type Settings = Record<string, unknown>;

async function routed(url: string, settings: Settings = {}, routing: Settings = {}) {
  const adhoc = await fake({ suffix: 'aaaaa' });
  const etl = await fake({ suffix: 'bbbbb' });
  const header = await fake({ suffix: 'ccccc' });
  const gw = await gateway({
    backends: [
      { name: 'adhoc-1', proxyTo: adhoc.url },
      { name: 'etl-1', proxyTo: etl.url, routingGroup: 'etl' },
      { name: 'header-1', proxyTo: header.url, routingGroup: 'from-header' },
    ],
    routing: { emptyGroup: 'hold', ...routing },
    routingRules: {
      rulesEngineEnabled: true,
      rulesType: 'EXTERNAL',
      rulesExternalConfiguration: { urlPath: url, ...settings },
    },
  });
  for (const name of ['adhoc-1', 'etl-1', 'header-1']) await gw.until(name, { trinoStatus: 'HEALTHY' });
  const group = async (headers: Record<string, string> = {}) =>
    ({ aaaaa: 'adhoc', bbbbb: 'etl', ccccc: 'from-header' })[
      (await post(gw.url, 'SELECT 1', headers)).id.slice(-5)
    ];
  const routerStatus = async () =>
    ((await gw.status()) as unknown as { externalRouter: Record<string, unknown> }).externalRouter;
  return { adhoc, etl, gw, group, routerStatus };
}

const TO_HEADER = { 'X-Trino-Routing-Group': 'from-header' };

describe('what is asked', () => {
  test('the client’s headers go along, without excluded ones in any case and without those of its body', async () => {
    const router = await service(json({ routingGroup: 'etl' }));
    const { gw } = await routed(router.url, { excludeHeaders: ['x-SECRET'] });
    await call(`${gw.url}/v1/statement?pretty=true&pretty=no`, {
      method: 'POST',
      body: 'SELECT 1',
      headers: {
        'X-Trino-User': 'alice',
        'X-Secret': 's',
        'X-Trino-Client-Tags': 'a,b',
        'content-type': 'text/plain',
      },
    });
    const [asked] = router.asked;
    expect(asked).toMatchObject({ method: 'POST', path: '/route?v=1' });
    expect(asked?.headers).toMatchObject({
      'x-trino-user': 'alice',
      'x-trino-client-tags': 'a,b',
      'content-type': 'application/json; charset=utf-8',
      host: new URL(router.url).host,
    });
    expect(asked?.rawNames.filter((n) => /^(?:x-secret|content-type|content-length)$/i.test(n))).toHaveLength(
      2,
    );
    expect(asked?.json).toEqual({
      contentType: 'application/json',
      method: 'POST',
      requestURI: '/v1/statement',
      queryString: 'pretty=true&pretty=no',
      remoteAddr: '127.0.0.1',
      remoteHost: '127.0.0.1',
      parameters: { pretty: ['true', 'no'] },
    });
  });

  // Recorded from the Java gateway's own encoder, release 21.
  const request = {
    method: 'POST',
    path: '/v1/statement',
    url: '/v1/statement',
    address: '10.0.0.7',
    rawHeaders: [],
    header: () => null,
  };
  const query = {
    body: 'SELECT 1',
    queryType: 'Query',
    resourceGroupQueryType: 'SELECT',
    tables: [{ catalog: 'cat', schema: 'sch', table: 't' }],
    defaultCatalog: undefined,
    defaultSchema: 's',
    catalogs: ['cat'],
    schemas: [],
    catalogSchemas: ['cat.sch'],
    isNewQuerySubmission: true,
    isQueryParsingSuccessful: true,
    errorMessage: undefined,
    queryId: undefined,
  };
  const common = {
    contentType: 'application/json',
    method: 'POST',
    requestURI: '/v1/statement',
    remoteAddr: '10.0.0.7',
    remoteHost: '10.0.0.7',
    parameters: {},
  };
  test.each<[string, RequestFacts | undefined, object]>([
    ['without an analysis', undefined, common],
    [
      'with one: empty values are left out, but userInfo is null',
      { query, user: { user: undefined, userInfo: undefined } },
      {
        ...common,
        trinoQueryProperties: {
          body: 'SELECT 1',
          queryType: 'Query',
          resourceGroupQueryType: 'SELECT',
          tables: ['cat.sch.t'],
          defaultSchema: 's',
          catalogs: ['cat'],
          schemas: [],
          catalogSchemas: ['cat.sch'],
          isNewQuerySubmission: true,
          isQueryParsingSuccessful: true,
        },
        trinoRequestUser: { userInfo: null },
      },
    ],
    [
      'with a userinfo: it is a text',
      { query, user: { user: 'alice', userInfo: { sub: 'a' } } },
      expect.objectContaining({ trinoRequestUser: { user: 'alice', userInfo: '{"sub":"a"}' } }),
    ],
  ])('%s', (_, facts, expected) => {
    expect(JSON.parse(externalBody(request, facts))).toEqual(expected);
  });
});

describe('answers', () => {
  test.each<[string, (response: ServerResponse) => void, string]>([
    ['a group', json({ routingGroup: 'etl' }), 'etl'],
    ['a group with status 206', json({ routingGroup: 'etl' }, 206), 'etl'],
    ['a type with a charset', json({ routingGroup: 'etl' }, 200, 'Application/JSON; charset=utf-8'), 'etl'],
    ['null', json({ routingGroup: null }), 'adhoc'],
    ['an empty group', json({ routingGroup: '' }), 'adhoc'],
    ['nothing', json({}), 'adhoc'],
    ['unknown keys', json({ routingGroup: 'etl', more: 1 }), 'etl'],
    ['errors that are not to be told', json({ routingGroup: 'etl', errors: ['no'] }), 'etl'],
    ['a failure', json({ routingGroup: 'etl' }, 500), 'from-header'],
    ['a status of no success', json({ routingGroup: 'etl' }, 404), 'from-header'],
    ['a status above 206', json({ routingGroup: 'etl' }, 207), 'from-header'],
    ['another type', json({ routingGroup: 'etl' }, 200, 'text/plain'), 'from-header'],
    ['a redirect', (response) => response.writeHead(307, { Location: '/elsewhere' }).end(), 'from-header'],
    [
      'garbage',
      (response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"routingGroup":'),
      'from-header',
    ],
    ['another form', json({ routingGroup: ['etl'] }), 'from-header'],
    ['a list', json(['etl']), 'from-header'],
    ['a lot', json({ routingGroup: 'etl', more: 'x'.repeat(100_000) }), 'from-header'],
    ['a hang-up', (response) => response.destroy(), 'from-header'],
    [
      'half an answer',
      (response) => {
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 100 });
        response.write('{"routing', () => response.destroy());
      },
      'from-header',
    ],
  ])('%s', async (_, respond, expected) => {
    const router = await service(respond);
    const { group } = await routed(router.url);
    expect(await group(TO_HEADER)).toBe(expected);
  });

  test('without an answer and without a header the default group is taken', async () => {
    const router = await service(json({}, 500));
    const { group, gw } = await routed(router.url);
    expect(await group()).toBe('adhoc');
    expect((await gw.status()).proxy.decisions).toEqual({ 'adhoc by default': 1 });
  });

  test('errors are told where the configuration says so', async () => {
    const router = await service(json({ routingGroup: 'etl', errors: ['no catalog', 'no user'] }));
    const { gw, etl } = await routed(router.url, { propagateErrors: true });
    const answer = await call(`${gw.url}/v1/statement`, { method: 'POST', body: 'SELECT 1' });
    expect([answer.status, answer.json()]).toEqual([400, ['no catalog', 'no user']]);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(etl.statements).toHaveLength(0);
  });

  test('headers of the answer replace those of the client, whatever their case', async () => {
    const router = await service(
      json({
        routingGroup: 'etl',
        externalHeaders: {
          'x-trino-client-TAGS': 'etl',
          'X-New': 'n',
          'X-Secret': 'mine',
          Host: 'evil',
          'X-Split': 'a\r\nX-User: b',
          'X-Null': null,
        },
      }),
    );
    const { etl, group } = await routed(router.url, { excludeHeaders: ['x-secret'] });
    await group({ 'X-Trino-Client-Tags': 'mine', 'X-Secret': 'of the client' });
    const [sent] = etl.statements;
    const lines = (name: string) =>
      (sent?.rawHeaders ?? []).filter((_, i, all) => i % 2 === 1 && all[i - 1]?.toLowerCase() === name);
    expect(lines('x-trino-client-tags')).toEqual(['etl']);
    expect(lines('x-new')).toEqual(['n']);
    expect(lines('x-secret')).toEqual(['of the client']);
    expect(lines('host')).toEqual([new URL(etl.url).host]);
    expect([...lines('x-split'), ...lines('x-null')]).toEqual([]);
  });
});

describe('trouble', () => {
  test('a dead service costs nothing after a few failures, and is tried again', async () => {
    const router = await service(json({ routingGroup: 'etl' }));
    const { group, routerStatus } = await routed(router.url, { breakerFailures: 2, breakerOpenFor: '200ms' });
    const asked = () => router.asked.length;
    router.respond = json({}, 503);
    for (let i = 0; i < 5; i++) expect(await group(TO_HEADER)).toBe('from-header');
    expect(asked()).toBe(2);
    expect(await routerStatus()).toMatchObject({
      breaker: 'open',
      asked: 2,
      failed: 2,
      skipped: 3,
      lastFailure: 'it answered 503',
    });
    router.respond = json({ routingGroup: 'etl' });
    await expect.poll(() => group(TO_HEADER)).toBe('etl');
    expect(await routerStatus()).toMatchObject({ breaker: 'closed' });
  });

  test('a refused connection is a failure', async () => {
    const { group } = await routed('http://127.0.0.1:1/route');
    expect(await group(TO_HEADER)).toBe('from-header');
  });

  test('a slow service is waited for no longer than its time', async () => {
    const router = await service(() => undefined);
    const { group, routerStatus } = await routed(router.url, { timeout: '50ms' });
    expect(await group(TO_HEADER)).toBe('from-header');
    expect(await routerStatus()).toMatchObject({ failed: 1, lastFailure: 'no answer in 50 ms' });
  });

  test('one connection serves many statements, each waiting its turn', async () => {
    const router = await service(json({ routingGroup: 'etl' }));
    const { group } = await routed(router.url, { maxConnections: 1, timeout: '10s' });
    const groups = await Promise.all(Array.from({ length: 12 }, () => group()));
    expect(new Set(groups)).toEqual(new Set(['etl']));
  });
});

test('in a chain of one’s own, an answer without a group leaves the choice to the next router', async () => {
  const router = await service(json({ routingGroup: '' }));
  const { group, gw } = await routed(router.url, {}, { routers: ['external', 'header'] });
  expect(await group(TO_HEADER)).toBe('from-header');
  expect((await gw.status()).proxy.decisions).toEqual({ 'from-header by header': 1 });
});

test('the breaker lets one request through when its time is up', () => {
  let nowMs = 0;
  const breaker = createBreaker({ failures: 2, openForMs: 100, nowMs: () => nowMs });
  breaker.failed();
  expect([breaker.allows(), breaker.state()]).toEqual([true, 'closed']);
  breaker.failed();
  expect([breaker.allows(), breaker.state()]).toEqual([false, 'open']);
  nowMs = 100;
  expect([breaker.allows(), breaker.allows(), breaker.state()]).toEqual([true, false, 'half-open']);
  breaker.failed();
  nowMs = 199;
  expect(breaker.allows()).toBe(false);
  nowMs = 200;
  expect(breaker.allows()).toBe(true);
  breaker.succeeded();
  expect([breaker.allows(), breaker.state()]).toEqual([true, 'closed']);
});

test.each([
  ['X-Trino-User', 'alice', true],
  ['X-A', '', true],
  ['X A', 'v', false],
  ['', 'v', false],
  ['X-A', 'a\nb', false],
  ['X-A', 'a\u0000', false],
  ['X-A', 'ü€', false],
  ['content-LENGTH', '1', false],
  ['Transfer-Encoding', 'chunked', false],
])('a router may set %j to %j: %s', (name, value, fit) => {
  expect(isSettable(name, value)).toBe(fit);
});
