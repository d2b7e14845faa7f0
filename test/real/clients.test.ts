/**
 * The official clients through our gateway, two real coordinators behind it in one group: what each gets must be
 * what the coordinators themselves say.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { cliClient } from './clients/cli.ts';
import { type ClientUnderTest, LARGE, PAGES, slowSql, TRANSACTIONS } from './clients/client.ts';
import { type Behind, findQuery, startBehindGateway } from './clients/clusters.ts';
import { goClient } from './clients/go.ts';
import { jdbcClient } from './clients/jdbc.ts';
import { jsClient } from './clients/js.ts';
import { pythonClient } from './clients/python.ts';
import { runSql } from './statement.ts';

const CLIENTS: readonly ClientUnderTest[] = [cliClient, jdbcClient, pythonClient, jsClient, goClient];

let behind: Behind;
let expected: { readonly pages: unknown; readonly large: unknown };

/** The figures that the clients must come to, from a coordinator itself. */
async function totals(url: string, sql: string) {
  const { rows } = await runSql(
    url,
    `SELECT count(*), sum(orderkey) FROM (${sql.replace('orderkey, *', 'orderkey')})`,
  );
  return { rows: rows[0]?.[0], sum: rows[0]?.[1] };
}

beforeAll(async () => {
  behind = await startBehindGateway();
  const [url = ''] = behind.urls;
  expected = { pages: await totals(url, PAGES), large: await totals(url, LARGE) };
});
afterAll(() => behind?.stop());

describe.each(CLIENTS)('$name', (client) => {
  let skipped: string | undefined;
  beforeAll(async () => {
    skipped = await client.ready();
    if (skipped !== undefined) console.log(`SKIPPED ${client.name}: ${skipped}`);
  });

  test('simple, many pages, large, prepared, transactions, session property, error', async (context) => {
    if (skipped !== undefined) return context.skip(skipped);
    const started = performance.now();
    const said = await client.run(behind.gatewayUrl);
    console.log(
      `${client.name}: ${((performance.now() - started) / 1000).toFixed(1)} s ${JSON.stringify(said)}`,
    );
    expect(said).toEqual({
      simple: ['1', 'x'],
      ...expected,
      prepared: '42',
      ...(client === jsClient ? {} : { transactions: TRANSACTIONS }),
      session: '77m',
      error: 'TABLE_NOT_FOUND',
    });
  });

  test.runIf(client.spooled !== undefined)(
    'spooled results, each way in which segments are fetched',
    async (context) => {
      if (skipped !== undefined) return context.skip(skipped);
      behind.s3.take();
      expect(await client.spooled?.(behind.gatewayUrl)).toEqual([expected.pages, expected.pages]);
      await spooledBothWays();
    },
  );

  test('a cancel reaches the coordinator', async (context) => {
    if (skipped !== undefined) return context.skip(skipped);
    const sql = slowSql(client.name);
    const running = await client.start(behind.gatewayUrl, sql);
    const patience = { timeout: 60_000, interval: 200 };
    const { id } = await vi.waitFor(async () => {
      const live = await findQuery(behind.urls, sql);
      if (live?.state !== 'RUNNING') throw new Error(`the query is ${live?.state ?? 'nowhere'}`);
      return live;
    }, patience);
    await running.cancel(id);
    await vi.waitFor(async () => {
      expect(await findQuery(behind.urls, sql)).toMatchObject({ state: 'FAILED', error: 'USER_CANCELED' });
    }, patience);
  });
});

/** Blue's segments were fetched by the client from the storage, green's through the coordinator; all were acknowledged. */
async function spooledBothWays(): Promise<void> {
  const asked = behind.s3.take();
  const isTrino = (agent: string) => /aws-sdk-java/i.test(agent);
  const count = (cluster: string, method: string, byTrino: boolean) =>
    asked.filter(
      (request) =>
        request.method === method &&
        request.key.startsWith(`spool/${cluster}/`) &&
        isTrino(request.agent) === byTrino,
    ).length;
  const [blue, green] = [count('blue', 'PUT', true), count('green', 'PUT', true)];
  expect(blue, 'segments of blue').toBeGreaterThan(2);
  expect(green, 'segments of green').toBeGreaterThan(2);
  expect({
    'blue by the client': count('blue', 'GET', false),
    'blue by the coordinator': count('blue', 'GET', true),
    'green by the client': count('green', 'GET', false),
    'green by the coordinator': count('green', 'GET', true),
  }).toEqual({
    'blue by the client': blue,
    'blue by the coordinator': 0,
    'green by the client': 0,
    'green by the coordinator': green,
  });
  await expect.poll(() => behind.s3.keys().length, { timeout: 30_000 }).toBe(0);
}
