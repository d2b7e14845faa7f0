/**
 * Prepared statements as clients carry them: `X-Trino-Prepared-Statement: name=text, other=text`, both sides URL-encoded,
 * long texts as `$zstd:` and base64url (io.trino.server.protocol.PreparedStatementEncoder).
 */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

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

/** Names and texts as one header value. Both sides are encoded: a name may hold a comma, a blank or an equals sign. */
export function encodePrepared(prepared: Readonly<Record<string, string>>): string {
  return Object.entries(prepared)
    .map(([name, text]) => `${urlEncoded(name)}=${urlEncoded(text)}`)
    .join(',');
}

/** A value as Trino packs long texts. */
export function packedText(text: string): string {
  return urlEncoded(COMPRESSED + zstdCompressSync(Buffer.from(text, 'utf8')).toString('base64url'));
}

/** True for an encoded text that is packed. */
export function isPacked(encoded: string): boolean {
  return decodedOr(encoded).startsWith(COMPRESSED);
}

/** The pairs of one or several header lines, names decoded, texts as they came; malformed pairs are left out. */
export function preparedPairs(
  lines: string | readonly string[] | undefined,
): readonly (readonly [name: string, encoded: string])[] {
  const all = lines === undefined ? [] : typeof lines === 'string' ? [lines] : lines;
  return all
    .flatMap((line) => line.split(','))
    .flatMap((pair) => {
      const eq = pair.indexOf('=');
      return eq <= 0 ? [] : [[decodedOr(pair.slice(0, eq).trim()), pair.slice(eq + 1).trim()] as const];
    });
}

/** Names and texts of header lines; what is packed stays packed, and what is not URL-encoded is left out. */
export function decodePrepared(lines: string | readonly string[] | undefined): Record<string, string> {
  const pairs = preparedPairs(lines).flatMap(([name, encoded]) => {
    const text = decodedOr(encoded, '');
    return text === '' ? [] : [[name, text] as const];
  });
  return Object.fromEntries(pairs);
}

/** As java.net.URLEncoder, but for signs that either decoder leaves alone. Half a surrogate pair becomes the replacement character. */
export function urlEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** The decoded text, or for what is not URL-encoded `otherwise`: the text itself, when not given. */
export function decodedOr(text: string, otherwise = text): string {
  try {
    return urlDecoded(text);
  } catch {
    return otherwise;
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
