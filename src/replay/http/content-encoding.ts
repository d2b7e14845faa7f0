/** Unpacks bodies: whatever a server may have packed them with, though we ask for gzip as clients do. */
import { promisify } from 'node:util';
import {
  brotliDecompress,
  brotliDecompressSync,
  gunzip,
  gunzipSync,
  inflate,
  inflateSync,
  zstdDecompress,
  zstdDecompressSync,
} from 'node:zlib';
import { unpackedBytes } from '../../base/gzip.ts';
import { BadResponse } from './response-reader.ts';

interface Decoder {
  readonly now: (raw: Buffer) => Buffer;
  readonly later: (raw: Buffer) => Promise<Buffer>;
}

const MOST_CHUNK_BYTES = 256 * 1024;

const GZIP: Decoder = {
  now: (raw) => gunzipSync(raw, { chunkSize: unpackedBytes(raw, MOST_CHUNK_BYTES) }),
  later: promisify(gunzip),
};
const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: GZIP,
  'x-gzip': GZIP,
  zstd: { now: zstdDecompressSync, later: promisify(zstdDecompress) },
  deflate: { now: inflateSync, later: promisify(inflate) },
  br: { now: brotliDecompressSync, later: promisify(brotliDecompress) },
};

/** Below this, unpacking in place is cheaper than a trip to the thread pool. */
const SMALL_BODY_BYTES = 64 * 1024;

/** The body without its content coding. Throws BadResponse for a coding that nobody asked for. */
export async function decodedBody(raw: Buffer, encoding: string | string[] | undefined): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity' || raw.length === 0) return raw;
  const decoder = DECODERS[String(encoding).toLowerCase()];
  if (decoder === undefined)
    throw new BadResponse(`the answer is packed as ${String(encoding).slice(0, 40)}`);
  return raw.length < SMALL_BODY_BYTES ? decoder.now(raw) : decoder.later(raw);
}
