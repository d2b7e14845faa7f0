import { describe, expect, test } from 'vitest';
import { call, fake, gateway } from './helpers.ts';

const blueAt = (proxyTo: string) => [{ name: 'blue', proxyTo }];
const scansOf = (blue: Awaited<ReturnType<typeof fake>>) =>
  blue.received.filter((r) => r.method === 'POST' && r.body.toString().startsWith('SELECT 1 FROM'));

describe('ready', () => {
  test('a backend is PENDING while it starts, and through the gap in which table scans fail', async () => {
    const blue = await fake();
    blue.starting = true;
    const gw = await gateway({ backends: blueAt(blue.url), health: { table: 'tpch.tiny.nation' } });
    await gw.until('blue', { trinoStatus: 'PENDING', reason: '/v1/info says starting' });

    blue.noNodes = true;
    blue.starting = false;
    await gw.until('blue', {
      trinoStatus: 'PENDING',
      reason: 'the scan of tpch.tiny.nation failed with NO_NODES_AVAILABLE: NO_NODES_AVAILABLE',
    });

    blue.noNodes = false;
    await gw.until('blue', {
      trinoStatus: 'HEALTHY',
      readiness: 'a scan of tpch.tiny.nation',
      coordinatorSuffix: 'aaaaa',
    });
    const states = gw.log.lines.filter((l) => l.message === 'backend state').map((l) => l.fields.status);
    expect(states).toEqual(['PENDING', 'PENDING', 'HEALTHY']);
  });

  test('what is lost is a warning in the log, what starts or is back is none', async () => {
    const blue = await fake();
    const gw = await gateway({ backends: blueAt(blue.url), health: { table: 'tpch.tiny.nation' } });
    await gw.until('blue', { trinoStatus: 'HEALTHY' });
    const { port } = new URL(blue.url);
    await blue.kill();
    await gw.until('blue', { trinoStatus: 'UNHEALTHY' });
    await fake({ port: Number(port) });
    await gw.until('blue', { trinoStatus: 'HEALTHY' });
    const lines = gw.log.lines.filter((l) => l.message === 'backend state');
    const levels = lines.map((l) => `${l.level} ${l.fields.status}`);
    const seen = new Set(levels.filter((line) => !line.endsWith('PENDING')));
    expect([...seen].toSorted()).toEqual(['info HEALTHY', 'warn UNHEALTHY']);
  });

  test('without a named table it finds one, and says so', async () => {
    const blue = await fake({ tables: ['hive.web.clicks'] });
    const gw = await gateway({ backends: blueAt(blue.url) });
    await gw.until('blue', {
      trinoStatus: 'HEALTHY',
      readiness: 'a scan of hive.web.clicks (found by itself)',
    });
  });

  test('of the catalogs it finds, tpch is scanned first', async () => {
    const blue = await fake({ tables: ['hive.web.clicks', 'tpch.tiny.region'] });
    const gw = await gateway({ backends: blueAt(blue.url) });
    await gw.until('blue', {
      trinoStatus: 'HEALTHY',
      readiness: 'a scan of tpch.tiny.region (found by itself)',
    });
  });

  test('every named catalog has to answer', async () => {
    const blue = await fake({ tables: ['hive.web.clicks'] });
    const gw = await gateway({ backends: blueAt(blue.url), health: { catalogs: ['hive', 'lake'] } });
    await gw.until('blue', {
      trinoStatus: 'PENDING',
      reason: 'no table with a row was found in catalog lake',
    });
    blue.tables = ['hive.web.clicks', 'lake.raw.events'];
    await gw.until('blue', {
      trinoStatus: 'HEALTHY',
      readiness: 'a scan of hive.web.clicks, lake.raw.events (found by itself)',
    });
  });

  test('with no table to scan it waits for the settling time', async () => {
    const blue = await fake({ tables: [] });
    const gw = await gateway({ backends: blueAt(blue.url), health: { settle: '300ms' } });
    await gw.until('blue', { reason: 'no table was found to scan; settling for 300 ms' });
    const seen = await gw.until('blue', { trinoStatus: 'HEALTHY' });
    expect(seen.readiness).toBe('300 ms after starting:false (no table was found to scan)');
  });

  test('a table that does not exist makes the backend UNHEALTHY, with the reason', async () => {
    const blue = await fake();
    const gw = await gateway({ backends: blueAt(blue.url), health: { table: 'tpch.tiny.nations' } });
    await gw.until('blue', {
      trinoStatus: 'UNHEALTHY',
      reason: 'the scan of tpch.tiny.nations failed with TABLE_NOT_FOUND: TABLE_NOT_FOUND',
    });
  });

  test('the scan is repeated now and then, not at each check', async () => {
    const blue = await fake();
    const gw = await gateway({
      backends: blueAt(blue.url),
      monitor: { taskDelay: '10ms' },
      health: { table: 'tpch.tiny.nation' },
    });
    await gw.until('blue', { trinoStatus: 'HEALTHY' });
    await expect.poll(() => scansOf(blue).length).toBeGreaterThanOrEqual(3);
    const checks = blue.received.filter((r) => r.url === '/v1/info').length;
    expect(checks / scansOf(blue).length).toBeGreaterThan(4);
  });

  test('a backend that proved itself stays HEALTHY when it is too busy to end a scan in time', async () => {
    const blue = await fake();
    const gw = await gateway({
      backends: blueAt(blue.url),
      monitor: { taskDelay: '10ms', timeout: '200ms' },
      health: { table: 'tpch.tiny.nation' },
    });
    await gw.until('blue', { trinoStatus: 'HEALTHY', reason: 'ready' });
    // From now on every poll says RUNNING, after a moment, for ever.
    blue.hook = (request, response) => {
      if (!request.url.startsWith('/v1/statement/')) return false;
      const id = request.url.split('/')[4] ?? '';
      const next = { id, nextUri: `${blue.url}${request.url}`, stats: { state: 'RUNNING' } };
      setTimeout(() => blue.json(response, next), 30);
      return true;
    };
    const reason = 'ready before; the scan of tpch.tiny.nation was still RUNNING when its time was up';
    await gw.until('blue', { trinoStatus: 'HEALTHY', reason });
    blue.suffix = 'bbbbb';
    await gw.until('blue', { trinoStatus: 'PENDING', coordinatorSuffix: 'bbbbb' });
  });

  test('another process behind the URL is PENDING until its own scan has passed', async () => {
    const blue = await fake();
    const gw = await gateway({ backends: blueAt(blue.url), health: { table: 'tpch.tiny.nation' } });
    await gw.until('blue', { trinoStatus: 'HEALTHY', coordinatorSuffix: 'aaaaa' });
    blue.noNodes = true;
    blue.suffix = 'bbbbb';
    await gw.until('blue', { trinoStatus: 'PENDING', coordinatorSuffix: 'bbbbb' });
    blue.noNodes = false;
    await gw.until('blue', { trinoStatus: 'HEALTHY', coordinatorSuffix: 'bbbbb' });
  });

  test('and where /v1/info tells the process, the very next check sees it', async () => {
    const blue = await fake();
    const gw = await gateway({ backends: blueAt(blue.url), monitor: { taskDelay: '200ms' } });
    await gw.until('blue', { trinoStatus: 'HEALTHY' });
    const checks = () => blue.received.filter((r) => r.url === '/v1/info').length;
    const before = checks();
    blue.suffix = 'bbbbb';
    await gw.until('blue', { coordinatorSuffix: 'bbbbb' });
    expect(checks() - before).toBeLessThanOrEqual(2);
  });

  test('releases that do not tell their id are known by the ids of the probe', async () => {
    const blue = await fake();
    blue.tellsId = false;
    const gw = await gateway({ backends: blueAt(blue.url) });
    await gw.until('blue', { trinoStatus: 'HEALTHY', coordinatorSuffix: 'aaaaa' });
    blue.suffix = 'bbbbb';
    await gw.until('blue', { trinoStatus: 'HEALTHY', coordinatorSuffix: 'bbbbb' });
  });

  test('warm-up statements run once for each process, before it gets queries', async () => {
    const blue = await fake();
    const gw = await gateway({ backends: blueAt(blue.url), health: { warmUp: ['SELECT 42'] } });
    const warmUps = () => blue.received.filter((r) => r.body.toString() === 'SELECT 42').length;
    await gw.until('blue', { trinoStatus: 'HEALTHY' });
    expect(warmUps()).toBe(1);
    blue.suffix = 'bbbbb';
    await gw.until('blue', { trinoStatus: 'HEALTHY', coordinatorSuffix: 'bbbbb' });
    await expect.poll(warmUps).toBe(2);
  });

  test('a backend that is refused is UNHEALTHY, and comes back', async () => {
    const blue = await fake();
    const gw = await gateway({ backends: blueAt(blue.url) });
    await gw.until('blue', { trinoStatus: 'HEALTHY' });
    await blue.kill();
    const down = await gw.until('blue', { trinoStatus: 'UNHEALTHY' });
    expect(down.reason).toMatch(/^\/v1\/info: /);
    const green = await fake({ port: blue.port, suffix: 'bbbbb' });
    await gw.until('blue', { trinoStatus: 'HEALTHY', coordinatorSuffix: green.suffix });
  });
});

