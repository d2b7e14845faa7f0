/** One HTTP request of a client, timed: undici below, nothing of the statement protocol above a status and a body. */
import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import type { Clock } from '../base/clock.ts';
import { errorText, systemCode } from '../base/errors.ts';
import { createLine, type Line } from './line.ts';

export interface WireRequest {
  readonly url: string;
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type WireAnswer =
  | {
      readonly ok: true;
      readonly status: number;
      readonly retryAfterMs: number | undefined;
      /** What the server says of its own times, as it came. */
      readonly serverTiming: string | undefined;
      readonly text: string;
      readonly bytes: number;
      /** When nothing of ours held the request back any more, its answer's head came, and its body ended; clock milliseconds. */
      readonly sentAtMs: number;
      readonly headersAtMs: number;
      readonly endAtMs: number;
    }
  | { readonly ok: false; readonly code: string; readonly detail: string };

export interface Wire {
  request(request: WireRequest): Promise<WireAnswer>;
  close(): Promise<void>;
}

const gunzipAsync = promisify(gunzip);
/** Below this, unpacking in place is cheaper than a trip to the thread pool. */
const SMALL_BODY_BYTES = 64 * 1024;

/**
 * A set of kept-alive connections, by origin. Each arm of a run has one of its own, so that neither warms or
 * starves the other.
 */
export function createWire(options: {
  readonly clock: Clock;
  readonly connections: number;
  /** Answers whether an address may be spoken to; a `nextUri` can name any host. */
  readonly mayContact: (url: URL) => boolean;
}): Wire {
  const lines = new Map<string, Line>();
  const lineTo = (origin: string): Line => {
    const known = lines.get(origin);
    if (known !== undefined) return known;
    const line = createLine(origin, options.connections, options.clock);
    lines.set(origin, line);
    return line;
  };
  return {
    request: (request) => send(request, lineTo, options.mayContact),
    async close() {
      await Promise.all([...lines.values()].map((line) => line.close()));
      lines.clear();
    },
  };
}

async function send(
  request: WireRequest,
  lineTo: (origin: string) => Line,
  mayContact: (url: URL) => boolean,
): Promise<WireAnswer> {
  let url: URL;
  try {
    url = new URL(request.url);
  } catch {
    return { ok: false, code: 'bad-uri', detail: 'the answer named a nextUri that is no URL' };
  }
  if (!mayContact(url))
    return { ok: false, code: 'host-not-allowed', detail: `nextUri leads to ${url.host}` };
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), request.timeoutMs);
  try {
    const options = {
      path: url.pathname + url.search,
      method: request.method,
      headers: { ...request.headers, 'accept-encoding': 'gzip' },
      body: request.body ?? null,
    };
    const signal = AbortSignal.any([request.signal, deadline.signal]);
    const { status, headers, body, ...stamps } = await lineTo(url.origin).ask(options, signal);
    const text = await decode(body, headers['content-encoding']);
    const retryAfterMs = retryAfter(headers['retry-after']);
    const said = headers['server-timing'];
    const serverTiming = Array.isArray(said) ? said.join(', ') : said;
    return { ok: true, status, retryAfterMs, serverTiming, text, bytes: body.length, ...stamps };
  } catch (error) {
    if (request.signal.aborted) return { ok: false, code: 'aborted', detail: 'interrupted' };
    if (deadline.signal.aborted)
      return { ok: false, code: 'timeout', detail: `no answer within ${request.timeoutMs / 1000} s` };
    return { ok: false, code: systemCode(error) ?? 'io', detail: errorText(error).slice(0, 200) };
  } finally {
    clearTimeout(timer);
  }
}

async function decode(raw: Buffer, encoding: string | string[] | undefined): Promise<string> {
  if (encoding !== 'gzip') return raw.toString('utf8');
  return (raw.length < SMALL_BODY_BYTES ? gunzipSync(raw) : await gunzipAsync(raw)).toString('utf8');
}

function retryAfter(value: string | string[] | undefined): number | undefined {
  const seconds = typeof value === 'string' ? Number(value) : Number.NaN;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
