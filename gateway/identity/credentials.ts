/** What a request says of its sender, by its headers alone. */

/** Reads the first line of a header, by any case of its name. */
export interface HeaderReader {
  header(name: string): string | null;
}

/** The user of `Authorization: Basic`, or undefined. */
export function basicUser(authorization: string): string | undefined {
  const encoded = /^basic +([a-z0-9+/=_-]+) *$/i.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const user = Buffer.from(encoded, 'base64').toString('utf8').split(':', 1)[0];
  return user === '' ? undefined : user;
}

/** The token of `Authorization: Bearer`, or undefined. */
export function bearerToken(authorization: string): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization)?.[1];
}

/** Under which Trino's web UI keeps its token; the first one that is there counts. */
const TOKEN_COOKIES = ['Trino-UI-Token', '__Secure-Trino-ID-Token'];

export function cookieToken(cookies: string): string | undefined {
  const values = new Map<string, string>();
  for (const pair of cookies.split(';')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    if (at > 0 && !values.has(name))
      values.set(
        name,
        pair
          .slice(at + 1)
          .trim()
          .replace(/^"(.*)"$/, '$1'),
      );
  }
  return TOKEN_COOKIES.map((name) => values.get(name)).find((value) => value !== undefined);
}
