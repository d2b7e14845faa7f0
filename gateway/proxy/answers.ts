/** Answers of the gateway itself: plain text, as Trino's own protocol errors are. */
import { plainAnswer } from '../relay/answer.ts';
import type { FailureKind } from '../relay/upstream-connection.ts';
import type { Opinion } from '../routing/routers.ts';
import type { Caller } from './caller.ts';

/** Answers, unless the client is gone or an answer has begun. */
function answerText({ call }: Caller, status: number, text: string, lines = ''): void {
  const body = Buffer.from(text);
  call.answer({ ...plainAnswer(status, lines), declaredBytes: body.length }, body);
}

/** A router refused the request: what it says, as a JSON list (as the Java gateway answers it). */
export function answerRefused({ call }: Caller, { refusal = [], refusalStatus = 400 }: Opinion): void {
  const lines = 'Content-Type: application/json\r\n';
  call.answer(
    { status: refusalStatus, lines, hasDate: false, declaredBytes: undefined },
    Buffer.from(JSON.stringify(refusal)),
  );
}

/** What a coordinator answers for an id it does not have; every client fails fast on it. */
export function answerNotFound(caller: Caller): void {
  answerText(caller, 404, 'Error 404 Not Found: Query not found');
}

/** Nothing can take the request now; clients that retry, retry this one. Java: a bare 500, which ends a query. */
export function answerUnavailable(caller: Caller, why: string): void {
  if (caller.isStrict) answerEmpty(caller, 500);
  else answerText(caller, 503, `Error 503 Service Unavailable: ${why}`, 'Retry-After: 1\r\n');
}

/** The backend that has to answer does not. `failure`: what was seen, and how long was waited for a silent one. */
export function answerBadGateway(
  caller: Caller,
  why: string,
  failure?: { readonly kind: FailureKind; readonly waitedMs: number | undefined },
): void {
  const { kind, waitedMs } = failure ?? {};
  const how =
    kind === 'silent' && waitedMs !== undefined ? `timed out after${airliftText(waitedMs)}` : 'failed';
  const text = caller.isStrict ? `Request to remote Trino server ${how}` : `Error 502 Bad Gateway: ${why}`;
  answerText(caller, 502, text);
}

/** As airlift's Duration writes itself: `2.00m`. */
export function airliftText(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const;
  const [unit, size] = units.find(([, least]) => ms >= least) ?? (['ms', 1] as const);
  return `${(ms / size).toFixed(2)}${unit}`;
}

/** What the Java gateway answers where it fails on a request itself. */
export function answerEmpty({ call }: Caller, status: number): void {
  call.answer({ status, lines: '', hasDate: false, declaredBytes: 0 }, Buffer.alloc(0));
}

/** As a Trino server answers what it was not told to process (http-server.process-forwarded). */
export function answerNotAcceptable(caller: Caller): void {
  answerText(
    caller,
    406,
    'Error 406 Not Acceptable: Forwarded and X-Forwarded-* are refused (listen.processForwarded)',
  );
}

/** A cookie of the gateway's that it has not made: the client's fault, for which Java answers 500. */
export function answerTampered(caller: Caller): void {
  if (caller.isStrict) answerEmpty(caller, 500);
  else
    answerText(
      caller,
      400,
      'Error 400 Bad Request: a cookie that begins with TG. was not made by this gateway',
    );
}

export function answerMethodNotAllowed(caller: Caller): void {
  answerText(caller, 405, 'Error 405 Method Not Allowed', 'Allow: GET, POST, PUT, DELETE, HEAD\r\n');
}

/** No room to hold the statement at present. */
export function answerNoRoom(caller: Caller): void {
  answerUnavailable(caller, 'too much statement text is under way (proxy.maxHeldSize)');
}

export function answerTooLarge(caller: Caller, limitBytes: number): void {
  answerText(
    caller,
    413,
    `Error 413 Content Too Large: the statement is longer than ${limitBytes} bytes (proxy.maxBodySize)`,
  );
}
