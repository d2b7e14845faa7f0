import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Clock, sleep, systemClock } from '../../src/base/clock.ts';
import { readiness } from '../../src/stub/coordinator/readiness.ts';
import { startStub } from '../../src/stub/index.ts';
import { asUser, get, outcome, quickStub, ready, run, send } from './wire.ts';

const startup = {
  closedMs: 300,
  silentMs: 200,
  startingMs: 1_000,
  gapMs: { hive: 500, '*': 100 },
  coldScanMs: 40,
};

/** A clock that stands where the test puts it; sleepers wake when it moves past their time. */
function handClock(): Clock & { set(ms: number): void } {
  let now = 0;
  let sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];
  return {
    nowMs: () => now,
    wallMs: () => Date.UTC(2026, 0, 1) + now,
    sleepUntil: (atMs) =>
      atMs <= now ? Promise.resolve() : new Promise((wake) => sleepers.push({ atMs, wake })),
    set(ms) {
      now = ms;
      for (const { wake } of sleepers.filter((s) => s.atMs <= now)) wake();
      sleepers = sleepers.filter((s) => s.atMs > now);
    },
  };
}

describe('the phases', () => {
  it.each([
    [0, 'closed'],
    [299, 'closed'],
    [300, 'silent'],
    [499, 'silent'],
    [500, 'starting'],
    [1_499, 'starting'],
    [1_500, 'gap'],
    [1_999, 'gap'],
    [2_000, 'ready'],
  ])('at %i ms: %s', (ms, phase) => {
    expect(readiness(startup).phase(ms)).toBe(phase);
  });

  it('a catalog can be scanned when its own gap is over, others by the star', () => {
    const phases = readiness(startup);
    expect([1_599, 1_600].map((ms) => phases.canScan('tpch', ms))).toEqual([false, true]);
    expect([1_999, 2_000].map((ms) => phases.canScan('hive', ms))).toEqual([false, true]);
  });

  it('the first scan alone is cold', () => {
    const phases = readiness(startup);
    expect([phases.takeColdScanMs(), phases.takeColdScanMs()]).toEqual([40, 0]);
  });
});

