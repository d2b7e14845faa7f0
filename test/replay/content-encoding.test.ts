// Whatever a server packs is unpacked to the byte, also where the stream's own word about its size is of no use.
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unpackedBytes } from '../../src/base/gzip.ts';
import { decodedBody } from '../../src/replay/http/content-encoding.ts';

test('bodies of any size, in one member or several', async () => {
  const part = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(new Uint8Array(300_000).fill(65)));
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), async (parts) => {
      const packed = Buffer.concat(parts.map((bytes) => gzipSync(bytes)));
      expect((await decodedBody(packed, 'gzip')).equals(Buffer.concat(parts))).toBe(true);
    }),
    { seed: 7, numRuns: 60 },
  );
});

test.each([
  [0, 64],
  [63, 64],
  [64, 65],
  [999, 1_000],
  [1_000, 1_000],
  [0xffff_ffff, 1_000],
])('a trailer that says %d asks for %d bytes of at most 1000', (said, asked) => {
  const trailer = Buffer.alloc(4);
  trailer.writeUInt32LE(said);
  expect(unpackedBytes(trailer, 1_000)).toBe(asked);
});

test('what is too short for a trailer asks for the least', () => {
  expect(unpackedBytes(Buffer.from('ab'), 1_000)).toBe(64);
});
