// The load on several threads, on real sockets: together they send what one thread would, and nothing gets lost when it ends early.
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { DumpRecord } from '../../src/dump/record.ts';
import type { EventType } from '../../src/measure/record/events.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { buildPlan } from '../../src/plan/build.ts';
import { stagesFrom } from '../../src/plan/pacing.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { type Generator, type Go, type LoadOrder, localGenerator } from '../../src/replay/generator.ts';
import type { LoadShape } from '../../src/replay/shape.ts';
import { type ClusterNews, clusterNews } from '../../src/replay/targets.ts';
import { threadedGenerator } from '../../src/replay/threads/pool.ts';
import { record, scenario } from '../plan/factory.ts';
import { quickStub } from '../stub/wire.ts';

const TROUBLED = new URL('./fixtures/troubled-thread.ts', import.meta.url);
const recorded: LoadShape = { model: 'recorded', stages: [] };

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function planOf(records: readonly Partial<DumpRecord>[], settings: Record<string, unknown> = {}): Plan {
  return buildPlan(records.map(record), scenario({ baseline: { share: 0 }, ...settings }));
}

const numbered = (n: number, everyMs: number, users = n) =>
  Array.from({ length: n }, (_, i) => ({
    ...{ arrivedAtMs: i * everyMs, sql: `SELECT ${i}`, user: `u${i % users}` },
  }));

function orderTo(url: string, change: Partial<LoadOrder> = {}): LoadOrder {
  return {
    ...{ runId: 'r', seed: 1, shape: recorded, client: 'strict', queryTimeoutMs: 60_000, connections: 64 },
    ...{ allowHosts: [], access: { tls: {} } },
    routes: { gatewayUrl: url, clusters: [], backBy: 'cluster-up' },
    ...change,
  };
}

interface Settings extends Partial<Go> {
  readonly threads: number;
  readonly news?: ClusterNews;
  readonly module?: URL;
}

/** Starts a plan on so many threads. */
async function start(
  plan: Plan,
  order: LoadOrder,
  { threads, news = clusterNews(), module, ...go }: Settings,
) {
  const generator: Generator =
    threads === 1
      ? await localGenerator(plan, order, news)
      : await threadedGenerator(plan, order, news, { threads, ...(module && { module }) });
  closers.push(() => generator.close());
  const samples: Sample[] = [];
  const originMs = systemClock.nowMs();
  const startMs = originMs + generator.headStartMs;
  const replay = generator.start({
    ...{ originMs, startMs, wantedUntilMs: Number.NEGATIVE_INFINITY },
    onSample: (sample) => samples.push(sample),
    signal: new AbortController().signal,
    ...go,
  });
  return { generator, replay, samples, originMs, startMs };
}

/** A server in this process; `answer` gets the requests. */
async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  connected = () => {},
) {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response));
  });
  server.on('connection', connected);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ID = '20260302_081500_00042_ab3de';
const page = (fields: object) => JSON.stringify({ id: ID, stats: { state: 'RUNNING' }, ...fields });

/** A coordinator whose queries never end; counts what is open, and what was cancelled. */
async function endlessCoordinator() {
  const seen = { polls: 0, cancelled: 0 };
  const url = await serve((request, response) => {
    if (request.method === 'POST') response.end(page({ nextUri: `${url}/v1/statement/executing/${ID}/y/1` }));
    else if (request.method === 'GET') seen.polls++;
    else {
      seen.cancelled++;
      response.writeHead(204).end();
    }
  });
  return { url, seen };
}

const told = (news: ClusterNews, type: EventType, cluster: string) =>
  news.note({ atUs: 0, type, cluster, text: '' });

const SHAPES: Readonly<Record<string, [LoadShape, Plan]>> = {
  recorded: [recorded, planOf(numbered(60, 5), { baseline: { share: 0.5, noise: 0.5, gap: '5ms' } })],
  'recorded, a count of 41 over a plan of 17': [{ ...recorded, mostQueries: 41 }, planOf(numbered(17, 5))],
  'a rate, poisson': [
    { model: 'rate', arrivals: 'poisson', stages: stagesFrom(400, [{ for: 200, to: 200 }]) },
    planOf(numbered(7, 5), { load: { model: 'rate' } }),
  ],
  closed: [{ model: 'closed', stages: stagesFrom(5, []) }, planOf(numbered(60, 1, 20))],
  'closed, in sessions': [
    { model: 'closed', stages: stagesFrom(3, []), inSessions: true },
    planOf(numbered(40, 1, 5)),
  ],
};

