/** Dumps out of live servers: what is asked, and what becomes of the rows. */
import { afterEach, describe, expect, test } from 'vitest';
import { pulledDump, sourceAt } from '../../src/dump/pull/pull.ts';
import type { PulledRow, Source } from '../../src/dump/pull/source.ts';
import { targetOf } from '../../src/dump/pull/source.ts';
import { knownTable } from '../../src/dump/pull/tables.ts';
import type { DumpRecord } from '../../src/dump/record.ts';
import { quickStub, send } from '../stub/wire.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function source(host: string, rows: readonly PulledRow[], asked: (string | undefined)[] = []): Source {
  return {
    label: `trino://${host}`,
    host,
    async *rows(sql) {
      asked.push(sql);
      if (rows.length > 0) yield rows;
    },
  };
}

async function pulled(sources: readonly Source[], sql?: string, options = {}): Promise<DumpRecord[]> {
  const dump = await pulledDump(sources, sql, { signal: new AbortController().signal, ...options });
  closers.push(dump.close);
  const records: DumpRecord[] = [];
  for await (const batch of dump.records()) records.push(...batch);
  return records;
}

const runtimeRow = (i: number, second: number) => ({
  query_id: `20260302_0815${String(second).padStart(2, '0')}_0000${i}_ab3de`,
  user: 'ana',
  source: 'superset',
  query: `SELECT ${i}`,
  state: 'FINISHED',
  created: `2026-03-02 08:15:${String(second).padStart(2, '0')}.120 UTC`,
});

describe('rows of several clusters', () => {
  test('become one dump in the order of arrival, each with its cluster', async () => {
    const asked: (string | undefined)[] = [];
    const records = await pulled([
      source('blue:8080', [runtimeRow(1, 1), runtimeRow(3, 3)], asked),
      source('green:8080', [runtimeRow(2, 2)], asked),
    ]);
    expect(asked).toEqual([undefined, undefined]);
    expect(records.map((r) => [r.sql, r.routedTo?.backend, r.origin])).toEqual([
      ['SELECT 1', 'blue:8080', { file: 'trino://blue:8080', line: 1 }],
      ['SELECT 2', 'green:8080', { file: 'trino://green:8080', line: 1 }],
      ['SELECT 3', 'blue:8080', { file: 'trino://blue:8080', line: 2 }],
    ]);
  });

  test('an audit table of others’ making is read by a column map; its own cluster column wins', async () => {
    const row = {
      statement: 'SELECT 1',
      who: 'ana',
      started: '2026-03-02 08:15:00.120',
      cluster: 'prod_blue',
    };
    const columns = { sql: 'statement', user: 'who', arrivedAt: 'started', backend: 'cluster' };
    const [record] = await pulled([source('any', [row])], 'SELECT …', { columns });
    expect(record).toMatchObject({ user: 'ana', routedTo: { backend: 'prod_blue' } });
  });

  test('an answer without rows is told', async () => {
    await expect(pulled([source('blue', [])])).rejects.toMatchObject({ code: 'DUMP_EMPTY' });
  });

  test('what a source fails with is told with its address and without its password', async () => {
    const failing: Source = {
      ...source('blue', []),
      // biome-ignore lint/correctness/useYield: it fails before it has a row.
      async *rows() {
        throw new Error('connection refused');
      },
    };
    await expect(pulled([failing])).rejects.toMatchObject({
      code: 'PULL_FAILED',
      message: 'Nothing could be pulled from trino://blue: connection refused',
    });
  });
});

test('the official client asks a coordinator for what it has run, and its own question is no part of that', async () => {
  const stub = await quickStub();
  try {
    const headers = { 'x-trino-user': 'ana', 'x-trino-source': 'superset' };
    const posted = await send('POST', `${stub.url}/v1/statement`, headers, 'SELECT 1');
    let page = JSON.parse(posted.text) as { nextUri?: string };
    while (page.nextUri !== undefined) page = JSON.parse((await send('GET', page.nextUri)).text);
    const { host } = new URL(stub.url);
    const records = await pulled([sourceAt(`trino://ana@${host}`)]);
    expect(records.map((r) => [r.sql, r.user, r.source, r.recorded?.state, r.routedTo?.backend])).toEqual([
      ['SELECT 1', 'ana', 'superset', 'FINISHED', host],
    ]);
  } finally {
    await stub.close();
  }
});

describe('the address', () => {
  test('is taken apart, and its label holds no credentials', () => {
    expect(targetOf('trino://ana:s%40cret@blue:8443/hive/web?SSL=true')).toMatchObject({
      scheme: 'trino',
      label: 'trino://blue:8443/hive/web',
      user: 'ana',
      password: 's@cret',
      port: 8443,
      path: ['hive', 'web'],
      isSecure: true,
    });
  });

  test.each([
    ['blue:8080', /no such source|expects a URL/],
    ['oracle://db/x', /--from oracle:\/\/…: no such source; known are trino, mysql/],
  ])('%s is refused', (from, message) => {
    expect(() => sourceAt(from)).toThrow(message);
  });

  test('a database with one known table needs no SQL; none or two are a question', () => {
    expect(knownTable('mysql://db/x', ['a', 'trino_queries'])).toBe('trino_queries');
    expect(() => knownTable('mysql://db/x', ['a'])).toThrow(/which table\?.*holds none of trino_queries/);
    expect(() => knownTable('mysql://db/x', ['trino_queries', 'query_history'])).toThrow(
      /which table\?.*holds trino_queries and query_history; say --sql/,
    );
  });
});
