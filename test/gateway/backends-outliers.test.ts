// What statements meet takes a backend out and lets it in again; counts and health from a monitor, through a gateway.
import { describe, expect, test } from 'vitest';
import { Outliers } from '../../gateway/backends/outliers.ts';
import type { FakeCoordinator } from './fake-coordinator.ts';
import { call, fake, gateway, post } from './helpers.ts';

const AT = 'http://a';

describe('outliers', () => {
  const outliers = (failures = 3) => {
    const clock = { nowMs: 0 };
    return {
      clock,
      it: new Outliers(
        () => ({ failures, ejectFor: 100, longest: 250 }),
        () => clock.nowMs,
      ),
    };
  };
  const fail = (it: Outliers, isLast = false) => it.failed(AT, () => isLast);

  test('failures in a row eject, for longer with each time; a success forgets', () => {
    const { clock, it } = outliers();
    expect([fail(it), fail(it), fail(it)]).toEqual([undefined, undefined, 100]);
    expect(it.isEjected(AT)).toBe(true);
    expect(fail(it)).toBe(undefined);
    clock.nowMs = 100;
    expect(it.isEjected(AT)).toBe(false);
    expect(fail(it)).toBe(200);
    clock.nowMs = 300;
    expect(it.isEjected(AT)).toBe(false);
    expect(fail(it)).toBe(250);
    clock.nowMs = 550;
    expect(it.isEjected(AT)).toBe(false);
    it.succeeded(AT);
    expect([fail(it), fail(it), fail(it)]).toEqual([undefined, undefined, 100]);
    expect(it.view(AT)).toMatchObject({ ejections: 4, failures: 9, failuresInARow: 3 });
  });

  test('the last one is spared, and counted', () => {
    const { it } = outliers(1);
    expect(fail(it, true)).toBe(undefined);
    expect(it.view(AT)).toMatchObject({ spared: 1, ejections: 0 });
    expect(fail(it, false)).toBe(100);
  });

  test('0 failures eject nobody', () => {
    const { it } = outliers(0);
    for (let i = 0; i < 50; i++) expect(fail(it)).toBe(undefined);
  });
});

async function two(
  input: Parameters<typeof gateway>[0],
  prepare: (blue: FakeCoordinator, green: FakeCoordinator) => void = () => undefined,
) {
  const blue = await fake({ suffix: 'aaaaa' });
  const green = await fake({ suffix: 'bbbbb' });
  prepare(blue, green);
  const gw = await gateway({
    backends: [
      { name: 'blue', proxyTo: blue.url },
      { name: 'green', proxyTo: green.url },
    ],
    ...input,
  });
  await gw.until('blue', { trinoStatus: 'HEALTHY' });
  await gw.until('green', { trinoStatus: 'HEALTHY' });
  return { blue, green, gw };
}

/** Statements of clients are answered 503; the probe's are well. */
function sick(coordinator: FakeCoordinator): void {
  coordinator.hook = (request, response) => {
    if (request.method !== 'POST' || request.header('x-trino-user') === 'rehearse-probe') return false;
    response.writeHead(503).end();
    return true;
  };
}

const ejectionOf = async (gw: { state(name: string): Promise<Record<string, unknown>> }, name: string) =>
  (await gw.state(name)).ejection as Record<string, unknown>;

describe('ejection', () => {
  test('a backend whose probe is well but whose statements fail gets no more of them, and comes back', async () => {
    const { blue, green, gw } = await two({
      routing: { balancer: 'round-robin' },
      health: { ejection: { failures: 2, ejectFor: '300ms' } },
    });
    sick(blue);
    for (let i = 0; i < 8; i++) await post(gw.url, 'SELECT 1');
    expect(await ejectionOf(gw, 'blue')).toMatchObject({ isOut: true, failures: 2, ejections: 1 });
    expect([blue.statements.length, green.statements.length]).toEqual([2, 8]);
    blue.hook = undefined;
    await expect
      .poll(async () => (await post(gw.url, 'SELECT 1')).id.slice(-5), { timeout: 5_000 })
      .toBe('aaaaa');
    expect(await ejectionOf(gw, 'blue')).toMatchObject({ isOut: false, failuresInARow: 0 });
  });

  test('the last backend of a group is never ejected', async () => {
    const { blue, gw } = await two({
      routing: { emptyGroup: 'hold', holdFor: '5s' },
      health: { ejection: { failures: 1, ejectFor: '1m' } },
    });
    await call(`${gw.url}/gateway/backend/deactivate/green`, { method: 'POST' });
    sick(blue);
    setTimeout(() => {
      blue.hook = undefined;
    }, 200);
    expect((await post(gw.url, 'SELECT 1')).id).toMatch(/_aaaaa$/);
    const { ejections, spared } = await ejectionOf(gw, 'blue');
    expect([ejections, Number(spared) > 0]).toEqual([0, true]);
  });

  test('a refused connection takes a backend out at once, and is counted', async () => {
    const { blue, green, gw } = await two({
      monitor: { taskDelay: '1m' },
      routing: { balancer: 'round-robin' },
    });
    await blue.kill();
    for (let i = 0; i < 4; i++) await post(gw.url, 'SELECT 1');
    expect(green.statements).toHaveLength(4);
    expect(await gw.state('blue')).toMatchObject({ trinoStatus: 'UNHEALTHY' });
    expect((await ejectionOf(gw, 'blue')).refusals).toBe(1);
  });
});