describe('several threads send what one sends, when it is due on the run’s clock', () => {
  const cases = Object.keys(SHAPES).map((name): [string, number] => [name, name === 'closed' ? 3 : 2]);
  test.each(cases)('%s, %d threads', async (name, threads) => {
    const [shape, plan] = SHAPES[name] as (typeof SHAPES)[string];
    const stub = await quickStub({ maxRunning: 500, maxQueued: 10_000 });
    closers.push(() => stub.close());
    const clusters = [{ name: 'blue', group: 'bi', url: stub.url }];
    const routes = { gatewayUrl: stub.url, clusters, backBy: 'cluster-up' } as const;
    const order = orderTo(stub.url, { shape, routes });
    const news = clusterNews();
    told(news, 'cluster-activated', 'blue');
    const one = await start(plan, order, { threads: 1, news });
    const several = await start(plan, order, { threads, news });
    await Promise.all([one.replay.done, several.replay.done]);
    const endedMs = systemClock.nowMs();
    const sent = ({ samples }: typeof one) =>
      samples.map((s) => `${s.seq} ${s.arm} ${s.statement}`).toSorted();
    expect(sent(several)).toEqual(sent(one));
    expect(several.replay.planned).toEqual(one.replay.planned);
    const count = several.samples.length;
    expect(several.replay.progress).toEqual({
      planned: count,
      released: count,
      open: 0,
      ended: count,
      troubled: 0,
    });
    // One clock: what is due stands to some microseconds where one thread has it, and no answer comes before its question.
    const due = ({ samples, startMs, originMs }: typeof one) =>
      samples.map((s) => s.intendedUs - (startMs - originMs) * 1000).toSorted((a, b) => a - b);
    if (shape.model !== 'closed')
      for (const [i, us] of due(several).entries())
        expect(Math.abs(us - (due(one)[i] ?? 0))).toBeLessThan(500);
    for (const { intendedUs, sentUs, lastUs, end } of several.samples) {
      expect(end).toBe('finished');
      expect(intendedUs).toBeGreaterThan((several.startMs - several.originMs) * 1000 - 500);
      expect(sentUs).toBeGreaterThan(intendedUs - 500);
      expect(lastUs).toBeGreaterThanOrEqual(sentUs);
      expect(lastUs).toBeLessThan((endedMs - several.originMs) * 1000 + 500);
    }
    expect(one.generator.health().threads).toBe(1);
    expect(several.generator.health()).toMatchObject({ threads, clockStepMs: expect.any(Number) });
    expect(several.generator.health().eventLoopUtilisationMax).toBeGreaterThan(0);
  });
});

test('the official client carries statements on several threads too, read in before the start', async () => {
  const stub = await quickStub();
  closers.push(() => stub.close());
  const plan = planOf(numbered(12, 2));
  const results = async (change: Partial<LoadOrder>, threads: number) => {
    const { replay, samples } = await start(plan, orderTo(stub.url, change), { threads });
    await replay.done;
    return samples.map((s) => `${s.seq} ${s.end} ${s.rows} ${s.checksum} ${s.bytes > 0}`).toSorted();
  };
  const ofWire = await results({}, 1);
  const official = ofWire.map((line) => line.replace(/true$/, 'false'));
  expect(await results({ driver: 'trino-client' }, 2)).toEqual(official);
  expect(await results({ driver: 'trino-client' }, 1)).toEqual(official);
});

test('a client’s statements stay on one thread: each carries what those before it made', async () => {
  const stub = await quickStub({ maxRunning: 500, maxQueued: 10_000 });
  closers.push(() => stub.close());
  const statements = ['PREPARE q FROM SELECT 1', 'EXECUTE q', 'DEALLOCATE PREPARE q'];
  const records = ['ana', 'bo', 'cem', 'dee'].flatMap((user, u) =>
    statements.map((sql, i) => ({ user, sql, arrivedAtMs: 4 * i + u })),
  );
  const plan = planOf(records, { load: { sessions: 'replay' } });
  const order = orderTo(stub.url, { shape: { ...recorded, inSessions: true } });
  const { replay, samples } = await start(plan, order, { threads: 2 });
  await replay.done;
  expect(samples.map((s) => `${s.end} ${s.errorName}`)).toEqual(Array(12).fill('finished '));
});

