/** Where a message's body ends (RFC 9112, section 6.3), with no second reading possible: what is ambiguous is refused. */
import type { Fields } from './fields.ts';
import { BadMessage } from './syntax.ts';

/** A body's length in bytes, 0 for none, or one of the two below. */
export type Framing = number;
export const CHUNKED = -1;
/** Answers only: the end of the connection is the end of the body. */
export const UNTIL_CLOSE = -2;

/** What the lines about the connection and the body say. */
export interface MessageControl {
  /** Of Content-Length; undefined when there is none. */
  readonly lengthBytes: number | undefined;
  readonly isChunked: boolean;
  /** Of Connection, in lower case, joined. */
  readonly connection: string | undefined;
}

const LONGEST_LENGTH = 16;

/** Throws `BadMessage` on repeated or malformed lengths and on every transfer coding but a single `chunked`. */
export function messageControl({ names, values }: Fields, minorVersion: number): MessageControl {
  let length: string | undefined;
  let coding: string | undefined;
  let connection: string | undefined;
  for (let i = 0; i < names.length; i++) {
    const lower = names[i]?.lower;
    const value = values[i] ?? '';
    if (lower === 'content-length') length = onlyOne('Content-Length', length, value);
    else if (lower === 'transfer-encoding') coding = onlyOne('Transfer-Encoding', coding, value);
    else if (lower === 'connection') connection = listed(connection, value.toLowerCase());
  }
  if (coding !== undefined) checkCoding(coding, length, minorVersion);
  return {
    lengthBytes: length === undefined ? undefined : lengthOf(length),
    isChunked: coding !== undefined,
    connection,
  };
}

function onlyOne(name: string, known: string | undefined, value: string): string {
  if (known !== undefined) throw new BadMessage(400, `${name} is repeated`);
  return value;
}

function listed(known: string | undefined, value: string): string {
  return known === undefined ? value : `${known},${value}`;
}

function checkCoding(coding: string, length: string | undefined, minorVersion: number): void {
  if (length !== undefined) {
    throw new BadMessage(400, 'Transfer-Encoding and Content-Length stand together');
  }
  if (minorVersion === 0) throw new BadMessage(400, 'Transfer-Encoding in HTTP/1.0');
  if (coding.toLowerCase() !== 'chunked') {
    throw new BadMessage(501, 'Transfer-Encoding is something else than chunked');
  }
}

function lengthOf(value: string): number {
  if (value.length === 0 || value.length > LONGEST_LENGTH || !/^\d+$/.test(value)) {
    throw new BadMessage(400, 'Content-Length is not one number of bytes');
  }
  const length = Number(value);
  if (!Number.isSafeInteger(length)) throw new BadMessage(400, 'Content-Length is too large a number');
  return length;
}

/** True when the connection can serve another message after this one. */
export function persists(connection: string | undefined, minorVersion: number): boolean {
  if (connection === undefined) return minorVersion === 1;
  if (connection === 'keep-alive') return true;
  const options = connection.split(',').map((option) => option.trim());
  if (options.includes('close')) return false;
  return minorVersion === 1 || options.includes('keep-alive');
}

/**
 * Header names that a Connection line declares to be for this connection only; undefined when there are none.
 * Those that say where a message goes and where it ends are not the sender's to take away.
 */
export function connectionOnly(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined;
  const names = new Set(connection.split(',').map((option) => option.trim()));
  for (const never of ['host', 'content-length']) names.delete(never);
  return names;
}
