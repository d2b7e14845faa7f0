/**
 * Reads the little that the gateway needs from statement answers, of which the client gets every byte unchanged.
 *
 * Clients choose the encoding, so an answer may be compressed. Asking backends for identity instead would make result
 * pages several times larger on the wire for the sake of two fields; and as Trino writes `id` and `nextUri` before
 * columns and data (QueryResults' field order), decoding the first few kilobytes is enough, however long the page is.
 */
import { brotliDecompressSync, constants, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { unpackedBytes } from '../../src/base/gzip.ts';
import { firstValue, ownText } from '../relay/fields.ts';
import type { ResponseHead } from '../relay/response-head.ts';
import { withoutPrefix } from '../routing/cluster-key.ts';

/** Long enough for id, infoUri, partialCancelUri and nextUri, which are a few hundred bytes. */
const START_BYTES = 4 * 1024;

/** A part that unpacks to more than this is no start of a statement answer; unpacking stops there. */
const MOST_UNPACKED_BYTES = 256 * 1024;

const zlibPart = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MOST_UNPACKED_BYTES };

function gunzipPart(part: Buffer): Buffer {
  return gunzipSync(part, { ...zlibPart, chunkSize: unpackedBytes(part, 4 * START_BYTES) });
}

/** Each answers the text of a compressed answer's first part. */
const DECODERS: Readonly<Record<string, (part: Buffer) => Buffer>> = {
  gzip: gunzipPart,
  'x-gzip': gunzipPart,
  deflate: (part) => inflateSync(part, zlibPart),
  br: (part) =>
    brotliDecompressSync(part, {
      finishFlush: constants.BROTLI_OPERATION_FLUSH,
      maxOutputLength: MOST_UNPACKED_BYTES,
    }),
  zstd: (part) =>
    zstdDecompressSync(part, { finishFlush: constants.ZSTD_e_flush, maxOutputLength: MOST_UNPACKED_BYTES }),
};

export interface StatementStart {
  /** Undefined when the answer is no statement result. */
  readonly id: string | undefined;
  readonly hasNext: boolean;
  /** Path and query string of nextUri, where it could be read. */
  readonly nextPath: string | undefined;
  /** The coordinator turned the statement away because it is still starting. */
  readonly startingUp: boolean;
}

/** A whole answer, looked into for what decides whether its query may still be run again. */
export interface PageFacts extends StatementStart {
  /** Rows, or where to fetch them, are in it. */
  readonly hasRows: boolean;
  /** Name of the Trino error that ended the query. */
  readonly errorName: string | undefined;
}

const UNREADABLE: StatementStart = {
  id: undefined,
  hasNext: false,
  nextPath: undefined,
  startingUp: false,
};

/** What the first part of a 200 answer says, or undefined when its encoding is not known here. */
export function readStart(head: ResponseHead, body: Buffer): StatementStart | undefined {
  const text = decodedStart(firstValue(head.fields, 'content-encoding'), body, START_BYTES);
  return text === undefined ? undefined : startOf(text);
}

function startOf(text: string): StatementStart {
  const id = /"id"\s*:\s*"([^"\\]{1,200})"/.exec(text)?.[1];
  if (id === undefined) return UNREADABLE;
  return {
    id: ownText(id),
    hasNext: /"nextUri"\s*:/.test(text),
    nextPath: pathIn(text),
    startingUp: text.includes('"SERVER_STARTING_UP"'),
  };
}

/** What a whole 200 answer says; undefined when it cannot be read here. */
export function readPage(head: ResponseHead, body: Buffer): PageFacts | undefined {
  const text = decodedStart(firstValue(head.fields, 'content-encoding'), body, body.length);
  const start = text === undefined ? undefined : startOf(text);
  if (text === undefined || start?.id === undefined) return undefined;
  return {
    ...start,
    // A key, as quotes inside of texts are escaped.
    hasRows: /"data"\s*:/.test(text),
    errorName: start.hasNext ? undefined : /"errorName"\s*:\s*"([A-Z_]{1,80})"/.exec(text)?.[1],
  };
}

function pathIn(text: string): string | undefined {
  const path = /"nextUri"\s*:\s*"https?:\/\/[^/"\\]*(\/[^"\\]{1,1000})"/.exec(text)?.[1];
  return path === undefined ? undefined : ownText(withoutPrefix(path));
}

/** The text of the first `bytes` of a body, as sent; four times as much when it was compressed. */
function decodedStart(encoding: string | undefined, body: Buffer, bytes: number): string | undefined {
  const part = body.subarray(0, bytes);
  if (encoding === undefined || encoding === 'identity') return part.toString('latin1');
  const decode = DECODERS[encoding.trim().toLowerCase()];
  if (decode === undefined) return undefined;
  try {
    const text = decode(part);
    // The start is enough of a start; of a whole answer all of it counts.
    return (bytes === START_BYTES ? text.subarray(0, 4 * START_BYTES) : text).toString('latin1');
  } catch {
    return undefined;
  }
}
