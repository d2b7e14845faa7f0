/**
 * Prepared statements as clients carry them: `X-Trino-Prepared-Statement: name=text, other=text`, both sides URL-encoded,
 * long texts as `$zstd:` and base64url (io.trino.server.protocol.PreparedStatementEncoder).
 */
import { zstdDecompressSync } from 'node:zlib';

/** A header that Trino would refuse. The messages are the Java gateway's where it has one. */
export class BadPreparedStatement extends Error {
  override readonly name = 'BadPreparedStatement';
}

const COMPRESSED = '$zstd:';

/** Names to texts, both still encoded. Of two lines with one name the later one counts. Throws `BadPreparedStatement`. */
export function preparedStatements(lines: readonly string[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  // A name without a text is no pair, and neither is what holds a third part; `=` that pads base64 is none.
  for (const pair of lines.flatMap((line) => line.split(',')).map((part) => part.trim())) {
    const [name, text, ...more] = pair.replace(/=+$/, '').split('=');
    if (name === undefined || text === undefined || more.length > 0)
      throw new BadPreparedStatement(`preparedStatement must be formatted as name=value, but is ${pair}`);
    texts.set(urlDecoded(name), text);
  }
  return texts;
}

/** The statement behind an encoded text, of at most `longest` bytes. Throws `BadPreparedStatement`. */
export function preparedText(encoded: string, longest: number): string {
  const text = urlDecoded(encoded);
  if (!text.startsWith(COMPRESSED)) return text;
  try {
    return zstdDecompressSync(Buffer.from(text.slice(COMPRESSED.length), 'base64url'), {
      maxOutputLength: longest,
    }).toString('utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too long' : 'not zstd';
    throw new BadPreparedStatement(`prepared statement could not be decompressed: ${why}`);
  }
}

/** As java.net.URLDecoder, by which a plus is a blank. */
function urlDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new BadPreparedStatement('prepared statement is not URL-encoded');
  }
}
