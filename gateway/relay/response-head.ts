/** An answer's head, from its text. A backend is trusted no further than a client is. */
import { type Fields, firstValue, readFields } from './fields.ts';
import { CHUNKED, type Framing, messageControl, persists, UNTIL_CLOSE } from './framing.ts';
import { BadMessage, consistsOf, FIELD_TEXT } from './syntax.ts';

export interface ResponseHead {
  readonly status: number;
  readonly fields: Fields;
  /** Of the Connection lines, in lower case. */
  readonly connection: string | undefined;
  readonly body: Framing;
  /** What Content-Length says; of a body that does not follow, too (HEAD, 304). */
  readonly lengthBytes: number | undefined;
  /** The connection can take another request after this answer. */
  readonly keepsAlive: boolean;
  /** Of `Keep-Alive: timeout=…`: how long the backend keeps an idle connection. */
  readonly idleSeconds: number | undefined;
}

const STATUS_LINE_START = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |\r)/;

/**
 * `text` is the head with the empty line that ends it, `method` that of the request. Throws `BadMessage`.
 * Answers to HEAD, 204 and 304 have no body whatever their headers say (RFC 9112, section 6.3).
 */
export function parseResponseHead(text: string, method: string): ResponseHead {
  const start = STATUS_LINE_START.exec(text);
  const lineEnd = text.indexOf('\r\n');
  if (start === null) throw new BadMessage(502, 'the status line is not one of HTTP/1.1');
  if (!consistsOf(text, start[0].length - 1, lineEnd, FIELD_TEXT)) {
    throw new BadMessage(502, 'the reason phrase holds a control character');
  }
  const minorVersion = Number(start[1]);
  const status = Number(start[2]);
  const fields = readFields(text, lineEnd + 2, true);
  const { lengthBytes, isChunked, connection } = messageControl(fields, minorVersion);
  const isBodiless = method === 'HEAD' || status < 200 || status === 204 || status === 304;
  // A body after a status that has none would be read as the next answer: such a connection is used no more.
  const isSuspect = (status < 200 || status === 204) && (isChunked || (lengthBytes ?? 0) > 0);
  const body = isBodiless ? 0 : isChunked ? CHUNKED : (lengthBytes ?? UNTIL_CLOSE);
  return {
    status,
    fields,
    connection,
    body,
    lengthBytes,
    keepsAlive: persists(connection, minorVersion) && body !== UNTIL_CLOSE && !isSuspect,
    idleSeconds: idleSeconds(fields),
  };
}

function idleSeconds(fields: Fields): number | undefined {
  const said = /(?:^|[\s,;])timeout=(\d{1,6})/i.exec(firstValue(fields, 'keep-alive') ?? '')?.[1];
  return said === undefined ? undefined : Number(said);
}
