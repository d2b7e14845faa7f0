/**
 * Results that lie beside the answers (spooled protocol, io.trino.client.spooling): an answer names segments, which are fetched
 * from the coordinator or an object store, unpacked, and acknowledged, so that the server may drop them.
 */
import { zstdDecompressSync } from 'node:zlib';
import type { WireAnswer } from '../wire.ts';
import { unpackLz4Block } from './lz4.ts';

interface Metadata {
  readonly uncompressedSize?: number | string;
  readonly segmentSize?: number | string;
}

export type Segment =
  | { readonly type: 'inline'; readonly data: string; readonly metadata?: Metadata }
  | {
      readonly type: 'spooled';
      readonly uri: string;
      readonly ackUri?: string;
      readonly headers?: Readonly<Record<string, readonly string[]>>;
      readonly metadata?: Metadata;
    };

export interface SpooledData {
  /** `json`, `json+zstd`, `json+lz4`. */
  readonly encoding: string;
  readonly segments: readonly Segment[];
}

/** Encodings that can be asked for, in the order in which clients like them. */
export const DATA_ENCODINGS = ['json+zstd', 'json+lz4', 'json'] as const;

export function isSpooled(data: unknown): data is SpooledData {
  return (
    typeof data === 'object' &&
    data !== null &&
    !Array.isArray(data) &&
    Array.isArray((data as { segments?: unknown }).segments)
  );
}

export interface SegmentRead {
  readonly rows: readonly (readonly unknown[])[];
  /** Fetched, as they came. */
  readonly bytes: number;
}

/** GETs a segment's address with the headers that the segment itself asks for. */
export type FetchSegment = (url: string, headers: Readonly<Record<string, string>>) => Promise<WireAnswer>;

/** Reads all segments in their order; an answer instead of rows is the one that failed. */
export async function readSegments(
  { encoding, segments }: SpooledData,
  fetchSegment: FetchSegment,
): Promise<SegmentRead | { readonly failed: WireAnswer }> {
  const rows: (readonly unknown[])[] = [];
  let bytes = 0;
  for (const segment of segments) {
    try {
      const raw = await rawOf(segment, fetchSegment);
      if (!Buffer.isBuffer(raw)) return { failed: raw };
      bytes += raw.length;
      for (const row of rowsOf(raw, encoding, segment.metadata ?? {})) rows.push(row);
    } catch (error) {
      return { failed: { ok: false, code: 'bad-segment', detail: String(error).slice(0, 150) } };
    }
    if (segment.type === 'spooled') acknowledge(segment, fetchSegment);
  }
  return { rows, bytes };
}

async function rawOf(segment: Segment, fetchSegment: FetchSegment): Promise<Buffer | WireAnswer> {
  if (segment.type === 'inline') return Buffer.from(segment.data, 'base64');
  const answer = await fetchSegment(segment.uri, headersOf(segment));
  return answer.ok && answer.status === 200 ? answer.body : answer;
}

function headersOf({ headers = {} }: Extract<Segment, { type: 'spooled' }>): Record<string, string> {
  const own = Object.entries(headers).map(([name, values]) => [name.toLowerCase(), values.join(', ')]);
  // What is packed is the segment; a coding around it would be for nothing.
  return { 'accept-encoding': 'identity', ...Object.fromEntries(own) };
}

/** As clients do it: nobody waits for the answer, and nobody minds a refusal. */
function acknowledge(segment: Extract<Segment, { type: 'spooled' }>, fetchSegment: FetchSegment): void {
  if (segment.ackUri !== undefined) void fetchSegment(segment.ackUri, headersOf(segment));
}

/** A segment that does not gain by it is not packed, and then has no unpacked size. */
function rowsOf(raw: Buffer, encoding: string, { uncompressedSize }: Metadata): (readonly unknown[])[] {
  const size = Number(uncompressedSize ?? Number.NaN);
  const packing = Number.isNaN(size) ? 'json' : encoding;
  const unpack = UNPACK[packing];
  if (unpack === undefined) throw new RangeError(`segments are packed as ${encoding}`);
  if (size > MOST_UNPACKED_BYTES) throw new RangeError('a segment is too large');
  const rows = JSON.parse(unpack(raw, size).toString('utf8')) as unknown;
  if (!Array.isArray(rows) || !rows.every(Array.isArray)) throw new TypeError('its data are no rows');
  return rows as unknown[][];
}

const MOST_UNPACKED_BYTES = 512 * 1024 ** 2;
const UNPACK: Readonly<Record<string, (raw: Buffer, size: number) => Buffer>> = {
  json: (raw) => raw,
  'json+zstd': (raw, size) => zstdDecompressSync(raw, { maxOutputLength: size }),
  'json+lz4': unpackLz4Block,
};
