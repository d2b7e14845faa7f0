// The queue at the door: who goes next, its pages, and statements that wait in it through a whole gateway.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Line, type Spot } from '../../gateway/queue/line.ts';
import { queueIds } from '../../gateway/queue/queue-ids.ts';
import type { FakeCoordinator } from './fake-coordinator.ts';
import { call, fake, finish, gateway, type Page, post, type TestGateway } from './helpers.ts';

describe('the line', () => {
  const turns = (line: Line, spots: readonly (readonly [string, Spot])[]): string => {
    const left = new Map(spots);
    let order = '';
    while (left.size > 0) {
      const next = [...left].find(([, spot]) => line.mayGo('g', spot));
      if (next === undefined) break;
      line.going(next[1]);
      line.leave(next[1]);
      left.delete(next[0]);
      order += next[0];
    }
    return order;
  };

  test('users take turns, each in the order of arrival', () => {
    const line = new Line();
    const spots = ['a1', 'a2', 'a3', 'b1', 'c1', 'b2'].map(
      (name) => [`${name} `, line.join('g', name[0] ?? '')] as const,
    );
    expect(line.mayGo('g', undefined)).toBe(false);
    expect(turns(line, spots)).toBe('a1 b1 c1 a2 b2 a3 ');
    expect([line.size('g'), line.mayGo('g', undefined)]).toEqual([0, true]);
  });

  test('who is away is passed by and keeps the place', () => {
    const line = new Line();
    const [one, two] = [line.join('g', 'u'), line.join('g', 'u')];
    one.isPresent = false;
    expect([line.mayGo('g', one), line.mayGo('g', two)]).toEqual([false, true]);
    one.isPresent = true;
    expect([line.mayGo('g', one), line.mayGo('g', two)]).toEqual([true, false]);
  });

  test('the next one is woken when one goes, and groups do not wait for each other', () => {
    const line = new Line();
    const woken: string[] = [];
    const [one, two] = ['one', 'two'].map((name) => {
      const spot = line.join('g', 'u');
      spot.wake = () => void woken.push(name);
      return spot;
    });
    line.signal();
    line.going(one!);
    expect(woken).toEqual(['one', 'two']);
    line.back(one!);
    line.leave(one!);
    expect(line.mayGo('g', two)).toBe(true);
    expect(line.mayGo('h', undefined)).toBe(true);
  });

  test('whatever happens, somebody who is present may go, and nobody is counted who has left', () => {
    const step = fc.record({
      what: fc.constantFrom('join', 'leave', 'away', 'back', 'go'),
      who: fc.nat(5),
      user: fc.constantFrom('a', 'b'),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const line = new Line();
        const spots: Spot[] = [];
        const act = (what: string, spot: Spot) => {
          if (what === 'leave') {
            line.leave(spot);
            spots.splice(spots.indexOf(spot), 1);
          } else if (what === 'go') {
            line.going(spot);
            line.back(spot);
          } else spot.isPresent = what === 'back';
        };
        for (const { user, what, who } of steps) {
          const spot = spots[who % Math.max(1, spots.length)];
          if (what === 'join') spots.push(line.join('g', user));
          else if (spot !== undefined) act(what, spot);
        }
        const present = spots.filter((s) => s.isPresent);
        expect(line.size('g')).toBe(spots.length);
        expect(present.filter((s) => line.mayGo('g', s))).toHaveLength(Math.min(1, present.length));
        expect(line.mayGo('g', undefined)).toBe(present.length === 0);
      }),
      { seed: 5 },
    );
  });
});

test('ids are of Trino’s grammar, and known again', () => {
  const ids = queueIds();
  const id = ids.next(Date.UTC(2026, 10, 21, 5, 6, 7));
  expect(id).toMatch(/^20261121_050607_00000_[a-km-np-z2-9]{5}$/);
  expect(ids.next(0)).toMatch(/^19700101_000000_00001_/);
  expect([ids.owns(id), ids.owns(`20261121_050607_00000_0000l`)]).toEqual([true, false]);
});

const QUEUE = { after: '50ms' } as const;

/** A gateway with one cluster that is not ready. */
async function starting(routing: object = {}): Promise<{ blue: FakeCoordinator; gw: TestGateway }> {
  const blue = await fake();
  blue.starting = true;
  const gw = await gateway({
    backends: [{ name: 'blue', proxyTo: blue.url }],
    routing: { queue: QUEUE, ...routing },
    monitor: { taskDelay: '20ms', timeout: '2s' },
  });
  await gw.until('blue', { trinoStatus: 'PENDING' });
  return { blue, gw };
}

const poll = async (page: Page) =>
  (await call(page.nextUri ?? '')).json() as Page & { stats: Record<string, unknown> };
const errorOf = (page: Page) => page.error?.errorName;