test('every thread proves who it is, and none speaks to a host that is not allowed', async () => {
  const proofs: unknown[] = [];
  const url = await serve((request, response) => {
    proofs.push(request.headers.authorization);
    response.end(page({ nextUri: 'http://trino.test:8080/v1/statement/executing/1' }));
  });
  const access = { basic: { user: 'ana', password: 'geheim' }, tls: {} };
  const { replay, samples } = await start(planOf(numbered(4, 0)), orderTo(url, { access }), { threads: 2 });
  await replay.done;
  expect(proofs).toEqual(Array(4).fill(`Basic ${Buffer.from('ana:geheim').toString('base64')}`));
  expect(samples.map((s) => s.detail)).toEqual(
    Array(4).fill('host-not-allowed: the answer leads to trino.test:8080'),
  );
});

test('connections are shared out: the threads together open as many as one would', async () => {
  let opened = 0;
  const finish = (_: IncomingMessage, response: ServerResponse) =>
    response.end(page({ stats: { state: 'FINISHED' } }));
  const url = await serve(finish, () => opened++);
  const { replay, samples } = await start(planOf(numbered(6, 0)), orderTo(url, { connections: 2 }), {
    threads: 2,
  });
  await replay.done;
  expect(samples.map((s) => s.end)).toEqual(Array(6).fill('finished'));
  expect(opened).toBe(2);
});

test('an abort cancels what all threads have open, and every query of the plan is recorded', async () => {
  const { url, seen } = await endlessCoordinator();
  const plan = planOf([...numbered(6, 0), ...numbered(4, 0).map((q) => ({ ...q, arrivedAtMs: 3_600_000 }))]);
  const abort = new AbortController();
  const { replay, samples } = await start(plan, orderTo(url), { threads: 2, signal: abort.signal });
  await vi.waitFor(() => expect(seen.polls).toBe(6), { timeout: 60_000 });
  abort.abort();
  await replay.done;
  const ends = Map.groupBy(samples, (s) => s.end);
  expect([...ends].map(([end, { length }]) => `${length} ${end}`).toSorted()).toEqual([
    '4 never-sent',
    '6 cancelled',
  ]);
  expect(seen.cancelled).toBe(6);
  expect(replay.planned.gateway).toBe(10);
});

test('the load is as fit as its least fit thread', async () => {
  const { url, seen } = await endlessCoordinator();
  const [news, abort] = [clusterNews(), new AbortController()];
  const settings = { threads: 2, news, module: TROUBLED, signal: abort.signal };
  const { generator, replay } = await start(planOf(numbered(2, 0)), orderTo(url), settings);
  await vi.waitFor(() => expect(seen.polls).toBe(2), { timeout: 60_000 });
  told(news, 'cluster-up', 'stall');
  abort.abort();
  await replay.done;
  expect(generator.health().eventLoopDelayMaxMs).toBeGreaterThan(500);
});

describe('a thread that dies', () => {
  test.each([
    ['leave', 'it left with exit code 7'],
    ['throw', 'planted'],
  ])('by %s: the run ends with an error, the other thread cancels and records', async (cluster, reason) => {
    const { url, seen } = await endlessCoordinator();
    const news = clusterNews();
    const settings = { threads: 2, news, module: TROUBLED };
    const { replay, samples } = await start(planOf(numbered(6, 0)), orderTo(url), settings);
    await vi.waitFor(() => expect([seen.polls, replay.progress.open]).toEqual([6, 6]), { timeout: 60_000 });
    told(news, 'cluster-up', cluster);
    await expect(replay.done).rejects.toMatchObject({
      code: 'LOAD_THREAD_LOST',
      message: `Thread 2 of 2 of the load ended with 3 queries open: ${reason}`,
    });
    expect(samples.map((s) => `${s.seq} ${s.end}`).toSorted()).toEqual(
      ['0', '2', '4'].map((seq) => `${seq} cancelled`),
    );
    expect(seen.cancelled).toBe(3);
  });

  test('what it knew by then is not lost', async () => {
    const held = new Map<unknown, ServerResponse>();
    const url = await serve(({ headers }, response) => held.set(headers['x-trino-user'], response));
    const runId = join(mkdtempSync(join(tmpdir(), 'rehearse-test-')), 'answered');
    const news = clusterNews();
    const settings = { threads: 2, news, module: TROUBLED };
    const { replay, samples } = await start(planOf(numbered(4, 0)), orderTo(url, { runId }), settings);
    await vi.waitFor(() => expect(held.size).toBe(4), { timeout: 60_000 });
    told(news, 'cluster-up', 'throw-late');
    const answered = ['u0', 'u1'].map((user) => held.get(user)?.end(page({ stats: { state: 'FINISHED' } })));
    await Promise.all(answered.map((response) => response && once(response, 'finish')));
    writeFileSync(runId, '');
    await expect(replay.done).rejects.toMatchObject({ message: expect.stringContaining('planted') });
    expect(samples.map((s) => `${s.seq} ${s.end}`).toSorted()).toEqual([
      '0 finished',
      '1 finished',
      '2 cancelled',
    ]);
  });

  test('before it could start: no load begins', async () => {
    const module = new URL('data:text/javascript,throw new Error("planted")');
    await expect(
      threadedGenerator(planOf(numbered(6, 0)), orderTo('http://127.0.0.1:1'), clusterNews(), {
        ...{ threads: 2, module },
      }),
    ).rejects.toMatchObject({ code: 'LOAD_THREAD_LOST', message: expect.stringContaining('planted') });
  });
});

