import { describe, expect, it } from 'vitest';
import { sleep, systemClock } from '../../src/base/clock.ts';
import { admission } from '../../src/stub/coordinator/admission.ts';
import { asUser, control, get, next, outcome, post, quickStub, run, send, toExecuting } from './wire.ts';

const HOUR = 3_600_000;

describe('the resource group', () => {
  it('runs so many, queues so many in order, refuses the rest', () => {
    const started: string[] = [];
    const group = admission({ maxRunning: 2, maxQueued: 2 }, (name: string) => started.push(name));
    expect(['a', 'b', 'c', 'd', 'e'].map((name) => group.submit(name))).toEqual([
      'started',
      'started',
      'queued',
      'queued',
      'full',
    ]);
    group.withdraw('c');
    group.release();
    expect(started).toEqual(['a', 'b', 'd']);
    group.release();
    group.release();
    expect([group.running, group.queued]).toEqual([0, 0]);
  });
});

describe('admission over the wire', () => {
  it('answers QUERY_QUEUE_FULL on the first poll, and runs the queued one when a place is free', async () => {
    const stub = await quickStub({ maxRunning: 1, maxQueued: 1, service: { kind: 'constant', ms: HOUR } });
    const running = await toExecuting(await post(stub, 'SELECT 1'));
    const waiting = await next(await post(stub, 'SELECT 2'));
    expect(stub.state()).toMatchObject({ running: 1, queued: 1, open: 2 });
    expect(await outcome(stub, 'SELECT 3')).toMatchObject({
      error: { errorCode: 131_074, errorName: 'QUERY_QUEUE_FULL', errorType: 'INSUFFICIENT_RESOURCES' },
      stats: { state: 'FAILED' },
    });
    const turn = next(waiting);
    await send('DELETE', running.nextUri!);
    expect((await turn).nextUri).toMatch(/\/executing\//);
    expect(stub.state()).toMatchObject({ running: 1, queued: 0 });
    await stub.close();
  });

  it('a query keeps its place until its last rows are fetched', async () => {
    const stub = await quickStub({ maxRunning: 1, pageRows: 1 });
    const first = await toExecuting(await post(stub, 'SELECT * FROM TABLE(sequence(1, 3))'));
    let page = await next(first);
    while ((page.data?.[0]?.[0] ?? 0) !== 2) page = await next(page);
    expect(stub.state().running).toBe(1);
    await next(page);
    expect(stub.state().running).toBe(0);
    await stub.close();
  });

  it('a queued query that is cancelled leaves the line', async () => {
    const stub = await quickStub({ maxRunning: 1, service: { kind: 'constant', ms: HOUR } });
    await toExecuting(await post(stub, 'SELECT 1'));
    const queued = await next(await post(stub, 'SELECT 2'));
    await send('DELETE', queued.nextUri!);
    expect(stub.state()).toMatchObject({ running: 1, queued: 0, open: 1 });
    expect((await next(queued)).error?.errorName).toBe('USER_CANCELED');
    await stub.close();
  });

  it('a query that nobody polls is abandoned; one that is only posted is forgotten', async () => {
    const stub = await quickStub({ clientTimeoutMs: 100, service: { kind: 'constant', ms: HOUR } });
    const posted = await post(stub, 'SELECT 1');
    const page = await toExecuting(await post(stub, 'SELECT 2'));
    while (stub.state().open > 0) await sleep(systemClock, 10);
    expect(await next(page)).toMatchObject({ error: { errorCode: 2, errorName: 'ABANDONED_QUERY' } });
    expect((await get(posted.nextUri!)).status).toBe(404);
    await stub.close();
  });

  it('ended queries are forgotten when there are too many old ones', async () => {
    const stub = await quickStub({ clientTimeoutMs: 100, history: { maxQueries: 1, minAgeMs: 0 } });
    const old = await outcome(stub, 'SELECT 1');
    await outcome(stub, 'SELECT 2');
    while ((await get(`${stub.url}/v1/query/${old.id}`, asUser)).status === 200) await sleep(systemClock, 10);
    expect((await get(`${stub.url}/v1/query/${old.id}`, asUser)).status).toBe(410);
    await stub.close();
  });
});

describe('the controls', () => {
  it('hang: nothing is answered until it is switched off', async () => {
    const stub = await quickStub();
    expect(await control(stub, 'hang', { on: true })).toBe(204);
    let answered = 0;
    const asked = Promise.all(
      [get(`${stub.url}/v1/info`), post(stub, 'SELECT 1')].map((p) => p.then(() => answered++)),
    );
    await sleep(systemClock, 60);
    expect(answered).toBe(0);
    await control(stub, 'hang', { on: false });
    await asked;
    await stub.close();
  });

  it('fail: the next statements fail as told, then no more', async () => {
    const stub = await quickStub();
    await control(stub, 'fail', { errorName: 'NO_NODES_AVAILABLE', message: 'gone', next: 2 });
    const errors = [];
    for (let i = 0; i < 3; i++) errors.push((await outcome(stub, 'SELECT 1')).error?.errorName);
    expect(errors).toEqual(['NO_NODES_AVAILABLE', 'NO_NODES_AVAILABLE', undefined]);
    await stub.close();
  });

  it('delay: posts and polls take longer', async () => {
    const stub = await quickStub();
    await control(stub, 'delay', { submitMs: 80, pollMs: 20 });
    const from = performance.now();
    const pages = await run(stub, 'USE tpch.sf1');
    expect(performance.now() - from).toBeGreaterThan(80 + 20 * (pages.length - 1) - 2);
    await stub.close();
  });

  it('state: counts posts, polls and unknown ids', async () => {
    const stub = await quickStub();
    const pages = await run(stub, 'SELECT 1');
    await get(`${stub.url}/v1/statement/executing/20200101_000000_00000_abcde/y0/0`);
    const state = JSON.parse((await get(`${stub.url}/stub/v1/state`)).text) as unknown;
    expect(state).toEqual({
      suffix: stub.suffix,
      planted: {},
      phase: 'ready',
      running: 0,
      queued: 0,
      open: 0,
      totals: { posts: 1, polls: pages.length, unknownIds: 1 },
    });
    await stub.close();
  });

  it.each([
    ['hang', {}, 400],
    ['delay', { submitMs: -1 }, 400],
    ['fail', { next: 1 }, 400],
    ['nonsense', {}, 404],
  ])('%s %j is %i', async (name, body, status) => {
    const stub = await quickStub();
    expect(await control(stub, name, body)).toBe(status);
    await stub.close();
  });
});
