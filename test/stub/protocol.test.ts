import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StubServer } from '../../src/stub/index.ts';
import { parseQueryId } from '../../src/trino/query-id.ts';
import { asUser, get, next, outcome, post, quickStub, results, run, send, toExecuting } from './wire.ts';

const NOT_FOUND = 'Error 404 Not Found: Query not found';

describe('the life of a statement', () => {
  let stub: StubServer;
  beforeAll(async () => {
    stub = await quickStub();
  });
  afterAll(() => stub.close());

  it('only registers on POST: the query is unknown to /v1/query until its first poll', async () => {
    const posted = await post(stub, 'SELECT 1');
    expect(posted).toMatchObject({ stats: { state: 'QUEUED' }, warnings: [] });
    expect(posted.nextUri).toMatch(
      /\/v1\/statement\/queued\/\d{8}_\d{6}_\d{5}_[a-km-np-z2-9]{5}\/y[0-9a-f]{40}\/1$/,
    );
    expect((await get(`${stub.url}/v1/query/${posted.id}`, asUser)).status).toBe(410);
    await next(posted);
    expect((await get(`${stub.url}/v1/query/${posted.id}`, asUser)).status).toBe(200);
  });

  it('takes a SELECT through two queued and four executing polls', async () => {
    const pages = await run(stub, 'SELECT 1');
    expect(pages.map((page) => page.stats.state)).toEqual([
      'QUEUED',
      'QUEUED',
      'QUEUED',
      'RUNNING',
      'RUNNING',
      'FINISHED',
      'FINISHED',
    ]);
    expect(pages[3]?.columns).toEqual([
      { name: '_col0', type: 'integer', typeSignature: { rawType: 'integer', arguments: [] } },
    ]);
    expect(pages[3]).not.toHaveProperty('data');
    expect(pages[4]?.data).toEqual([[1]]);
    expect(pages[5]?.nextUri).toBeDefined();
    expect(pages[6]).not.toHaveProperty('nextUri');
  });

  it('writes the fields in the order of QueryResults', async () => {
    const reply = await send(
      'POST',
      `${stub.url}/v1/statement`,
      asUser,
      'INSERT INTO memory.default.t SELECT 1',
    );
    let page = results(reply);
    expect(Object.keys(page)).toEqual(['id', 'infoUri', 'nextUri', 'stats', 'warnings']);
    while (page.data === undefined) page = await next(page);
    expect(Object.keys(page)).toEqual([
      'id',
      'infoUri',
      'partialCancelUri',
      'nextUri',
      'columns',
      'data',
      'stats',
      'warnings',
      'updateType',
      'updateCount',
    ]);
    expect(page).toMatchObject({
      updateType: 'INSERT',
      updateCount: page.data[0]?.[0],
      stats: { state: 'FINISHING' },
    });
  });

  it('ends a failed statement with status 200, an error and no nextUri', async () => {
    const last = await outcome(stub, 'SELEC 1');
    expect(last).not.toHaveProperty('nextUri');
    expect(last).toMatchObject({
      stats: { state: 'FAILED' },
      error: {
        errorCode: 1,
        errorName: 'SYNTAX_ERROR',
        errorType: 'USER_ERROR',
        errorLocation: { lineNumber: 1, columnNumber: 1 },
        failureInfo: { suppressed: [], errorInfo: { code: 1, name: 'SYNTAX_ERROR' } },
      },
    });
  });

  it('counts ids up and ends them with the suffix of the process', async () => {
    const ids = [await post(stub, 'SELECT 1'), await post(stub, 'SELECT 1')].map((page) =>
      parseQueryId(page.id),
    );
    expect(ids.map((id) => id?.suffix)).toEqual([stub.suffix, stub.suffix]);
    expect((ids[1]?.index ?? 0) - (ids[0]?.index ?? 0)).toBe(1);
  });
});

