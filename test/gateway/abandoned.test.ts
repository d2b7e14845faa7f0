// The client that hangs up in the middle of a poll: its query is cancelled in time, and never one that is still wanted.
import { expect, test } from 'vitest';
import type { FakeCoordinator } from './fake-coordinator.ts';
import { call, fake, finish, gateway, type Page, post } from './helpers.ts';

/** A statement whose polls hang until `release`; a poll of it has been cut off by its client. */
async function cutOff(grace: string) {
  const blue = await fake();
  const gw = await gateway({
    backends: [{ name: 'blue', proxyTo: blue.url }],
    proxy: { cancelAbandonedAfter: grace },
  });
  await gw.until('blue', { trinoStatus: 'HEALTHY' });
  const page = await post(gw.url, 'SELECT 1');
  let hangs = true;
  let polled = () => {};
  const hasPolled = new Promise<void>((resolve) => {
    polled = resolve;
  });
  blue.hook = ({ method, url }) => {
    const isHeld = hangs && method === 'GET' && url.startsWith('/v1/statement/') && url.includes(page.id);
    if (isHeld) polled();
    return isHeld;
  };
  const abort = new AbortController();
  const poll = call(page.nextUri ?? '', { signal: abort.signal }).catch(() => undefined);
  await hasPolled;
  hangs = false;
  abort.abort();
  await poll;
  return { blue, gw, page };
}

const cancels = (cluster: FakeCoordinator) => cluster.received.filter(({ method }) => method === 'DELETE');
const abandoned = async (gw: { url: string }) =>
  /rehearse_gateway_queries_abandoned_total (\d+)/.exec((await call(`${gw.url}/metrics`)).text())?.[1];

test('a query is cancelled when nobody asks for it again, and counted', async () => {
  const { blue, gw, page } = await cutOff('30ms');
  await expect
    .poll(() => cancels(blue).map(({ url }) => url))
    .toEqual([new URL(page.nextUri ?? '').pathname]);
  await expect.poll(() => abandoned(gw)).toBe('1');
  expect(gw.log.lines.filter(({ message }) => message.includes('did not come back'))).toHaveLength(1);
});

test('one whose client comes back in time goes on', async () => {
  const { blue, gw, page } = await cutOff('10s');
  expect((await finish(page)).data).toEqual([[1]]);
  expect(cancels(blue)).toEqual([]);
  expect(await abandoned(gw)).toBe('0');
});

test('one that goes on at another gateway is left alone: its page is not the current one any more', async () => {
  const { blue, gw, page } = await cutOff('150ms');
  let looked = () => {};
  const hasLooked = new Promise<void>((resolve) => {
    looked = resolve;
  });
  blue.hook = ({ method, url }, response) => {
    if (method !== 'GET' || !url.includes(page.id)) return false;
    response.writeHead(410, { 'Content-Type': 'text/plain' }).end('Error 410 Gone: HTTP 410 Gone');
    looked();
    return true;
  };
  await hasLooked;
  // A cancel would follow at once, on the same connections.
  await call(`${gw.url}/v1/info`);
  expect(cancels(blue)).toEqual([]);
  expect(await abandoned(gw)).toBe('0');
});

test('0s cancels nothing', async () => {
  const { blue, gw, page } = await cutOff('0s');
  const next = (await call(page.nextUri ?? '')).json() as Page;
  expect((await finish(next)).data).toEqual([[1]]);
  expect(cancels(blue)).toEqual([]);
  expect(await abandoned(gw)).toBe('0');
});