describe('weaker probes, as configured', () => {
  test('info believes starting:false', async () => {
    const blue = await fake();
    blue.starting = true;
    blue.noNodes = true;
    const gw = await gateway({ backends: blueAt(blue.url), health: { probe: 'info' } });
    await gw.until('blue', { trinoStatus: 'PENDING' });
    blue.starting = false;
    await gw.until('blue', { trinoStatus: 'HEALTHY', readiness: '/v1/info says started' });
  });

  test('info-200 believes any 200', async () => {
    const blue = await fake();
    blue.starting = true;
    const gw = await gateway({ backends: blueAt(blue.url), health: { probe: 'info-200' } });
    await gw.until('blue', { trinoStatus: 'HEALTHY', readiness: '/v1/info answers 200' });
  });

  test('a backend may have its own probe', async () => {
    const blue = await fake();
    blue.noNodes = true;
    const gw = await gateway({
      backends: [
        { name: 'weak', proxyTo: blue.url, health: { probe: 'info' } },
        { name: 'strong', proxyTo: blue.url },
      ],
    });
    await gw.until('weak', { trinoStatus: 'HEALTHY' });
    expect(await gw.state('strong')).toMatchObject({ trinoStatus: 'PENDING' });
  });
});

test('which way of forwarding a backend accepts is found out, or said by the configuration', async () => {
  const blue = await fake();
  const green = await fake({ suffix: 'bbbbb' });
  green.rejectForwarded = true;
  const gw = await gateway({
    backends: [
      { name: 'blue', proxyTo: blue.url },
      { name: 'green', proxyTo: green.url },
      { name: 'told', proxyTo: green.url, forwarding: 'forwarded' },
    ],
  });
  await gw.until('blue', { trinoStatus: 'HEALTHY', forwarding: 'forwarded' });
  await gw.until('green', { trinoStatus: 'HEALTHY', forwarding: 'preserve-host' });
  const told = await gw.until('told', { trinoStatus: 'UNHEALTHY' });
  expect(told.reason).toMatch(/406: set http-server.process-forwarded=true/);
});

