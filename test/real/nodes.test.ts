// Two gateway nodes on one database behind a plain TCP balancer: what is begun through one goes on through the other.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { GatewayConfigInput } from '../../gateway/index.ts';
import { type StubServer, startStub } from '../../src/stub/index.ts';
import { call, type Page, post } from '../gateway/helpers.ts';
import { manyStatements } from './clients/many.ts';
import { type Client, type GatewayNode, newClient, startNodes } from './gateway-nodes.ts';
import { servers, type TestServer } from './store-servers.ts';
import { startTcpBalancer, type TcpBalancer } from './tcp-balancer.ts';

const READY_AT_ONCE = { closedMs: 0, silentMs: 0, startingMs: 0, gapMs: 0, coldScanMs: 0 };
const SERVICE_MS = 700;
const UNTIL = { timeout: 30_000 };

const newStub = (port = 0) =>
  startStub({ port, startup: READY_AT_ONCE, service: { kind: 'constant', ms: SERVICE_MS }, maxRunning: 500 });

async function stateAt(node: GatewayNode, name: string): Promise<Record<string, unknown>> {
  return (await (await call(`${node.url}/api/public/backends/${name}/state`)).json()) as Record<
    string,
    unknown
  >;
}

const healthyAt = (node: GatewayNode, name: string) =>
  expect.poll(async () => (await stateAt(node, name)).trinoStatus, UNTIL).toBe('HEALTHY');

const operate = async (node: GatewayNode, path: string) =>
  expect((await call(`${node.url}/gateway/backend/${path}`, { method: 'POST' })).status).toBe(200);

/** Follows a statement, each request at the other node than the one before. */
async function finishInTurns(page: Page, nodes: readonly GatewayNode[]): Promise<Page> {
  let at = page;
  for (let i = 0; at.nextUri !== undefined; i++) {
    const next = new URL(at.nextUri);
    const node = nodes[i % nodes.length];
    const answer = await call(`${node?.url}${next.pathname}${next.search}`);
    expect(answer.status, answer.text()).toBe(200);
    at = answer.json() as Page;
  }
  return at;
}

for (const { name, start, missing } of servers) {
  describe.skipIf(await missing())(name, () => {
    let server: TestServer;
    let stubs: Record<'blue' | 'green', StubServer>;
    let stopNodes: () => Promise<void>;
    let a: GatewayNode;
    let b: GatewayNode;
    let balancer: TcpBalancer;
    let client: Client;

    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());

    beforeEach(async () => {
      await server.db.start();
      const { dataStore } = await server.fresh();
      stubs = { blue: await newStub(), green: await newStub() };
      const config: GatewayConfigInput = {
        dataStore: { ...dataStore, timeout: '1s', refreshPeriod: '200ms' },
        backends: Object.entries(stubs).map(([backend, { url }]) => ({ name: backend, proxyTo: url })),
        routing: { balancer: 'round-robin' },
        monitor: { taskDelay: '200ms', timeout: '2s' },
      };
      // The second one looks at its backends less often, and so meets a new coordinator later than the first.
      const started = await startNodes(config, { monitor: { taskDelay: '2s', timeout: '2s' } });
      [a, b] = started.nodes;
      stopNodes = started.stop;
      balancer = await startTcpBalancer([a.port, b.port]);
      client = newClient(balancer.url, 'trino-python', 24);
      for (const node of [a, b]) for (const backend of ['blue', 'green']) await healthyAt(node, backend);
    });
    afterEach(async () => {
      await client.close();
      await balancer.close();
      await stopNodes();
      await Promise.all(Object.values(stubs).map((stub) => stub.close()));
    });

    /** A burst of statements during which something happens; all have to end well. */
    async function survives(happening: () => Promise<void>): Promise<void> {
      const running = Array.from({ length: 60 }, (_, i) => client.run(`SELECT ${i}`));
      await new Promise((resolve) => setTimeout(resolve, SERVICE_MS / 2));
      await happening();
      const samples = await Promise.all(running);
      const bad = samples
        .filter((s) => s.end !== 'finished')
        .map((s) => `${s.end} ${s.httpStatus} ${s.detail}`);
      expect(bad).toEqual([]);
      expect(samples.map((s) => s.strayAnswers).reduce((x, y) => x + y)).toBe(0);
    }

    test('a query is begun through one node and polled through the other; so it goes with the database down', async () => {
      for (const first of [a, b])
        expect((await finishInTurns(await post(first.url, 'SELECT 7'), [b, a])).error).toBe(undefined);
      await server.db.kill();
      for (const first of [a, b, a, b])
        expect((await finishInTurns(await post(first.url, 'SELECT 7'), [b, a])).error).toBe(undefined);
    });

    test('with the database down, a coordinator that has just started is found as well', async () => {
      await operate(a, 'deactivate/green');
      await expect.poll(async () => (await stateAt(b, 'green')).active, UNTIL).toBe(false);
      await server.db.kill();
      const old = stubs.blue;
      await old.kill();
      stubs.blue = await newStub(Number(new URL(old.url).port));
      // Whoever takes it first, the other may not have met the new process yet.
      const page = await post(a.url, 'SELECT 7');
      expect(page.id.endsWith(stubs.blue.suffix)).toBe(true);
      expect((await finishInTurns(page, [b, a])).error).toBe(undefined);
    });

    test('kill -9 of either node loses no query, with the database up and with it down', async () => {
      await survives(() => a.kill());
      await a.start();
      await healthyAt(a, 'blue');
      await survives(() => b.kill());
      await b.start();
      await healthyAt(b, 'blue');
      await survives(() => server.db.kill());
      await survives(() => a.kill());
    });

    test.runIf(name === 'MariaDB')(
      'the official Python client notices no kill -9 of a node, nor the database going down',
      async () => {
        const clients = await manyStatements(balancer.url, 12);
        await clients.finished(20);
        await a.kill();
        await clients.finished(20);
        await a.start();
        await healthyAt(a, 'blue');
        await b.kill();
        await clients.finished(20);
        await b.start();
        await healthyAt(b, 'blue');
        await server.db.kill();
        await clients.finished(20);
        await a.kill();
        await clients.finished(20);
        expect((await clients.end()).failed).toEqual([]);
      },
    );

    test('what one node is told of the backends, the other knows a moment later', async () => {
      await operate(a, 'deactivate/blue');
      await expect.poll(async () => (await stateAt(b, 'blue')).active, UNTIL).toBe(false);
      for (let i = 0; i < 4; i++)
        expect((await post(b.url, 'SELECT 1')).id.endsWith(stubs.green.suffix)).toBe(true);
      await operate(b, 'activate/blue');
      await expect.poll(async () => (await stateAt(a, 'blue')).active, UNTIL).toBe(true);
    });

    test('a transaction that was begun through one node goes on through the other', async () => {
      const began = await post(a.url, 'START TRANSACTION', { 'x-trino-transaction-id': 'NONE' });
      let transaction: string | undefined;
      for (let uri = began.nextUri; uri !== undefined; ) {
        const answer = await call(uri);
        const told = answer.headers['x-trino-started-transaction-id'];
        transaction ??= Array.isArray(told) ? told[0] : told;
        uri = (answer.json() as Page).nextUri;
      }
      expect(transaction).toMatch(/^[0-9a-f-]{36}$/);
      const headers = { 'x-trino-transaction-id': transaction ?? '' };
      for (const node of [b, a, b, b, a]) {
        const page = await post(node.url, 'SELECT 1', headers);
        expect(page.id.slice(-5)).toBe(began.id.slice(-5));
        expect((await finishInTurns(page, [a, b])).error).toBe(undefined);
      }
    });
  });
}
