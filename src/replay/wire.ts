/** One HTTP request of a client, timed: connections below, nothing of the statement protocol above a status and a body. */
import type { Clock } from '../base/clock.ts';
import { errorText, systemCode } from '../base/errors.ts';
import { isLoopback } from '../plan/safety/contact.ts';
import type { TlsSettings } from './http/connection.ts';
import { decodedBody } from './http/content-encoding.ts';
import { createLine, type Line, type LineAnswer } from './http/line.ts';

export interface WireRequest {
  readonly url: string;
  readonly method: 'POST' | 'GET' | 'DELETE' | 'HEAD';
  /** Names in lower case. The same object for requests with the same headers, so that they are written once. */
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
      readonly headers: LineAnswer['headers'];
      /** What the server says of its own times, as it came. */
      readonly serverTiming: string | undefined;
      /** The body, unpacked. */
      readonly body: Buffer;
      /** The same as UTF-8. */
      readonly text: string;
      /** As it came over the wire. */
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

export interface WireOptions {
  readonly clock: Clock;
  readonly connections: number;
  /** Answers whether an address may be spoken to; a `nextUri` or a redirect can name any host. */
  readonly mayContact: (url: URL) => boolean;
  readonly tls?: TlsSettings;
}

/** As the clients' libraries (OkHttp: 20; axios: 5). */
const MOST_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * A set of kept-alive connections, by origin. Each arm of a run has one of its own, so that neither warms or
 * starves the other.
 */
export function createWire(options: WireOptions): Wire {
  const lines = new Map<string, Line>();
  const lineTo = (origin: string): Line => {
    const known = lines.get(origin);
    if (known !== undefined) return known;
    const line = createLine(origin, options.connections, options.clock, options.tls);
    lines.set(origin, line);
    return line;
  };
  return {
    request: (request) => send(request, lineTo, options.mayContact),
    async close() {
      for (const line of lines.values()) line.close();
      lines.clear();
    },
  };
}

async function send(
  request: WireRequest,
  lineTo: (origin: string) => Line,
  mayContact: (url: URL) => boolean,
): Promise<WireAnswer> {
  let { url: address, method, headers, body }: Omit<WireRequest, 'timeoutMs' | 'signal'> = request;
  let sentAtMs: number | undefined;
  for (let redirects = 0; ; redirects++) {
    const url = addressOf(address, mayContact);
    if (!(url instanceof URL)) return url;
    if (headers.authorization !== undefined && url.protocol === 'http:' && !isLoopback(url.hostname))
      return { ok: false, code: 'credentials-in-clear', detail: `${url.host} is not asked over TLS` };
    const path = url.pathname + url.search;
    const { timeoutMs, signal } = request;
    try {
      const answer = await lineTo(url.origin).ask({ method, path, headers, body, timeoutMs, signal });
      sentAtMs ??= answer.sentAtMs;
      const { location } = answer.headers;
      if (!REDIRECTS.has(answer.status) || typeof location !== 'string' || redirects >= MOST_REDIRECTS)
        return await wireAnswer(answer, sentAtMs);
      const next = new URL(location, url);
      if (next.origin !== url.origin) headers = withoutCredentials(headers);
      // A POST stays one only where the status says so (RFC 9110, 15.4).
      if (method === 'POST' && answer.status !== 307 && answer.status !== 308)
        [method, body] = ['GET', undefined];
      address = next.href;
    } catch (error) {
      return failed(error, timeoutMs);
    }
  }
}

function addressOf(address: string, mayContact: (url: URL) => boolean): URL | WireAnswer {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol))
    return { ok: false, code: 'bad-uri', detail: 'the answer named an address that is no URL' };
  if (!mayContact(url))
    return { ok: false, code: 'host-not-allowed', detail: `the answer leads to ${url.host}` };
  return url;
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  const { authorization, cookie, ...others } = headers;
  return others;
}

async function wireAnswer(answer: LineAnswer, sentAtMs: number): Promise<WireAnswer> {
  const { status, headers, headersAtMs, endAtMs } = answer;
  const body = await decodedBody(answer.body, headers['content-encoding']);
  return {
    ...{ ok: true, status, headers, body, sentAtMs, headersAtMs, endAtMs },
    text: body.toString('utf8'),
    bytes: answer.body.length,
    serverTiming: joined(headers['server-timing']),
    retryAfterMs: retryAfter(headers['retry-after']),
  };
}

function joined(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

function failed(error: unknown, timeoutMs: number): WireAnswer {
  const code = systemCode(error) ?? 'io';
  if (code === 'ABORTED') return { ok: false, code: 'aborted', detail: 'interrupted' };
  if (code === 'TIMEOUT')
    return { ok: false, code: 'timeout', detail: `no answer within ${timeoutMs / 1000} s` };
  return { ok: false, code, detail: errorText(error).slice(0, 200) };
}

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3). */
function retryAfter(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const seconds = Number(value);
  const ms = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
