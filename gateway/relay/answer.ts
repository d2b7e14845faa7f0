/** The head of an answer to a client, as text. */
import type { Fields } from './fields.ts';
import { connectionOnly } from './framing.ts';
import type { ResponseHead } from './response-head.ts';

export interface Answer {
  readonly status: number;
  /** Header lines, each with its CRLF, without those about the body and the connection. */
  readonly lines: string;
  readonly hasDate: boolean;
  /** Content-Length of a body that is not sent: of an answer to HEAD, or of 304. */
  readonly declaredBytes: number | undefined;
}

/**
 * What of a backend's answer goes on to the client: every end-to-end line in the order received. The reason phrase
 * stays behind, as clients ignore it.
 */
export function answerOf(head: ResponseHead): Answer {
  const { names, values } = head.fields;
  const named = connectionOnly(head.connection);
  let lines = '';
  let hasDate = false;
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    if (name === undefined || name.isHopByHop || name.lower === 'content-length') continue;
    if (named?.has(name.lower) === true) continue;
    if (name.lower === 'date') hasDate = true;
    lines += `${name.text}: ${values[i]}\r\n`;
  }
  return { status: head.status, lines, hasDate, declaredBytes: head.lengthBytes };
}

/** Lines of end-to-end fields for a backend that needs nothing added. */
export function endToEndLines({ names, values }: Fields, connection: string | undefined): string {
  const named = connectionOnly(connection);
  let lines = '';
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    if (name === undefined || name.isHopByHop || named?.has(name.lower) === true) continue;
    if (name.lower !== 'host' && name.lower !== 'content-length') lines += `${name.text}: ${values[i]}\r\n`;
  }
  return lines;
}

/** Not by `import`, as that loads all that the module exports. */
const { STATUS_CODES } = process.getBuiltinModule('node:http');
const statusLines = new Map<number, string>();

export function statusLine(status: number): string {
  let line = statusLines.get(status);
  if (line === undefined) {
    line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
    statusLines.set(status, line);
  }
  return line;
}

let dateSecond = 0;
let date = '';

/** The Date line of now; a proxy adds it where the origin did not (RFC 9110, section 6.6.1). */
export function dateLine(): string {
  const second = Math.floor(Date.now() / 1_000);
  if (second !== dateSecond) {
    dateSecond = second;
    date = `Date: ${new Date(second * 1_000).toUTCString()}\r\n`;
  }
  return date;
}

/** An answer of the gateway itself, in plain text as Trino's own protocol errors are. */
export function plainAnswer(status: number, extraLines = ''): Answer {
  const lines = `Content-Type: text/plain;charset=utf-8\r\n${extraLines}`;
  return { status, lines, hasDate: false, declaredBytes: undefined };
}
