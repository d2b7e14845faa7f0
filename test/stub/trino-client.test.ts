import { BasicAuth, type QueryResult, Trino } from 'trino-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectedResult, type StubServer } from '../../src/stub/index.ts';
import { createResultDigest } from '../../src/trino/result-checksum.ts';
import { asUser, get, quickStub } from './wire.ts';

describe('the official JavaScript client', () => {
  let stub: StubServer;
  let trino: Trino;
  beforeAll(async () => {
    stub = await quickStub({ pageRows: 100, service: { kind: 'constant', ms: 5 } });
    trino = Trino.create({ server: stub.url, catalog: 'tpch', schema: 'tiny', auth: new BasicAuth('rig') });
  });
  afterAll(() => stub.close());

  async function pages(sql: string): Promise<QueryResult[]> {
    const all: QueryResult[] = [];
    for await (const page of await trino.query(sql)) all.push(page);
    return all;
  }

  it('runs a query', async () => {
    const all = await pages('SELECT 1');
    expect(all.flatMap((page) => page.data ?? [])).toEqual([[1]]);
    expect(all.at(-1)?.stats?.state).toBe('FINISHED');
  });

  it('gets every row of a result of many pages, once', async () => {
    const sql = 'SELECT * FROM TABLE(sequence(1, 1050))';
    const all = await pages(sql);
    expect(all.filter((page) => page.data).length).toBe(11);
    const digest = createResultDigest();
    for (const row of all.flatMap((page) => page.data ?? [])) digest.add(row as unknown[]);
    expect({ rows: digest.rows, checksum: digest.hex() }).toEqual(expectedResult(sql));
  });

  it('is told of errors', async () => {
    const [last] = await pages('SELECT * FROM tpch.tiny.nope');
    expect(last?.error).toMatchObject({ errorName: 'TABLE_NOT_FOUND', errorCode: 46 });
  });

  it('follows USE and SET SESSION', async () => {
    await pages('USE tpch.sf1');
    await pages('SET SESSION a = 1');
    const [{ id } = { id: '' }] = await pages('SELECT 2');
    const seen = JSON.parse((await get(`${stub.url}/v1/query/${id}`, asUser)).text) as unknown;
    expect(seen).toMatchObject({ session: { catalog: 'tpch', schema: 'sf1' } });
  });

  it('prepares and executes', async () => {
    await pages('PREPARE p1 FROM SELECT ?');
    expect((await pages('EXECUTE p1 USING 5')).flatMap((page) => page.data ?? [])).toEqual([[5]]);
  });

  it('cancels a running query', async () => {
    const slow = await quickStub({ service: { kind: 'constant', ms: 60_000 } });
    const client = Trino.create({ server: slow.url, auth: new BasicAuth('rig') });
    const iterator = await client.query('SELECT 1');
    const reading = iterator.next();
    while (slow.state().running === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const [{ queryId }] = JSON.parse((await get(`${slow.url}/v1/query`, asUser)).text) as [
      { queryId: string },
    ];
    expect(await client.cancel(queryId)).toEqual({ id: queryId });
    expect((await reading).value.error).toMatchObject({ errorName: 'USER_CANCELED' });
    expect(await client.queryInfo(queryId)).toMatchObject({ state: 'FAILED' });
    await slow.close();
  });
});