describe('token rules', () => {
  let stub: StubServer;
  beforeAll(async () => {
    stub = await quickStub();
  });
  afterAll(() => stub.close());

  it('queued: the last token and the one after it are accepted, others are 410', async () => {
    const posted = await post(stub, 'SELECT 1');
    const second = await next(posted);
    expect((await next(posted)).nextUri).toMatch(/queued.*\/2$|executing.*\/0$/);
    await next(second);
    const stale = await get(posted.nextUri!);
    expect([stale.status, stale.text]).toEqual([410, 'Error 410 Gone: Invalid token']);
  });

  it('queued: the last address leads to executing/0 again after dispatch', async () => {
    const posted = await post(stub, 'SELECT 1');
    const second = await next(posted);
    const third = await next(second);
    expect((await next(second)).nextUri).toBe(third.nextUri);
  });

  it('executing: the same token gives the identical body, an older one 410, the end 200 again', async () => {
    const first = await toExecuting(await post(stub, 'SELECT 1'));
    const uri = first.nextUri!;
    const once = await get(uri);
    expect(await get(uri)).toMatchObject({ status: 200, text: once.text });
    let page = results(once);
    const addresses = [uri];
    while (page.nextUri !== undefined) {
      addresses.push(page.nextUri);
      page = await next(page);
    }
    expect((await get(addresses.pop() ?? '')).status).toBe(200);
    for (const older of addresses) {
      const reply = await get(older);
      expect([reply.status, reply.text]).toEqual([410, 'Error 410 Gone: HTTP 410 Gone']);
    }
  });

  it('executing: rows are handed out once, however often a page is fetched', async () => {
    const sql = 'SELECT * FROM TABLE(sequence(1, 3))';
    let page = await toExecuting(await post(stub, sql));
    const rows = [];
    while (page.nextUri !== undefined) {
      const address = page.nextUri;
      const [a, b] = await Promise.all([get(address), get(address)]);
      expect(a.text).toBe(b.text);
      page = results(a);
      rows.push(...(page.data ?? []));
    }
    expect(rows).toEqual([[1], [2], [3]]);
  });

  it('the slug belongs to its token: with another number it is 404', async () => {
    const posted = await post(stub, 'SELECT 1');
    const wrong = await get(posted.nextUri!.replace(/\/1$/, '/2'));
    expect([wrong.status, wrong.text]).toEqual([404, NOT_FOUND]);
  });

  it('after DELETE: the served token is 500, the next one tells USER_CANCELED', async () => {
    const slow = await quickStub({ service: { kind: 'constant', ms: 60_000 } });
    const page = await toExecuting(await post(slow, 'SELECT 1'));
    const columns = await next(page);
    expect((await send('DELETE', columns.nextUri!)).status).toBe(204);
    const served = await get(page.nextUri!);
    expect([served.status, served.text]).toEqual([500, expect.stringContaining('VerifyException')]);
    const after = await next(columns);
    expect(after).toMatchObject({ error: { errorCode: 3, errorName: 'USER_CANCELED' } });
    expect((await send('DELETE', columns.nextUri!)).status).toBe(204);
    await slow.close();
  });

  it('a DELETE wakes the poll that waits', async () => {
    const slow = await quickStub({ service: { kind: 'constant', ms: 60_000 } });
    const columns = await next(await toExecuting(await post(slow, 'SELECT 1')));
    const waiting = next(columns);
    await send('DELETE', columns.nextUri!);
    expect((await waiting).error?.errorName).toBe('USER_CANCELED');
    await slow.close();
  });

  it('a partial cancel finishes the query with the rows it has sent', async () => {
    const paged = await quickStub({ pageRows: 2 });
    let page = await toExecuting(await post(paged, 'SELECT * FROM TABLE(sequence(1, 100))'));
    while (page.data === undefined) page = await next(page);
    expect((await send('DELETE', page.partialCancelUri!)).status).toBe(204);
    page = await next(page);
    expect(page).not.toHaveProperty('data');
    expect(page.stats.state).toBe('FINISHED');
    await paged.close();
  });

  it('a waiting poll answers after a second with an empty page and a new address', async () => {
    const slow = await quickStub({ service: { kind: 'constant', ms: 60_000 } });
    const columns = await next(await toExecuting(await post(slow, 'SELECT 1')));
    const from = performance.now();
    const empty = await next(columns);
    expect(performance.now() - from).toBeGreaterThan(950);
    expect(empty).toMatchObject({ stats: { state: 'RUNNING' } });
    expect(empty.nextUri).not.toBe(columns.nextUri);
    await slow.close();
  });
});
