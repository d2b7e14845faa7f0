// What one request's stamps mean, and that giving up leaves nothing behind, on real sockets.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { createWire, type Wire, type WireAnswer } from '../../src/replay/wire.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  connections: number,
) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const wire = createWire({ clock: systemClock, connections, mayContact: () => true });
  closers.push(async () => {
    await wire.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { wire, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

function get(wire: Wire, url: string, signal = new AbortController().signal): Promise<WireAnswer> {
  return wire.request({ url, method: 'GET', headers: {}, timeoutMs: 10_000, signal });
}

describe('a request', () => {
  test('is sent when it leaves on a connection, not when it joins the queue for one', async () => {
    const waiting: ServerResponse[] = [];
    const arrivals: (() => void)[] = [];
    const { wire, url } = await serve((_, response) => {
      waiting.push(response);
      arrivals.shift()?.();
    }, 1);
    const arrived = () => new Promise<void>((resolve) => arrivals.push(resolve));
    const first = arrived();
    const one = get(wire, url);
    const two = get(wire, url);
    await first;
    const second = arrived();
    waiting.shift()?.end('one');
    await second;
    waiting.shift()?.end('two');
    const [before, after] = await Promise.all([one, two]);
    if (!before.ok || !after.ok) throw new Error('both are answered');
    expect([before.text, after.text]).toEqual(['one', 'two']);
    expect(after.sentAtMs).toBeGreaterThanOrEqual(before.endAtMs);
    expect(after.headersAtMs).toBeGreaterThan(after.sentAtMs);
  });

  test('that is given up while it waits for a connection never leaves', async () => {
    const seen: string[] = [];
    const held: ServerResponse[] = [];
    let arrived = () => {};
    const first = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { wire, url } = await serve((request, response) => {
      seen.push(request.url ?? '');
      held.push(response);
      arrived();
    }, 1);
    const one = get(wire, `${url}one`);
    await first;
    const stop = new AbortController();
    const two = get(wire, `${url}two`, stop.signal);
    stop.abort();
    expect(await two).toMatchObject({ ok: false, code: 'aborted' });
    held.shift()?.end('done');
    expect(await one).toMatchObject({ ok: true, text: 'done' });
    const three = get(wire, `${url}three`);
    await expect.poll(() => seen.at(-1)).toBe('/three');
    held.shift()?.end('done');
    expect(await three).toMatchObject({ ok: true });
    expect(seen).toEqual(['/one', '/three']);
  });

  test('that is given up at once is not sent', async () => {
    const { wire, url } = await serve((_, response) => response.end('never'), 1);
    expect(await get(wire, url, AbortSignal.abort())).toMatchObject({ ok: false, code: 'aborted' });
  });
});