test('what cannot be recorded ends the load on all threads', async () => {
  const stub = await quickStub({ maxRunning: 500, maxQueued: 10_000 });
  closers.push(() => stub.close());
  const plan = planOf([...numbered(8, 0), { arrivedAtMs: 3_600_000 }, { arrivedAtMs: 3_600_000 }]);
  const onSample = () => {
    throw new Error('no room');
  };
  const { replay } = await start(plan, orderTo(stub.url), { threads: 2, onSample });
  await expect(replay.done).rejects.toThrow('no room');
});

test('the replay stops by what all threads have seen together, at once', async () => {
  const url = await serve((_, response) => response.writeHead(500).end());
  // Four queries fail on each of the three threads, then nothing is due for an hour.
  const plan = planOf([...numbered(12, 0), ...numbered(3, 0).map((q) => ({ ...q, arrivedAtMs: 3_600_000 }))]);
  const { replay, samples } = await start(plan, orderTo(url, { stopWhen: { failed: 12 } }), { threads: 3 });
  await replay.done;
  expect(replay.stoppedBecause).toBe('12 queries failed (load.stopWhen.failed)');
  expect(samples).toHaveLength(12);
  expect(replay.planned.gateway).toBe(12);
});

test('the direct arm of every thread follows a roll', async () => {
  const held: (() => void)[] = [];
  const coordinator = (hold: boolean) =>
    serve((_, response) => {
      const answer = () => void response.end(page({ stats: { state: 'FINISHED' } }));
      if (hold && held.length < 2) held.push(answer);
      else answer();
    });
  const [blue, green] = [await coordinator(true), await coordinator(false)];
  const clusters = [
    { name: 'blue', group: 'bi', url: blue },
    { name: 'green', group: 'bi', url: green },
  ];
  const news = clusterNews();
  told(news, 'cluster-activated', 'blue');
  const order = orderTo('', {
    shape: { model: 'closed', stages: stagesFrom(2, []) },
    routes: { clusters, backBy: 'cluster-up' },
  });
  const { replay, samples } = await start(planOf(numbered(12, 0)), order, { threads: 2, news });
  await vi.waitFor(() => expect(held).toHaveLength(2), { timeout: 60_000 });
  told(news, 'cluster-activated', 'green');
  told(news, 'cluster-deactivated', 'blue');
  for (const answer of held) answer();
  await replay.done;
  const targetOf = new Map(samples.map(({ seq, target }) => [seq, target]));
  expect([0, 1].map((seq) => targetOf.get(seq))).toEqual(['blue', 'blue']);
  // An answer and the news may come in one breath; by the last query of a thread it has both.
  expect([10, 11].map((seq) => targetOf.get(seq))).toEqual(['green', 'green']);
});

test('a plan that is through begins again while it is wanted, on all threads', async () => {
  const url = await serve((_, response) => response.end(page({ stats: { state: 'FINISHED' } })));
  const wanted = { threads: 2, wantedUntilMs: Number.POSITIVE_INFINITY };
  const { generator, replay, samples } = await start(planOf(numbered(4, 25)), orderTo(url), wanted);
  await vi.waitFor(() => expect(samples.length).toBeGreaterThan(12), { timeout: 60_000 });
  generator.wantUntil(systemClock.nowMs());
  await replay.done;
  expect(new Set(samples.map((s) => s.seq)).size).toBe(samples.length);
  expect(replay.planned.gateway).toBe(samples.length);
});
