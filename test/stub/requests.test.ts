import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StubServer } from '../../src/stub/index.ts';
import { asUser, get, outcome, post, quickStub, run, send, toExecuting } from './wire.ts';

const NOT_FOUND = 'Error 404 Not Found: Query not found';

describe('status codes', () => {
  let stub: StubServer;
  beforeAll(async () => {
    stub = await quickStub();
  });
  afterAll(() => stub.close());

  const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  const unknown = '/v1/statement/queued/20200101_000000_00000_abcde/y0/1';
  const uuid = '1a1a5a71-597a-4178-900d-97db76b4a77b';

  it.each([
    ['unknown id', 'GET', unknown, {}, '', 404, NOT_FOUND],
    ['unknown id, executing', 'GET', unknown.replace('queued', 'executing'), {}, '', 404, NOT_FOUND],
    ['unknown id, DELETE', 'DELETE', unknown, {}, '', 404, NOT_FOUND],
    ['id with letters no id has', 'GET', '/v1/statement/queued/A-B/y0/1', {}, '', 404, ''],
    [
      'no user',
      'POST',
      '/v1/statement',
      {},
      'SELECT 1',
      401,
      'Basic authentication or X-Trino-Original-User or X-Trino-User must be sent',
    ],
    [
      'a password',
      'POST',
      '/v1/statement',
      basic('rig:secret'),
      'SELECT 1',
      401,
      'Password not allowed for insecure authentication',
    ],
    ['Basic without password', 'POST', '/v1/statement', basic('rig:'), 'SELECT 1', 200, undefined],
    ['empty body', 'POST', '/v1/statement', asUser, '', 400, 'Error 400 Bad Request: SQL statement is empty'],
    [
      'schema without catalog',
      'POST',
      '/v1/statement',
      { ...asUser, 'X-Trino-Schema': 'tiny' },
      'SELECT 1',
      400,
      undefined,
    ],
    [
      'malformed session',
      'POST',
      '/v1/statement',
      { ...asUser, 'X-Trino-Session': 'a' },
      'SELECT 1',
      400,
      undefined,
    ],
    [
      'empty session',
      'POST',
      '/v1/statement',
      { ...asUser, 'X-Trino-Session': '' },
      'SELECT 1',
      200,
      undefined,
    ],
    [
      'malformed transaction',
      'POST',
      '/v1/statement',
      { ...asUser, 'X-Trino-Transaction-Id': 'x' },
      'SELECT 1',
      400,
      undefined,
    ],
    [
      'bad estimate',
      'POST',
      '/v1/statement',
      { ...asUser, 'X-Trino-Resource-Estimate': 'x=1' },
      'SELECT 1',
      400,
      undefined,
    ],
    [
      'prepared statement that is not zstd',
      'POST',
      '/v1/statement',
      { ...asUser, 'X-Trino-Prepared-Statement': 'p=%24zstd%3Aabc' },
      'SELECT 1',
      400,
      undefined,
    ],
    [
      'a transaction it does not know',
      'POST',
      '/v1/statement',
      { ...asUser, 'X-Trino-Transaction-Id': uuid },
      'SELECT 1',
      200,
      undefined,
    ],
    [
      'a role by a wrong form',
      'POST',
      '/v1/statement',
      { ...asUser, 'X-Trino-Role': 'system=admin' },
      'SELECT 1',
      400,
      'Error 400 Bad Request: Invalid X-Trino-Role header',
    ],
    [
      'a role in the right form',
      'POST',
      '/v1/statement',
      { ...asUser, 'X-Trino-Role': 'system=ROLE%7Badmin%7D,hive=ALL' },
      'SELECT 1',
      200,
      undefined,
    ],
    [
      'an estimate that is no duration',
      'POST',
      '/v1/statement',
      { ...asUser, 'X-Trino-Resource-Estimate': 'PEAK_MEMORY=1GB,CPU_TIME=never' },
      'SELECT 1',
      400,
      /resource estimate 'never'.*not a valid data duration string: never$/,
    ],
    [
      'an estimate of nothing known',
      'POST',
      '/v1/statement',
      { ...asUser, 'X-Trino-Resource-Estimate': 'MOOD=1h' },
      'SELECT 1',
      400,
      'Error 400 Bad Request: Unsupported resource name MOOD',
    ],
    ['GET on the statement resource', 'GET', '/v1/statement', asUser, '', 405, ''],
    ['HEAD on it', 'HEAD', '/v1/statement', asUser, '', 200, ''],
    ['HEAD without a user', 'HEAD', '/v1/statement', {}, '', 401, ''],
    ['unknown path', 'GET', '/v1/nothing', {}, '', 404, undefined],
    ['unknown query, full info', 'GET', '/v1/query/20200101_000000_00000_abcde', asUser, '', 410, undefined],
    ['unknown query, DELETE', 'DELETE', '/v1/query/20200101_000000_00000_abcde', asUser, '', 204, ''],
    ['shutdown by API', 'PUT', '/v1/info/state', asUser, '"SHUTTING_DOWN"', 403, undefined],
  ])('%s', async (_name, method, path, headers, body, status, text) => {
    const reply = await send(
      method,
      stub.url + path,
      headers as Record<string, string>,
      body === '' ? undefined : body,
    );
    expect(reply.status).toBe(status);
    if (text instanceof RegExp) expect(reply.text).toMatch(text);
    else if (text !== undefined) expect(reply.text).toBe(text);
    if (status === 405) expect(reply.headers.allow).toBe('HEAD,POST,OPTIONS');
    if (status === 401) expect(reply.headers['www-authenticate']).toBe('Basic realm="Trino"');
  });

  it('keeps an executing query alive by HEAD, with the type and nothing else', async () => {
    const page = await toExecuting(await post(stub, 'SELECT 1'));
    const reply = await send('HEAD', page.nextUri!);
    expect([reply.status, reply.headers['content-type'], reply.text]).toEqual([200, 'application/json', '']);
    expect(reply.headers).not.toHaveProperty('vary');
  });

  it('takes HEAD of a queued address for a poll: the query is submitted', async () => {
    const posted = await post(stub, 'SELECT 1');
    expect((await send('HEAD', posted.nextUri!)).status).toBe(200);
    expect((await get(`${stub.url}/v1/query/${posted.id}`, asUser)).status).toBe(200);
  });

  it('says what may be done to an address, also to one that is unknown', async () => {
    const address = `executing/20200101_000000_00000_abcde/y${'0'.repeat(40)}/1`;
    const put = await send('PUT', `${stub.url}/v1/statement/${address}`, {}, '');
    expect([put.status, put.headers.allow, put.text]).toEqual([405, 'HEAD,DELETE,GET,OPTIONS', '']);
  });

  it('keeps no page of an ended query after a DELETE', async () => {
    const pages = await run(stub, 'SELECT 1');
    const last = pages.at(-2)?.nextUri ?? '';
    expect((await get(last)).status).toBe(200);
    expect((await send('DELETE', last)).status).toBe(204);
    expect((await get(last)).text).toMatch(/VerifyException: Cannot generate next result/);
  });

  it('sends the headers of a coordinator and compresses for who asks', async () => {
    const plain = await send('POST', `${stub.url}/v1/statement`, asUser, 'SELECT 1');
    expect(plain.headers).toMatchObject({
      vary: 'Accept-Encoding',
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
      'content-length': String(plain.text.length),
    });
    expect(plain.headers).not.toHaveProperty('content-encoding');
    const packed = await fetch(`${stub.url}/v1/statement`, {
      method: 'POST',
      headers: asUser,
      body: 'SELECT 1',
    });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(await packed.json()).toMatchObject({ stats: { state: 'QUEUED' } });
  });

  it('takes headers of a megabyte and statements of several', async () => {
    const sql = 'PREPARE p FROM SELECT 1';
    const prepared = `p=${encodeURIComponent('SELECT 1')},q=${'x'.repeat(1_500_000)}`;
    expect(
      (await outcome(stub, 'EXECUTE p', { 'X-Trino-Prepared-Statement': prepared })).error,
    ).toBeUndefined();
    expect((await outcome(stub, sql)).updateType).toBe('PREPARE');
    const long = await outcome(stub, `SELECT '${'é'.repeat(1_200_000)}'`);
    expect(long.error?.errorName).toBe('QUERY_TEXT_TOO_LARGE');
  });
});
