// Statement text in memory: bounded one by one and in total, and given back whatever becomes of it.
import { describe, expect, test } from 'vitest';
import { readBody } from '../../gateway/proxy/body.ts';
import { plainAnswer } from '../../gateway/relay/answer.ts';
import type { Call } from '../../gateway/relay/call.ts';
import { HeldBytes } from '../../gateway/relay/held-bytes.ts';
import { listening, open, statusesIn, untilClosed } from './relay/rig.ts';

const MOST_BYTES = 1_000;

async function reading(held: HeldBytes) {
  const read: (string | number)[] = [];
  const handle = async (call: Call) => {
    const body = await readBody(call, MOST_BYTES, held);
    read.push(typeof body === 'string' ? body : body.length);
    call.answer(plainAnswer(typeof body === 'string' ? 503 : 200), Buffer.from('.'));
  };
  const { port } = await listening({ handle: (call) => void handle(call) });
  return { port, read };
}

const chunk = (bytes: number) => `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`;
const chunked = (...sizes: number[]) =>
  `POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${sizes.map(chunk).join('')}0\r\n\r\n`;

describe('a body in many chunks of one read', () => {
  test.each([
    ['fits', 10_000, [400, 400, 200], 1_000, 200, 1_000],
    ['is too long, and goes on', 10_000, [900, 200, 50, 50], 'too-large', 503, 0],
    ['finds no room, and goes on', 500, [400, 200, 50, 50], 'no-room', 503, 0],
  ])('%s', async (_name, roomBytes, sizes, expected, status, stillHeld) => {
    const held = new HeldBytes(roomBytes);
    const { port, read } = await reading(held);
    const socket = await open(port);
    socket.write(chunked(...sizes));
    expect(statusesIn((await untilClosed(socket)).toString())).toEqual([status]);
    expect(read).toEqual([expected]);
    // Of a body that was read, the reader gives back when it has no more use for it.
    expect(held.bytes).toBe(stillHeld);
  });
});

test('a client that hangs up halfway leaves nothing behind', async () => {
  const held = new HeldBytes(10_000);
  const { port, read } = await reading(held);
  const socket = await open(port);
  socket.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 900\r\n\r\nabc');
  await expect.poll(() => held.bytes).toBe(3);
  socket.destroy();
  await expect.poll(() => read).toEqual(['gone']);
  expect(held.bytes).toBe(0);
});