describe('while no cluster is ready', () => {
  test('a statement is answered QUEUED, and goes on at the cluster when one is ready', async () => {
    const { blue, gw } = await starting();
    const first = await post(gw.url, 'SELECT 1', { 'x-trino-source': 'cli', 'x-trino-session': 'a=1' });
    expect(first).toMatchObject({ stats: { state: 'QUEUED', queued: true, nodes: 0 }, warnings: [] });
    expect(first.nextUri).toMatch(new RegExp(`^${gw.url}/v1/statement/queued/${first.id}/y[0-9a-f]{40}/1$`));
    const second = await poll(first);
    expect([second.id, second.nextUri?.slice(-2)]).toEqual([first.id, '/2']);
    blue.starting = false;
    const polled = await poll(second);
    expect(polled.id).toMatch(/_aaaaa$/);
    expect((await finish(polled)).data).toEqual([[1]]);
    const [sent] = blue.statements;
    expect([sent?.method, sent?.url, sent?.body.toString(), sent?.header('x-trino-session')]).toEqual([
      'POST',
      '/v1/statement',
      'SELECT 1',
      'a=1',
    ]);
    expect(blue.statements).toHaveLength(1);
  });

  test('the queue’s id goes on to mean the query: polls, cancels, its pages, kill_query', async () => {
    const { blue, gw } = await starting();
    const first = await post(gw.url, 'SELECT 1');
    blue.starting = false;
    let page = await poll(first);
    while (page.id === first.id) page = await poll(page);
    // The client did not get that answer and asks again; and then asks for the query's page.
    expect((await call(first.nextUri ?? '')).json()).toMatchObject({ id: page.id });
    expect((await call(`${gw.url}/v1/query/${first.id}?pretty`)).text()).toBe(
      `GET /v1/query/${page.id}?pretty`,
    );
    expect((await call(first.nextUri ?? '', { method: 'DELETE' })).status).toBe(204);
    const cancels = blue.received.filter((r) => r.method === 'DELETE').map((r) => r.url);
    expect(cancels).toEqual([expect.stringContaining(page.id)]);
    await post(gw.url, `CALL system.runtime.kill_query('${first.id}', 'x')`);
    expect(blue.statements.at(-1)?.body.toString()).toBe(`CALL system.runtime.kill_query('${page.id}', 'x')`);
  });

  test('a cancel while it waits ends it: the cluster never sees it', async () => {
    const { blue, gw } = await starting();
    const first = await post(gw.url, 'SELECT 1');
    const held = poll(first);
    expect((await call(first.nextUri ?? '', { method: 'HEAD' })).status).toBe(200);
    expect((await call(first.nextUri ?? '', { method: 'DELETE' })).status).toBe(204);
    expect(errorOf(await held)).toBe('USER_CANCELED');
    expect((await call(first.nextUri ?? '')).status).toBe(404);
    blue.starting = false;
    await gw.until('blue', { trinoStatus: 'HEALTHY' });
    expect((await finish(await post(gw.url, 'SELECT 2'))).data).toEqual([[1]]);
    expect(blue.statements.map((s) => s.body.toString())).toEqual(['SELECT 2']);
  });

  test('kill_query by the same user ends it, by another one it does not', async () => {
    const { gw } = await starting({ holdFor: '50ms' });
    const first = await post(gw.url, 'SELECT 1');
    const kill = `CALL system.runtime.kill_query('${first.id}', 'x')`;
    const other = await post(gw.url, kill, { 'x-trino-user': 'other' });
    expect(other).toMatchObject({ stats: { state: 'QUEUED' } });
    const own = await post(gw.url, kill);
    expect(own).toMatchObject({ stats: { state: 'FINISHED' }, updateType: 'CALL' });
    expect(own.nextUri).toBe(undefined);
    expect((await call(first.nextUri ?? '')).status).toBe(404);
  });

  test('a wrong slug, a wrong token, an unknown id: 404', async () => {
    const { gw } = await starting();
    const { id, nextUri = '' } = await post(gw.url, 'SELECT 1');
    const slug = nextUri.split('/').at(-2) ?? '';
    for (const path of [
      `queued/${id}/${slug.replace(/.$/, (c) => (c === '0' ? '1' : '0'))}/1`,
      `queued/${id}/${slug}/3`,
      `queued/${id}/${slug}/x`,
      `queued/${id.replace('_00000_', '_00009_')}/${slug}/1`,
      `executing/${id}`,
    ]) {
      expect([path, (await call(`${gw.url}/v1/statement/${path}`)).status]).toEqual([path, 404]);
    }
  });

  test('a statement that nobody polls is dropped, and gives back what it held', async () => {
    const { gw } = await starting({
      queue: { ...QUEUE, abandonAfter: '1ms', maxStatements: 1 },
      holdFor: '100ms',
    });
    const first = await post(gw.url, 'SELECT 1');
    expect((await call(`${gw.url}/v1/statement`, { method: 'POST', body: 'SELECT 2' })).status).toBe(503);
    await expect
      .poll(async () => (await call(first.nextUri ?? '', { method: 'HEAD' })).status, {
        timeout: 8_000,
        interval: 500,
      })
      .toBe(404);
  }, 15_000);

  test('after the longest wait it fails, with the reason', async () => {
    const { gw } = await starting({ queue: { ...QUEUE, maxWait: '10ms' } });
    const page = await poll(await post(gw.url, 'SELECT 1'));
    expect(page.error).toMatchObject({
      errorCode: 131072,
      errorName: 'GENERIC_INSUFFICIENT_RESOURCES',
      message: 'The query waited too long: no backend of routing group "adhoc" is ready (blue PENDING)',
    });
  });

  test('a gateway that is closed answers a held poll 503', async () => {
    const { gw } = await starting();
    const held = call((await post(gw.url, 'SELECT 1')).nextUri ?? '');
    await expect.poll(async () => (await gw.status()).proxy.submitted).toBe(1);
    const closed = gw.close();
    expect((await held).status).toBe(503);
    await closed;
  });

  test('behind another proxy, nextUri is what the client uses', async () => {
    const { gw } = await starting();
    const page = await post(gw.url, 'SELECT 1', {
      'x-forwarded-host': 'trino.example:8443, inner',
      'x-forwarded-proto': 'https',
      'x-forwarded-prefix': '/gw',
    });
    expect(page.nextUri).toMatch(/^https:\/\/trino\.example:8443\/gw\/v1\/statement\/queued\//);
    const deaf = await gateway({
      listen: { port: 0, processForwarded: 'ignore' },
      routing: { queue: QUEUE },
    });
    const own = await post(deaf.url, 'SELECT 1', { 'x-forwarded-host': 'trino.example' });
    expect(own.nextUri).toMatch(`${deaf.url}/v1/statement/queued/`);
  });

  test('without the queue it waits for routing.holdFor and is answered 503', async () => {
    const { gw } = await starting({ queue: undefined, holdFor: '50ms' });
    const answer = await call(`${gw.url}/v1/statement`, { method: 'POST', body: 'SELECT 1' });
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
  });
});

describe('a group at its limit', () => {
  async function limited(group: object, routing: object = {}) {
    const blue = await fake();
    const gw = await gateway({
      backends: [{ name: 'blue', proxyTo: blue.url }],
      routing: { queue: QUEUE, groups: { adhoc: group }, ...routing },
    });
    await gw.until('blue', { trinoStatus: 'HEALTHY' });
    return { blue, gw };
  }

  test('runs no more than it may; the next goes when one ends', async () => {
    const { blue, gw } = await limited({ maxRunning: 2 });
    const [one, two] = [await post(gw.url, 'SELECT 1'), await post(gw.url, 'SELECT 2')];
    const queued = await post(gw.url, 'SELECT 3');
    expect(queued).toMatchObject({ stats: { state: 'QUEUED' } });
    expect(queued.id).not.toMatch(/_aaaaa$/);
    const held = poll(queued);
    await finish(one!);
    expect((await held).id).toMatch(/_aaaaa$/);
    expect(blue.statements).toHaveLength(3);
    expect(two?.id).toMatch(/_aaaaa$/);
  });

  test('users take turns, and a newcomer does not pass those who wait', async () => {
    const { blue, gw } = await limited({ maxRunning: 1 }, { queue: undefined, holdFor: '20s' });
    let page = await post(gw.url, 'first');
    const held: Promise<Page>[] = [];
    for (const [user, sql] of [
      ['ann', 'a1'],
      ['ann', 'a2'],
      ['bob', 'b1'],
      ['ann', 'a3'],
    ] as const) {
      held.push(post(gw.url, sql, { 'x-trino-user': user }));
      await expect.poll(async () => (await gw.status()).proxy.held).toBe(held.length);
    }
    for (let i = 0; i < 4; i++) {
      await finish(page);
      const done = await Promise.race(held.map(async (p, at) => ({ at, page: await p })));
      held.splice(done.at, 1);
      page = done.page;
    }
    expect(blue.statements.map((s) => s.body.toString())).toEqual(['first', 'a1', 'b1', 'a2', 'a3']);
  });

  test('more than may wait fail with QUERY_QUEUE_FULL', async () => {
    const { gw } = await limited({ maxRunning: 1, maxQueued: 1 });
    await post(gw.url, 'SELECT 1');
    expect(await post(gw.url, 'SELECT 2')).toMatchObject({ stats: { state: 'QUEUED' } });
    const full = await post(gw.url, 'SELECT 3');
    expect(full.error).toMatchObject({ errorCode: 131074, errorName: 'QUERY_QUEUE_FULL' });
    expect(full.nextUri).toBe(undefined);
  });

  test('a client that hangs up while it waits leaves its place', async () => {
    const { blue, gw } = await limited({ maxRunning: 1 }, { queue: { after: '10s' } });
    const running = await post(gw.url, 'SELECT 1');
    const leaving = new AbortController();
    const gone = post(gw.url, 'gone').catch(() => undefined);
    const aborted = call(`${gw.url}/v1/statement`, {
      method: 'POST',
      body: 'aborted',
      signal: leaving.signal,
    }).catch(() => 'aborted');
    await expect.poll(async () => (await gw.status()).proxy.held).toBe(2);
    leaving.abort();
    expect(await aborted).toBe('aborted');
    await finish(running);
    await finish((await gone)!);
    expect(blue.statements.map((s) => s.body.toString())).not.toContain('aborted');
  });
});
