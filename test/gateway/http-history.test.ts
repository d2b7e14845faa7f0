// The query history through the API: pages and filters, whose rows one sees, and how queries were spread.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { call, gateway } from './helpers.ts';

const MINUTE_MS = 60_000;
const BLUE = 'http://127.0.0.1:9';
const OLD = 'http://127.0.0.1:11';

/** Five rows, newest first: three of ann on blue, one of bob on blue, one of bob on a backend that is no more. */
async function started() {
  const path = join(mkdtempSync(join(tmpdir(), 'rehearse-history-')), 'gateway.sqlite');
  const nowMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const gw = await gateway({
    dataStore: { path },
    backends: [{ name: 'blue', proxyTo: BLUE }],
    authentication: { form: {} },
    authorization: { admin: '.*ADMIN.*', user: '.*USER.*' },
    presetUsers: {
      root: { password: 'r', privileges: 'ADMIN_USER' },
      bob: { password: 'b', privileges: 'USER' },
    },
  });
  const rows = [
    ['ann', BLUE, 0],
    ['ann', BLUE, 1_000],
    ['bob', BLUE, 2_000],
    ['ann', BLUE, 2 * MINUTE_MS],
    ['bob', OLD, 3 * MINUTE_MS],
  ] as const;
  const db = new DatabaseSync(path);
  const insert = db.prepare('insert into query_history values (?, ?, ?, ?, ?, ?, ?, ?)');
  rows.forEach(([user, url, agoMs], i) => {
    insert.run(
      `20261121_00000${i}_00001_aaaaa`,
      `SELECT ${i}`,
      nowMs - agoMs,
      url,
      user,
      'src',
      'adhoc',
      url,
    );
  });
  db.close();
  const as =
    (user: 'root' | 'bob') =>
    async (request: string, body: object = {}) => {
      const [method = '', target = ''] = request.split(' ');
      const authorization = `Basic ${Buffer.from(`${user}:${user.charAt(0)}`).toString('base64')}`;
      const answer = await call(gw.url + target, {
        method,
        headers: { authorization, 'content-type': 'application/json' },
        ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
      });
      return answer.json() as { code: number; data: { total: number; rows: { queryId: string }[] } };
    };
  return { root: as('root'), bob: as('bob'), nowMs };
}

const ids = ({ data }: { data: { rows: { queryId: string }[] } }) =>
  data.rows.map((r) => Number(r.queryId.slice(14, 15)));

test('a row has the Java gateway’s fields, in its order', async () => {
  const { nowMs, root } = await started();
  const { data } = await root('POST /webapp/findQueryHistory', { size: 1 });
  expect(JSON.stringify(data)).toBe(
    `{"total":5,"rows":[{"queryId":"20261121_000000_00001_aaaaa","queryText":"SELECT 0","user":"ann","source":"src",` +
      `"backendUrl":"${BLUE}","captureTime":${nowMs},"routingGroup":"adhoc","externalUrl":"${BLUE}"}]}`,
  );
});

test.each([
  [{}, 5, [0, 1, 2, 3, 4]],
  [{ size: 2 }, 5, [0, 1]],
  [{ page: 2, size: 2 }, 5, [2, 3]],
  [{ page: 3, size: 2 }, 5, [4]],
  [{ page: 4, size: 2 }, 5, []],
  [{ user: 'ann' }, 3, [0, 1, 3]],
  [{ user: 'ann', size: 1, page: 2 }, 3, [1]],
  [{ externalUrl: OLD }, 1, [4]],
  [{ queryId: '20261121_000003_00001_aaaaa' }, 1, [3]],
  [{ source: 'nosuch' }, 0, []],
  [{ user: '', source: null }, 5, [0, 1, 2, 3, 4]],
])('an admin finds %j', async (filter, total, wanted) => {
  const { root } = await started();
  const found = await root('POST /webapp/findQueryHistory', filter);
  expect([found.data.total, ids(found)]).toEqual([total, wanted]);
});

test('who is no admin sees his own, whatever he asks for', async () => {
  const { bob, root } = await started();
  for (const filter of [{}, { user: 'ann' }, { user: 'bob' }])
    expect(ids(await bob('POST /webapp/findQueryHistory', filter))).toEqual([2, 4]);
  expect(await bob('GET /trino-gateway/api/queryHistory')).toHaveLength(2);
  expect(await root('GET /trino-gateway/api/queryHistory')).toHaveLength(5);
  expect(await bob('GET /trino-gateway/api/queryHistoryDistribution')).toEqual({ blue: 1, [OLD]: 1 });
  expect(await root('GET /trino-gateway/api/queryHistoryDistribution')).toEqual({ blue: 4, [OLD]: 1 });
});

test('the distribution: by minute and backend; of one that is no more the URL stands for the name', async () => {
  const { nowMs, root } = await started();
  const { data } = await root('POST /webapp/getDistribution', { latestHour: 1 });
  const at = (ago: number) => Math.floor((nowMs - ago) / MINUTE_MS) * MINUTE_MS;
  expect(data).toMatchObject({
    totalBackendCount: 1,
    totalQueryCount: 5,
    averageQueryCountMinute: 5 / 60,
    averageQueryCountSecond: expect.closeTo(5 / 3_600, 12),
  });
  const { distributionChart, lineChart } = data as unknown as Record<string, never>;
  expect(distributionChart).toEqual(
    expect.arrayContaining([
      { backendUrl: BLUE, queryCount: 4, name: 'blue' },
      { backendUrl: OLD, queryCount: 1, name: OLD },
    ]),
  );
  const point = (name: string, backendUrl: string) => (epochMillis: number, queryCount: number) => ({
    epochMillis,
    backendUrl,
    queryCount,
    name,
  });
  const blue = point('blue', BLUE);
  expect(lineChart).toEqual({
    blue: [blue(at(2 * MINUTE_MS), 1), blue(at(MINUTE_MS), 2), blue(at(0), 1)],
    [OLD]: [point(OLD, OLD)(at(3 * MINUTE_MS), 1)],
  });
});
