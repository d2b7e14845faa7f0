/** A route of the admin API as data: what it is, who may ask, and a function from request to answer. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Principal, Role } from '../auth/index.ts';

export interface ApiRequest {
  /** By name, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly headers: IncomingHttpHeaders;
  /** Empty when there is none. */
  readonly body: string;
  readonly address: string;
  /** True when the connection itself is encrypted. */
  readonly secure: boolean;
  /** The caller; on public routes the one that anybody is. */
  readonly caller: Principal;
  /** Aborted when the client hangs up. */
  readonly gone: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Undefined: no body at all. */
  readonly body: string | Buffer | undefined;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  /** With `:name` for a part of the path. */
  readonly path: string;
  /** One of them is needed; empty: anybody. */
  readonly roles: readonly Role[];
  /** What a body has to be: JSON (other media types get 415), text of any type, or nothing that is read. */
  readonly body: 'json' | 'text' | 'none';
  handle(request: ApiRequest): Promise<Answer> | Answer;
}

const NOSNIFF = { 'X-Content-Type-Options': 'nosniff' };

export function json(value: unknown, status = 200): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...NOSNIFF },
    body: JSON.stringify(value),
  };
}

export function text(status: number, body: string): Answer {
  return { status, headers: { 'Content-Type': 'text/plain;charset=utf-8', ...NOSNIFF }, body };
}

/** Plain text as the Java gateway writes it; what its character set lacks becomes a question mark. */
export function javaText(status: number, body: string): Answer {
  const latin1 = body.replace(/[\u{100}-\u{10ffff}]/gu, '?');
  return {
    status,
    headers: { 'Content-Type': 'text/plain;charset=iso-8859-1' },
    body: Buffer.from(latin1, 'latin1'),
  };
}

/**
 * The caller's mistake: `status` with the reason; or, strictly as in the Java gateway, 500 with a page of its web
 * server, whose stack trace is left out.
 */
export function mistake(strict: boolean, status: number, reason: string): Answer {
  if (!strict) return text(status, reason);
  const escaped = reason.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  return {
    status: 500,
    headers: {
      'Cache-Control': 'must-revalidate,no-cache,no-store',
      'Content-Type': 'text/html;charset=iso-8859-1',
    },
    body: `<html>\n<head>\n<title>Error 500 ${escaped}</title>\n</head>\n<body>\n<h2>HTTP ERROR 500 ${escaped}</h2>\n</body>\n</html>\n`,
  };
}

/** After too many failed logins: 429 with the time after which a try is worth while; `shape` makes the body. */
export function heldUp(waitMs: number, shape: (reason: string) => Answer): Answer {
  const seconds = Math.ceil(waitMs / 1_000);
  const answer = shape(
    `Too many failed logins with this name or from this address: try again in ${seconds} s. A session, and a password that was right before, still pass.`,
  );
  return { ...answer, headers: { ...answer.headers, 'Retry-After': String(seconds) } };
}

export function empty(status: number): Answer {
  return { status, headers: {}, body: undefined };
}

/** The Java gateway's envelope (io.trino.gateway.ha.domain.Result); without data the field is left out. */
export function envelope(data: unknown, msg = 'Successful.'): Answer {
  return json({ code: 200, msg, data });
}

/** The same for a failure, which it answers with HTTP 200. */
export function failed(code: number, msg: string): Answer {
  return json({ code, msg });
}
