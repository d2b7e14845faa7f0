// The choice of a backend through a whole gateway: settings of backends and groups, pins, fallbacks.
import { describe, expect, test } from 'vitest';
import { call, fake, gateway, post } from './helpers.ts';

describe('through the gateway', () => {
  async function two(routing: object, backends: readonly object[] = [{}, {}]) {
    const blue = await fake({ suffix: 'aaaaa' });
    const green = await fake({ suffix: 'bbbbb' });
    const gw = await gateway({
      backends: [
        { name: 'blue', proxyTo: blue.url, ...backends[0] },
        { name: 'green', proxyTo: green.url, ...backends[1] },
      ],
      routing,
    });
    await gw.until('blue', { trinoStatus: 'HEALTHY' });
    await gw.until('green', { trinoStatus: 'HEALTHY' });
    return { blue, green, gw };
  }
  const submit = (url: string, headers: Record<string, string> = {}) =>
    call(`${url}/v1/statement`, {
      method: 'POST',
      body: 'SELECT 1',
      headers: { 'x-trino-user': 'u', ...headers },
    });

  test('statements that arrive together are spread', async () => {
    for (const balancer of ['query-count', 'least-loaded'] as const) {
      const { blue, green, gw } = await two({ balancer });
      await Promise.all(Array.from({ length: 10 }, () => post(gw.url, 'SELECT 1')));
      expect([blue.statements.length, green.statements.length]).toEqual([5, 5]);
    }
  });

  test('a backend’s weight and share come from the file', async () => {
    const { blue, green, gw } = await two({ balancer: 'weighted' }, [{ weight: 3 }, {}]);
    for (let i = 0; i < 8; i++) await post(gw.url, 'SELECT 1');
    expect([blue.statements.length, green.statements.length]).toEqual([6, 2]);
    const canary = await two({}, [{}, { canaryShare: 25 }]);
    for (let i = 0; i < 8; i++) await post(canary.gw.url, 'SELECT 1');
    expect([canary.blue.statements.length, canary.green.statements.length]).toEqual([6, 2]);
  });

  test('a group may have a balancer of its own', async () => {
    const { blue, gw } = await two({ balancer: 'round-robin', groups: { adhoc: { balancer: 'user-hash' } } });
    for (let i = 0; i < 6; i++) await submit(gw.url, { 'x-trino-user': 'alice' });
    expect([0, 6]).toContain(blue.statements.length);
  });

  test('a pin reaches a deactivated cluster, for those who may', async () => {
    const { green, gw } = await two({ pin: { users: ['operator'], sources: ['smoke-test'] } }, [
      {},
      { active: false },
    ]);
    const pinned = { 'X-Trino-Cluster': 'green' };
    expect((await submit(gw.url, pinned)).status).toBe(403);
    expect(green.statements).toHaveLength(0);
    expect((await submit(gw.url, { ...pinned, 'x-trino-user': 'operator' })).status).toBe(200);
    expect((await submit(gw.url, { ...pinned, 'x-trino-source': 'smoke-test' })).status).toBe(200);
    expect(green.statements).toHaveLength(2);
    const unknown = await submit(gw.url, { 'X-Trino-Cluster': 'red', 'x-trino-user': 'operator' });
    expect([unknown.status, unknown.json()]).toEqual([400, ['X-Trino-Cluster: no backend is named "red"']]);
    expect((await gw.status()).proxy.decisions).toEqual({ 'adhoc by pin green': 2 });
  });

  test('a chain of groups stands in for an empty one, and the record says so', async () => {
    const { green, gw } = await two({ emptyGroup: ['etl', 'bi'] }, [{}, { routingGroup: 'bi' }]);
    await submit(gw.url, { 'X-Trino-Routing-Group': 'olap' });
    expect(green.statements).toHaveLength(1);
    expect((await gw.status()).proxy).toMatchObject({
      decisions: { 'olap by header': 1 },
      fallbacks: { 'olap to bi': 1 },
    });
  });

  test('refusing: an empty group is 503 at once, an undecided request 400', async () => {
    const { gw } = await two({ emptyGroup: 'refuse', undecided: 'refuse', holdFor: '60s' });
    const empty = await submit(gw.url, { 'X-Trino-Routing-Group': 'olap' });
    expect([empty.status, empty.headers['retry-after']]).toEqual([503, '1']);
    const undecided = await submit(gw.url);
    expect([undecided.status, undecided.json()]).toEqual([
      400,
      ['no router named a routing group for this request'],
    ]);
  });
});