/** Answers UI_API's questions without a login. */
function statsOf(coordinator: FakeCoordinator, stats: object, delayMs = 0): void {
  coordinator.hook = (request, response) => {
    if (!request.url.startsWith('/ui/')) return false;
    const value = request.url === '/ui/api/stats' ? stats : [{ sessionUser: 'ann' }];
    setTimeout(() => coordinator.json(response, value), delayMs);
    return true;
  };
}

const UI_API = {
  clusterStatsConfiguration: { monitorType: 'UI_API' },
  backendState: { username: 'u' },
} as const;

describe('a monitor in the configuration', () => {
  test('tells counts, while the readiness probe goes on to judge health', async () => {
    const blue = await fake();
    statsOf(blue, { activeWorkers: 0, queuedQueries: 1, runningQueries: 6 });
    const gw = await gateway({ backends: [{ name: 'blue', proxyTo: blue.url }], ...UI_API });
    const state = await gw.until('blue', {
      trinoStatus: 'HEALTHY',
      runningQueryCount: 6,
      queuedQueryCount: 1,
    });
    expect(state.userQueuedCount).toEqual({ ann: 1 });
    expect(state.readiness).toMatch(/^a scan of /);
  });

  test.each([
    ['health.probe: monitor', { health: { probe: 'monitor' } }],
    ['compat: strict', { compat: 'strict' }],
  ] as const)('judges health with %s', async (_, input) => {
    const blue = await fake();
    statsOf(blue, { activeWorkers: 0, queuedQueries: 1, runningQueries: 6 });
    const gw = await gateway({ backends: [{ name: 'blue', proxyTo: blue.url }], ...UI_API, ...input });
    await gw.until('blue', { trinoStatus: 'UNHEALTHY', reason: '/ui/api/stats counts 0 workers' });
    statsOf(blue, { activeWorkers: 2, queuedQueries: 0, runningQueries: 0 });
    await gw.until('blue', { trinoStatus: 'HEALTHY', numWorkerNodes: 2, coordinatorSuffix: 'aaaaa' });
  });

  test('compat: strict without a monitor believes /v1/info', async () => {
    const blue = await fake({ tables: [] });
    const gw = await gateway({ backends: [{ name: 'blue', proxyTo: blue.url }], compat: 'strict' });
    await gw.until('blue', { trinoStatus: 'HEALTHY', reason: '/v1/info says started' });
  });

  test('one that hangs delays no check and no other backend', async () => {
    const { blue, green, gw } = await two({ ...UI_API, monitor: { taskDelay: '20ms', timeout: '30s' } });
    blue.hook = (request) => request.url.startsWith('/ui/');
    statsOf(green, { activeWorkers: 1, queuedQueries: 0, runningQueries: 4 });
    const checks = blue.received.length;
    await expect.poll(() => blue.received.length).toBeGreaterThan(checks + 5);
    expect(await gw.state('blue')).toMatchObject({ trinoStatus: 'HEALTHY' });
  });
});

// Both clusters run as many; blue has a queue of one.
test.each([
  ['strict', 40, 0],
  ['better', 25, 15],
] as const)('slow statistics, compat: %s', async (compat, most, least) => {
  const report = (it: FakeCoordinator, queuedQueries: number) =>
    statsOf(it, { activeWorkers: 1, queuedQueries, runningQueries: 20 }, 20);
  const { blue, green, gw } = await two(
    {
      ...UI_API,
      compat,
      monitor: { taskDelay: '50ms', countsEvery: '50ms' },
      routing: { balancer: 'query-count' },
    },
    (one, other) => {
      report(one, 1);
      report(other, 0);
    },
  );
  await gw.until('blue', { queuedQueryCount: 1, trinoStatus: 'HEALTHY' });
  await gw.until('green', { runningQueryCount: 20, trinoStatus: 'HEALTHY' });
  // From here on no report ends: the counts are as old as the burst is long.
  for (const it of [blue, green]) it.hook = (request) => request.url.startsWith('/ui/');
  const ids: string[] = [];
  for (let i = 0; i < 40; i++) ids.push((await post(gw.url, 'SELECT 1')).id.slice(-5));
  const longestRun = Math.max(
    ...ids
      .join('')
      .match(/(aaaaa)+|(bbbbb)+/g)!
      .map((run) => run.length / 5),
  );
  const share = ids.filter((suffix) => suffix === 'bbbbb').length;
  console.log(`compat ${compat}: ${share} of 40 to one cluster, longest run ${longestRun}`);
  expect(share).toBeLessThanOrEqual(most);
  expect(40 - share).toBeGreaterThanOrEqual(least);
  if (compat === 'strict') expect(longestRun).toBe(40);
  else expect(longestRun).toBeLessThanOrEqual(3);
});
