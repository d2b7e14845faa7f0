/** A request's head, from its text. */
import { type Fields, readFields } from './fields.ts';
import { CHUNKED, type Framing, messageControl, persists } from './framing.ts';
import { MAX_METHOD_BYTES } from './limits.ts';
import { BadMessage, CR, LF, SP, TOKEN } from './syntax.ts';
import { isAuthority, readTarget, type Target } from './target.ts';

export interface RequestHead {
  readonly method: string;
  readonly target: Target;
  /** 1 for HTTP/1.1, 0 for HTTP/1.0. */
  readonly minorVersion: number;
  readonly fields: Fields;
  /** Of the Connection lines, in lower case. */
  readonly connection: string | undefined;
  readonly body: Framing;
  /** False for a request that says nothing about a body; `Content-Length: 0` says something. */
  readonly declaresBody: boolean;
  readonly keepsAlive: boolean;
  readonly expectsContinue: boolean;
  /** Of the Host line; HTTP/1.0 may do without. */
  readonly host: string | undefined;
  /** All that follows the request line. */
  readonly fieldsText: string;
}

/** Longer ones are not kept for comparison with the next request's. */
const MOST_KEPT_CHARS = 8 * 1024;

/**
 * `text` is the head with the empty line that ends it. Throws `BadMessage`. `last` is the connection's last one: a
 * client that polls sends the same lines with every request, and the same text means the same.
 */
export function parseRequestHead(text: string, last?: RequestHead): RequestHead {
  let i = 0;
  while (TOKEN[text.charCodeAt(i)] === 1) i++;
  if (i === 0 || text.charCodeAt(i) !== SP) throw new BadMessage(400, 'the request line has no method');
  const method = text.slice(0, i);
  if (i > MAX_METHOD_BYTES) throw new BadMessage(501, 'no method is that long');
  const lineEnd = text.indexOf('\r', i);
  const targetEnd = text.indexOf(' ', i + 1);
  if (targetEnd < 0 || targetEnd > lineEnd || text.charCodeAt(lineEnd + 1) !== LF) {
    throw new BadMessage(400, 'the request line is not of method, target and version');
  }
  const minorVersion = minorVersionOf(text, targetEnd + 1, lineEnd);
  const fieldsText = text.slice(lineEnd + 2);
  const targetText = text.slice(i + 1, targetEnd);
  if (last !== undefined && last.minorVersion === minorVersion && last.fieldsText === fieldsText) {
    return repeated(last, method, readTarget(targetText, last.host));
  }
  const fields = readFields(fieldsText, 0, false);
  const host = hostOf(fields, minorVersion);
  const target = readTarget(targetText, host);
  const { lengthBytes, isChunked, connection } = messageControl(fields, minorVersion);
  return {
    method,
    target,
    minorVersion,
    fields,
    connection,
    body: isChunked ? CHUNKED : (lengthBytes ?? 0),
    declaresBody: isChunked || lengthBytes !== undefined,
    keepsAlive: persists(connection, minorVersion),
    expectsContinue: expectsContinue(fields, minorVersion),
    host,
    fieldsText,
  };
}

/** True for a head that `parseRequestHead` should get as the last one of its connection. */
export function isWorthKeeping({ fieldsText }: RequestHead): boolean {
  return fieldsText.length <= MOST_KEPT_CHARS;
}

function repeated(last: RequestHead, method: string, target: Target): RequestHead {
  return {
    method,
    target,
    minorVersion: last.minorVersion,
    fields: last.fields,
    connection: last.connection,
    body: last.body,
    declaresBody: last.declaresBody,
    keepsAlive: last.keepsAlive,
    expectsContinue: last.expectsContinue,
    host: last.host,
    fieldsText: last.fieldsText,
  };
}

const VERSION = 'HTTP/1.';

function minorVersionOf(text: string, from: number, to: number): number {
  const minor = text.charCodeAt(to - 1) - 0x30;
  if (to - from === VERSION.length + 1 && text.startsWith(VERSION, from) && (minor === 0 || minor === 1)) {
    return minor;
  }
  if (/^HTTP\/\d(?:\.\d)?$/.test(text.slice(from, to))) throw new BadMessage(505, 'expected HTTP/1.1');
  throw new BadMessage(400, 'the request line has no HTTP version');
}

function hostOf({ names, values }: Fields, minorVersion: number): string | undefined {
  let host: string | undefined;
  for (let i = 0; i < names.length; i++) {
    if (names[i]?.lower !== 'host') continue;
    if (host !== undefined) throw new BadMessage(400, 'Host is repeated');
    host = values[i] ?? '';
  }
  if (host === undefined && minorVersion === 1) throw new BadMessage(400, 'Host is missing');
  if (host !== undefined && !isAuthority(host)) throw new BadMessage(400, 'Host is not a host and port');
  return host;
}

function expectsContinue({ names, values }: Fields, minorVersion: number): boolean {
  let expects = false;
  for (let i = 0; i < names.length; i++) {
    if (names[i]?.lower !== 'expect') continue;
    if (values[i]?.toLowerCase() !== '100-continue') throw new BadMessage(417, 'expected 100-continue');
    expects = minorVersion === 1;
  }
  return expects;
}

/** Early sight of a request line that can never become one, for heads that are not complete. */
export function isHopelessStart(first: number): boolean {
  return TOKEN[first] !== 1 && first !== CR && first !== LF;
}
