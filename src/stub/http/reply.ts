/** Writing answers: status, Trino's headers, gzip where the client asks for it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzip, gzipSync } from 'node:zlib';
import type { Refusal } from '../coordinator/client.ts';

/** Larger bodies are compressed off the main thread. */
const SYNC_GZIP_BYTES = 64 * 1024;
/** Smaller ones are not compressed at all. */
const MIN_GZIP_BYTES = 32;
/** Small windows: a compressor's memory is then 32 KiB instead of 256, which is most of its cost for small bodies. */
const SMALL_GZIP = { level: 1, memLevel: 5, windowBits: 12, chunkSize: 4_096 };
const LARGE_GZIP = { level: 1 };

/** What answering needs to know of a request. */
export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly gzip: boolean;
}

/** What every handler returns, so that the compiler sees that each request gets its answer, now or later. */
export type Handled = 'handled';

/** Sends JSON with status 200; `headers` is a flat list of names and values, repeated names allowed. */
export function sendJson(exchange: Exchange, body: string, headers: readonly string[] = []): Handled {
  const { req, res } = exchange;
  const accepted = exchange.gzip && (req.headers['accept-encoding']?.includes('gzip') ?? false);
  const bytes = Buffer.from(body, 'utf8');
  const all = varies(req) ? [...headers, 'Vary', 'Accept-Encoding'] : headers;
  if (!accepted || bytes.length < MIN_GZIP_BYTES) return write(res, bytes, all);
  if (bytes.length <= SYNC_GZIP_BYTES) return write(res, gzipSync(bytes, SMALL_GZIP), all, true);
  gzip(bytes, LARGE_GZIP, (error, packed) => {
    if (error) res.destroy(error);
    else write(res, packed, all, true);
  });
  return 'handled';
}

/** Trino's server compresses, or would, what it answers to these two methods alone. */
function varies({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'POST';
}

function write(res: ServerResponse, body: Buffer, extra: readonly string[], packed = false): Handled {
  if (res.destroyed) return 'handled';
  const headers = [...extra, 'Content-Type', 'application/json'];
  if (packed) headers.push('Content-Encoding', 'gzip');
  headers.push('X-Content-Type-Options', 'nosniff', 'Content-Length', String(body.length));
  res.writeHead(200, headers);
  res.end(body);
  return 'handled';
}

/** Sends a value as JSON. */
export function sendValue(exchange: Exchange, value: unknown, headers: readonly string[] = []): Handled {
  return sendJson(exchange, JSON.stringify(value), headers);
}

/** Sends plain text with a status. */
export function sendText(
  exchange: Exchange,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Handled {
  const { req, res } = exchange;
  if (res.destroyed) return 'handled';
  const body = Buffer.from(text, 'utf8');
  const type = text === '' ? {} : { 'Content-Type': 'text/plain' };
  const length = status === 204 ? {} : { 'Content-Length': String(body.length) };
  const vary = varies(req) ? { Vary: 'Accept-Encoding' } : {};
  res.writeHead(status, { ...vary, ...type, ...length, ...headers });
  res.end(req.method === 'HEAD' ? undefined : body);
  return 'handled';
}

/** Sends what a check refused. */
export function sendRefusal(exchange: Exchange, refusal: Refusal): Handled {
  const challenge = {
    'WWW-Authenticate': 'Basic realm="Trino"',
    'Content-Type': 'text/plain;charset=utf-8',
  };
  return sendText(exchange, refusal.status, refusal.text, refusal.status === 401 ? challenge : {});
}

/** Answers a method that the resource does not have. */
export function sendNotAllowed(exchange: Exchange, allow: string): Handled {
  return sendText(exchange, 405, '', { Allow: allow });
}

/** What Trino says of a HEAD: the type, and no more. */
export const JSON_HEAD = { 'Content-Type': 'application/json' };

/** The texts that Trino's resources give with an error status. */
export const NO_RESOURCE_TEXT = 'Error 404 Not Found: HTTP 404 Not Found';
export const NOT_FOUND_TEXT = 'Error 404 Not Found: Query not found';
export const GONE_TEXT = 'Error 410 Gone: HTTP 410 Gone';
