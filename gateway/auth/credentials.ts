/** What a request carries to say who sent it. Nothing is checked here. */
import type { IncomingHttpHeaders } from 'node:http';

/** The cookie in which the Java gateway, too, keeps its session token. */
export const TOKEN_COOKIE = 'token';
/** Longer ones are no token of anybody's; they are not looked at. */
const LONGEST_TOKEN = 16 * 1024;

export type Credentials =
  | { readonly kind: 'token'; readonly token: string; readonly from: 'cookie' | 'bearer' }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string };

/** In the Java gateway's order: cookie `token`, Bearer, Basic. Undefined when there is nothing usable. */
export function credentialsOf(headers: IncomingHttpHeaders): Credentials | undefined {
  const cookie = cookieOf(headers.cookie, TOKEN_COOKIE);
  if (cookie !== undefined && cookie !== '' && cookie.length <= LONGEST_TOKEN)
    return { kind: 'token', token: cookie, from: 'cookie' };
  const [scheme = '', value = ''] = (headers.authorization ?? '').trim().split(/\s+/, 2);
  if (value === '' || value.length > LONGEST_TOKEN) return undefined;
  if (scheme.toLowerCase() === 'bearer') return { kind: 'token', token: value, from: 'bearer' };
  return scheme.toLowerCase() === 'basic' ? basic(value) : undefined;
}

function basic(encoded: string): Credentials | undefined {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon <= 0) return undefined;
  return { kind: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The first cookie of a name. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const eq = part.indexOf('=');
    if (eq > 0 && part.slice(0, eq).trim() === name) return part.slice(eq + 1).trim();
  }
  return undefined;
}