describe('a starting coordinator', () => {
  it('opens its port late, is silent, fails statements, fails scans, and is ready', async () => {
    const clock = handClock();
    let opened = false;
    const starting = startStub(
      { startup, service: { kind: 'constant', ms: 0 } },
      { clock, startedMs: 0 },
    ).then((s) => {
      opened = true;
      return s;
    });
    await sleep(systemClock, 20);
    expect(opened).toBe(false);
    clock.set(300);
    const stub = await starting;

    let answered = false;
    const info = get(`${stub.url}/v1/info`).then((reply) => {
      answered = true;
      return JSON.parse(reply.text) as unknown;
    });
    await sleep(systemClock, 50);
    expect(answered).toBe(false);
    clock.set(500);
    expect(await info).toMatchObject({ starting: true, coordinator: true, simulation: true });

    expect((await get(`${stub.url}/v1/info/state`)).text).toBe('"ACTIVE"');
    expect((await get(`${stub.url}/metrics`, asUser)).status).toBe(503);
    expect((await get(`${stub.url}/v1/query`, asUser)).status).toBe(500);
    expect((await get(`${stub.url}/v1/status`)).status).toBe(200);
    expect((await get(`${stub.url}/ui/api/stats`)).status).toBe(401);
    const pages = await run(stub, 'SELECT 1');
    expect(pages).toHaveLength(2);
    expect(pages[0]).toMatchObject({ id: expect.stringMatching(new RegExp(`_${stub.suffix}$`)) });
    expect(pages[0]).not.toHaveProperty('error');
    expect(pages[1]).toMatchObject({
      error: {
        errorCode: 65_548,
        errorName: 'SERVER_STARTING_UP',
        errorType: 'INTERNAL_ERROR',
        message: 'Trino server is still initializing',
      },
    });

    clock.set(1_500);
    expect(JSON.parse((await get(`${stub.url}/v1/info`)).text)).toMatchObject({ starting: false });
    for (const sql of [
      'SELECT 1',
      "SELECT count(*) FROM system.runtime.nodes WHERE state = 'active'",
      'SELECT count(*) FROM TABLE(sequence(1, 1))',
      'SELECT count(*) FROM UNNEST(ARRAY[1, 2])',
      'SELECT * FROM tpch.information_schema.schemata',
      'SELECT extract(year FROM current_date)',
      'SHOW TABLES FROM tpch.tiny',
      'EXPLAIN SELECT * FROM tpch.tiny.nation',
    ]) {
      expect((await outcome(stub, sql)).error, sql).toBeUndefined();
    }
    for (const [sql, headers] of [
      ['SELECT count(*) FROM tpch.tiny.nation', {}],
      ['SELECT * FROM nation', { 'X-Trino-Catalog': 'tpch', 'X-Trino-Schema': 'tiny' }],
      ['WITH a AS (SELECT * FROM hive.b.c) SELECT * FROM a', {}],
      ['INSERT INTO memory.default.t VALUES 1', {}],
    ] as const) {
      expect((await outcome(stub, sql, headers)).error, sql).toMatchObject({
        errorCode: 65_541,
        errorName: 'NO_NODES_AVAILABLE',
      });
    }
    clock.set(1_600);
    expect((await outcome(stub, 'SELECT * FROM tpch.tiny.nation')).error).toBeUndefined();
    expect((await outcome(stub, 'SELECT * FROM hive.a.b')).error?.errorName).toBe('NO_NODES_AVAILABLE');
    clock.set(2_000);
    expect((await outcome(stub, 'SELECT * FROM hive.a.b')).error).toBeUndefined();
    expect(stub.state().phase).toBe('ready');
    await stub.close();
  });

  it('takes longer for the first scan only', async () => {
    const stub = await quickStub({ startup: { ...ready, coldScanMs: 250 } });
    const took = async () => {
      const from = performance.now();
      await run(stub, 'SELECT * FROM tpch.tiny.nation');
      return performance.now() - from;
    };
    expect(await took()).toBeGreaterThan(245);
    expect(await took()).toBeLessThan(200);
    await stub.close();
  });
});

describe('the end of an incarnation', () => {
  it.each(['close', 'kill'] as const)(
    '%s cuts waiting polls without an answer and refuses new ones',
    async (how) => {
      const stub = await quickStub({ service: { kind: 'constant', ms: 60_000 } });
      const pages = [];
      for await (const page of firstPages(stub)) pages.push(page);
      const waiting = get(pages.at(-1) ?? '').then(
        () => 'answered',
        (error: NodeJS.ErrnoException) => error.code,
      );
      await sleep(systemClock, 30);
      await stub[how]();
      expect(await waiting).toBe('ECONNRESET');
      const refused = await new Promise<string | undefined>((resolve) => {
        const socket = connect(Number(new URL(stub.url).port), '127.0.0.1');
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      });
      expect(refused).toBe('ECONNREFUSED');
    },
  );

  it('the next one has another suffix and does not know the old ids', async () => {
    const old = await quickStub();
    const posted = JSON.parse((await send('POST', `${old.url}/v1/statement`, asUser, 'SELECT 1')).text) as {
      nextUri: string;
    };
    const port = Number(new URL(old.url).port);
    await old.close();
    const fresh = await quickStub({ port });
    expect(fresh.suffix).not.toBe(old.suffix);
    const reply = await get(posted.nextUri);
    expect([reply.status, reply.text]).toEqual([404, 'Error 404 Not Found: Query not found']);
    expect(fresh.state().totals).toMatchObject({ polls: 1, unknownIds: 1 });
    await fresh.close();
  });
});

async function* firstPages(stub: { readonly url: string }): AsyncGenerator<string> {
  let uri = (
    JSON.parse((await send('POST', `${stub.url}/v1/statement`, asUser, 'SELECT 1')).text) as {
      nextUri: string;
    }
  ).nextUri;
  for (let i = 0; i < 3; i++) {
    uri = (JSON.parse((await get(uri)).text) as { nextUri: string }).nextUri;
    yield uri;
  }
}
