// Spooled results: segments beside the answers are fetched, unpacked and acknowledged; what fails says so.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { buildPlan } from '../../src/plan/build.ts';
import type { PlannedQuery } from '../../src/plan/plan.ts';
import { CLIENT_PROFILES } from '../../src/replay/client-profile.ts';
import { unpackLz4Block } from '../../src/replay/spooled/lz4.ts';
import { runStatement } from '../../src/replay/statement.ts';
import { createWire } from '../../src/replay/wire.ts';
import { createResultDigest } from '../../src/trino/result-checksum.ts';
import { record, scenario } from '../plan/factory.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const ROWS = [
  [[1, 'a']],
  [
    [2, 'b'],
    [3, 'c'],
  ],
  [[4, 'd']],
];
const json = (rows: unknown) => Buffer.from(JSON.stringify(rows));
/** A block of literals only: what an LZ4 packer makes of a text without repeats. */
const lz4 = (text: Buffer) => Buffer.concat([Buffer.from([0xf0, text.length - 15]), text]);
const size = (rows: unknown) => ({ uncompressedSize: String(json(rows).length) });

async function play(
  encoding: string,
  segments: (base: string) => object[],
  stored: Record<string, Buffer | number>,
  queueTimeoutMs?: number,
) {
  const seen: string[] = [];
  const server = createServer((req: IncomingMessage, res: ServerResponse) => {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    seen.push(
      `${req.method} ${req.url} ${req.headers['x-key'] ?? ''}${req.headers.authorization ?? ''}`.trim(),
    );
    const body = stored[req.url ?? ''];
    if (typeof body === 'number') res.writeHead(body).end();
    else if (body !== undefined) res.end(body);
    else if (req.url?.startsWith('/ack') || req.method === 'DELETE') res.end();
    else if (req.url === '/last') res.end(JSON.stringify({ id: 'q', stats: { state: 'FINISHED' } }));
    else {
      const data = { encoding, segments: segments(base) };
      res.end(JSON.stringify({ id: 'q', nextUri: `${base}/last`, stats: { state: 'QUEUED' }, data }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const wire = createWire({
    clock: systemClock,
    connections: 4,
    mayContact: (url) => url.hostname === '127.0.0.1',
  });
  closers.push(async () => {
    await wire.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const settings = scenario({ baseline: { share: 0 }, load: { dataEncoding: ['json+zstd', 'json'] } });
  const [query] = buildPlan([record()], settings).queries as [PlannedQuery];
  const sample = await runStatement(query, 0, 0, {
    ...{
      clock: systemClock,
      originMs: systemClock.nowMs(),
      wire,
      profile: CLIENT_PROFILES.strict,
      target: '',
    },
    ...{ random: seededRandom(1, 't'), url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    ...{ traceToken: 't', queryTimeoutMs: 10_000, queueTimeoutMs, signal: new AbortController().signal },
    credentials: { authorization: 'Bearer secret' },
  });
  return { sample, seen, query };
}

function digestOf(rows: readonly (readonly unknown[])[]): string {
  const digest = createResultDigest();
  for (const row of rows) digest.add(row);
  return digest.hex();
}

describe('segments', () => {
  test.each([
    ['json', (text: Buffer) => text],
    ['json+zstd', (text: Buffer) => zstdCompressSync(text)],
    ['json+lz4', lz4],
  ])('packed as %s: inline, fetched, and one that was not worth packing', async (encoding, pack) => {
    const packed = encoding === 'json' ? {} : { metadata: size(ROWS[1]) };
    const { sample, seen, query } = await play(
      encoding,
      (base) => [
        { type: 'inline', data: json(ROWS[0]).toString('base64'), metadata: {} },
        {
          type: 'spooled',
          uri: `${base}/s1`,
          ackUri: `${base}/ack1`,
          headers: { 'X-Key': ['k'] },
          ...packed,
        },
        { type: 'spooled', uri: `${base}/s2`, ackUri: `${base}/ack2`, metadata: {} },
      ],
      { '/s1': pack(json(ROWS[1])), '/s2': json(ROWS[2]) },
    );
    expect(query.headers['x-trino-query-data-encoding']).toBe('json+zstd,json');
    expect(sample).toMatchObject({ end: 'finished', rows: 4, checksum: digestOf(ROWS.flat()) });
    // With the segment's own headers, and without ours; acknowledged once read.
    expect(seen).toEqual(expect.arrayContaining(['GET /s1 k', 'GET /ack1 k', 'GET /s2', 'GET /ack2']));
    expect(seen.filter((line) => line.includes('secret'))).toEqual([
      'POST /v1/statement Bearer secret',
      'GET /last Bearer secret',
    ]);
  });

  test.each<[string, string, (base: string) => object[], Record<string, Buffer | number>, object]>([
    [
      'that are gone',
      'json',
      (base) => [{ type: 'spooled', uri: `${base}/s1` }],
      { '/s1': 404 },
      { end: 'http-error', httpStatus: 404 },
    ],
    [
      'of a foreign host',
      'json',
      () => [{ type: 'spooled', uri: 'http://10.0.0.1/s1' }],
      {},
      { end: 'transport-error', detail: 'segment: host-not-allowed: the answer leads to 10.0.0.1' },
    ],
    [
      'that are torn',
      'json+lz4',
      (base) => [{ type: 'spooled', uri: `${base}/s1`, metadata: { uncompressedSize: 99 } }],
      { '/s1': Buffer.from([0x10]) },
      { end: 'transport-error' },
    ],
    [
      'of a packing that nobody asked for',
      'arrow',
      (base) => [{ type: 'spooled', uri: `${base}/s1`, metadata: { uncompressedSize: 9 } }],
      { '/s1': Buffer.from('x') },
      { end: 'transport-error' },
    ],
  ])('%s end the query, and cancel it', async (_, encoding, segments, stored, expected) => {
    const { sample, seen } = await play(encoding, segments, stored);
    expect(sample).toMatchObject(expected);
    expect(sample.detail).toMatch(/^segment: /);
    expect(seen.at(-1)).toContain('DELETE /last');
  });
});

test('a query that is still queued after its time is given up and cancelled', async () => {
  const { sample, seen } = await play('json', () => [], {}, -1);
  expect(sample).toMatchObject({ end: 'hung', detail: 'still queued after -0.001 s' });
  expect(seen.at(-1)).toContain('DELETE /last');
});

describe('LZ4 blocks', () => {
  test.each<[string, number[], string]>([
    ['literals only', [0x30, 0x61, 0x62, 0x63], 'abc'],
    // "ab", then six bytes from two back, which overlaps itself, then the end.
    ['a copy that reaches into itself', [0x22, 0x61, 0x62, 2, 0, 0x10, 0x21], 'abababab!'],
    ['a long length', [0xf0, 5, ...Array.from({ length: 20 }, () => 0x7a)], 'z'.repeat(20)],
    // One z, then 4 + 15 + 255 + 1 more of it.
    ['a long copy', [0x1f, 0x7a, 1, 0, 255, 1, 0x10, 0x21], `${'z'.repeat(276)}!`],
  ])('%s', (_, bytes, text) => {
    expect(unpackLz4Block(Buffer.from(bytes), text.length).toString()).toBe(text);
  });

  test.each<[string, number[], number]>([
    ['ends within its literals', [0x50, 0x61], 5],
    ['copies from before its start', [0x10, 0x61, 2, 0, 0x10, 0x21], 6],
    ['holds more than it says', [0x30, 0x61, 0x62, 0x63], 2],
    ['holds less', [0x30, 0x61, 0x62, 0x63], 4],
    ['has no distance', [0x10, 0x61, 0, 0, 0x10, 0x21], 6],
  ])('one that %s is refused', (_, bytes, length) => {
    expect(() => unpackLz4Block(Buffer.from(bytes), length)).toThrow(RangeError);
  });
});
