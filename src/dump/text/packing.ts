/** Unpacks gzip and zstd by what the first bytes say, whatever a file's name says. */
import type { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { systemCode } from '../../base/errors.ts';
import { DumpFault } from '../fault.ts';
import { type FramePiece, zstdFrames } from './zstd-frames.ts';

interface Packing {
  readonly name: string;
  readonly magic: readonly number[];
  unpack(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer>;
}

export const PACKINGS: readonly Packing[] = [
  {
    name: 'gzip',
    magic: [0x1f, 0x8b],
    unpack: (chunks) => unpackedBy(createGunzip(), chunks, 'gzip'),
  },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], unpack: unpackedFrames },
];

/** The bytes inside the packing. Throws `DumpFault` where it is damaged, cut or empty. */
export async function* unpacked(packing: Packing, chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let empty = true;
  for await (const chunk of packing.unpack(chunks)) {
    empty = false;
    yield chunk;
  }
  if (empty) throw new DumpFault('empty', 'the file is empty inside its packing');
}

async function* unpackedFrames(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const frames = zstdFrames(chunks);
  for (let first = await frames.next(); first.done !== true; first = await frames.next()) {
    yield* unpackedBy(createZstdDecompress(), oneFrame(first.value, frames), 'zstd');
  }
}

async function* oneFrame(first: FramePiece, frames: AsyncGenerator<FramePiece>): AsyncGenerator<Buffer> {
  let piece = first;
  while (piece !== 'end') {
    yield piece;
    const next = await frames.next();
    if (next.done === true) return;
    piece = next.value;
  }
}

/** Hands over all that was unpacked before an error; a plain pipe would drop what it still holds. */
async function* unpackedBy(
  unpack: Transform,
  chunks: AsyncIterable<Buffer>,
  name: string,
): AsyncGenerator<Buffer> {
  const ready: Buffer[] = [];
  let failed: Error | undefined;
  unpack.on('data', (chunk: Buffer) => ready.push(chunk));
  unpack.on('error', (error) => {
    failed = error;
  });
  try {
    for await (const chunk of chunks) {
      await written(unpack, chunk);
      yield* ready.splice(0);
      if (failed !== undefined) throw packingFault(failed, name);
    }
    await new Promise((resolve) => unpack.once('close', resolve).end());
    yield* ready.splice(0);
    if (failed !== undefined) throw packingFault(failed, name);
  } finally {
    unpack.destroy();
  }
}

/** Resolves when the chunk is unpacked or the stream has failed; on a failure zlib never calls back. */
function written(unpack: Transform, chunk: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      unpack.off('error', done);
      resolve();
    };
    unpack.once('error', done);
    unpack.write(chunk, done);
  });
}

function packingFault(error: Error, packing: string): DumpFault {
  const cut = systemCode(error) === 'Z_BUF_ERROR' || /unexpected end/i.test(error.message);
  const reason = cut ? 'ends too early: the file was cut' : `is damaged (${error.message})`;
  return new DumpFault('unreadable', `the ${packing} data ${reason}`);
}
