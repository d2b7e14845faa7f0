// A canary's share, changed while the gateway runs.
import { expect, test } from 'vitest';
import { call, fake, finish, gateway, post } from './helpers.ts';

test('a backend gets its share of the group’s new queries, exactly, until the share is ended', async () => {
  const blue = await fake();
  const green = await fake({ suffix: 'bbbbb' });
  const gw = await gateway({
    backends: [
      { name: 'blue', proxyTo: blue.url, routingGroup: 'bi' },
      { name: 'green', proxyTo: green.url, routingGroup: 'bi' },
    ],
    routing: { defaultRoutingGroup: 'bi', balancer: 'round-robin' },
  });
  await gw.until('blue', { trinoStatus: 'HEALTHY' });
  await gw.until('green', { trinoStatus: 'HEALTHY' });
  const share = (name: string, body: unknown) =>
    call(`${gw.url}/rehearse/v1/backends/${name}/share`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const onGreen = async (queries: number) => {
    let count = 0;
    for (let n = 0; n < queries; n++) {
      const page = await post(gw.url, 'SELECT 1');
      if (page.id.endsWith('_bbbbb')) count++;
      await finish(page);
    }
    return count;
  };
  const set = await share('green', { percent: 25 });
  expect([set.status, set.json()]).toEqual([200, { name: 'green', percent: 25 }]);
  expect(await onGreen(20)).toBe(5);
  await share('green', { percent: 0 });
  expect(await onGreen(5)).toBe(0);
  expect((await share('green', { percent: null })).json()).toEqual({ name: 'green', percent: null });
  expect(await onGreen(10)).toBe(5);
  expect((await share('nobody', { percent: 1 })).status).toBe(404);
  expect((await share('green', { percent: 101 })).status).toBe(400);
  expect((await share('green', { share: 1 })).status).toBe(400);
});
