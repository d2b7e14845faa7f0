/** Answers of the gateway itself: plain text, as Trino's own protocol errors are. */
import type { Caller } from './caller.ts';

/** Answers, unless the client is gone or an answer has begun. */
function answerText(
  caller: Caller,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  const { response } = caller;
  if (caller.gone || response.headersSent) return;
  const body = caller.method === 'HEAD' ? '' : text;
  response.writeHead(status, {
    'Content-Type': 'text/plain;charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(body);
}

/** The request cannot be sent on as it is; no backend is at fault. */
export function answerBadRequest(caller: Caller, why: string): void {
  answerText(caller, 400, `Error 400 Bad Request: ${why}`);
}

/** A router refused the request: what it says, as a JSON list (as the Java gateway answers it). */
export function answerRefused(caller: Caller, why: readonly string[]): void {
  answerText(caller, 400, JSON.stringify(why), { 'Content-Type': 'application/json' });
}

/** What a coordinator answers for an id it does not have; every client fails fast on it. */
export function answerNotFound(caller: Caller): void {
  answerText(caller, 404, 'Error 404 Not Found: Query not found');
}

/** Nothing can take the request now; clients that retry, retry this one. */
export function answerUnavailable(caller: Caller, why: string): void {
  answerText(caller, 503, `Error 503 Service Unavailable: ${why}`, { 'Retry-After': '1' });
}

/** The backend that has to answer does not. */
export function answerBadGateway(caller: Caller, why: string): void {
  answerText(caller, 502, `Error 502 Bad Gateway: ${why}`);
}

export function answerMethodNotAllowed(caller: Caller): void {
  answerText(caller, 405, 'Error 405 Method Not Allowed', { Allow: 'GET, POST, PUT, DELETE, HEAD' });
}

export function answerTooLarge(caller: Caller, limitBytes: number): void {
  const why = `Error 413 Content Too Large: the statement is longer than ${limitBytes} bytes (proxy.maxBodySize)`;
  answerText(caller, 413, why, { Connection: 'close' });
}