test('a backend that never answers delays no other', async () => {
  const blue = await fake();
  const hanging = await fake();
  hanging.hook = () => true;
  const gw = await gateway({
    backends: [
      { name: 'hanging', proxyTo: hanging.url },
      { name: 'blue', proxyTo: blue.url },
    ],
    monitor: { timeout: '400ms', taskDelay: '50ms' },
  });
  await gw.until('blue', { trinoStatus: 'HEALTHY' });
  expect(await gw.state('hanging')).toMatchObject({ trinoStatus: 'PENDING', reason: 'not checked yet' });
  await gw.until('hanging', { trinoStatus: 'UNHEALTHY', reason: '/v1/info: no answer in 400 ms' });
});

test('inactive backends are checked too', async () => {
  const blue = await fake();
  const gw = await gateway({ backends: [{ name: 'blue', proxyTo: blue.url, active: false }] });
  await gw.until('blue', { trinoStatus: 'HEALTHY', active: false });
});

test('a check that began before a change cannot vouch for what came after it', async () => {
  const blue = await fake();
  const gw = await gateway({ backends: blueAt(blue.url), health: { probe: 'info' } });
  await gw.until('blue', { trinoStatus: 'HEALTHY' });
  const held: (() => void)[] = [];
  blue.hook = (request, response) => {
    if (request.url !== '/v1/info') return false;
    held.push(() => blue.json(response, { coordinator: true, starting: false }));
    return true;
  };
  await expect.poll(() => held.length).toBe(1);
  await call(`${gw.url}/gateway/backend/activate/blue`, { method: 'POST' });
  held[0]?.();
  await expect.poll(() => held.length).toBe(2);
  expect((await gw.state('blue')).trinoStatus).toBe('PENDING');
  held[1]?.();
  await gw.until('blue', { trinoStatus: 'HEALTHY' });
});
