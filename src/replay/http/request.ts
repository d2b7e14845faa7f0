/** The bytes of a request. */
import { withCode } from './connection.ts';

interface RequestParts {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** The lines of headers that many requests share: the follow-ups of a statement carry those of its POST. */
const LINES = new WeakMap<object, string>();

/**
 * The request as one piece: text in Latin-1 where it has no other characters, else bytes. Throws for a header that
 * would end its line early.
 */
export function encodeRequest({ method, path, headers, body }: RequestParts, host: string): string | Buffer {
  const head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n${linesOf(headers)}`;
  if (body === undefined) return `${head}\r\n`;
  const bytes = Buffer.byteLength(body);
  const whole = `${head}content-length: ${bytes}\r\n\r\n`;
  // Of the same length in UTF-8: nothing but ASCII.
  return bytes === body.length
    ? whole + body
    : Buffer.concat([Buffer.from(whole, 'latin1'), Buffer.from(body)]);
}

function linesOf(headers: Readonly<Record<string, string>>): string {
  const known = LINES.get(headers);
  if (known !== undefined) return known;
  let lines = '';
  for (const [name, value] of Object.entries(headers)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what would end a line.
    if (/[\r\n\u0000]/.test(value) || !/^[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(name))
      throw withCode(`header ${JSON.stringify(name.slice(0, 40))} cannot be sent`, 'BAD_HEADER');
    lines += `${name}: ${value}\r\n`;
  }
  LINES.set(headers, lines);
  return lines;
}
