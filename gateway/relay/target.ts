/** The request target (RFC 9112, section 3.2): one form, one meaning, for the gateway and for whatever stands behind it. */
import { MAX_TARGET_BYTES } from './limits.ts';
import { BadMessage, consistsOf, PATH_TEXT, QUERY_TEXT } from './syntax.ts';

export interface Target {
  /** Path and query string as they are sent on. */
  readonly raw: string;
  readonly path: string;
  /** Query string without its question mark. */
  readonly search: string;
}

const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/i;
/** A host name or address with an optional port: RFC 9110, section 7.2. */
const AUTHORITY = /^(?:[\w.~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?$/;
/** Only a path with one of these can hide a second meaning. */
const SUSPICIOUS = /\/\/|%|\/\./;

export function isAuthority(text: string): boolean {
  return AUTHORITY.test(text);
}

/**
 * Reads a target. A full URL is taken only for the host that the Host line names: this is no open proxy, and nothing
 * is ever sent to where a client says. A path that another reader could resolve to a different one is refused.
 * Throws `BadMessage` (400, 414, 421).
 */
export function readTarget(text: string, host: string | undefined): Target {
  if (text.length > MAX_TARGET_BYTES) throw new BadMessage(414, 'the request target is too long');
  const raw = text.startsWith('/') ? text : originForm(text, host);
  const mark = raw.indexOf('?');
  const path = mark < 0 ? raw : raw.slice(0, mark);
  const search = mark < 0 ? '' : raw.slice(mark + 1);
  if (!consistsOf(path, 0, path.length, PATH_TEXT) || !consistsOf(search, 0, search.length, QUERY_TEXT)) {
    throw new BadMessage(400, 'the request target holds a character that it may not');
  }
  if (SUSPICIOUS.test(path)) checkPath(path);
  return { raw, path, search };
}

function originForm(text: string, host: string | undefined): string {
  const [, authority, rest] = ABSOLUTE.exec(text) ?? [];
  if (authority === undefined || rest === undefined) {
    throw new BadMessage(400, 'the request target is neither a path nor a URL');
  }
  if (host === undefined || authority.toLowerCase() !== host.toLowerCase()) {
    throw new BadMessage(421, 'the request target names another host than the Host header');
  }
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** Empty and dot segments, also encoded ones and those with parameters (`/..;x/`), and bytes no path needs. */
function checkPath(path: string): void {
  if (/%(?![0-9A-Fa-f]{2})/.test(path))
    throw new BadMessage(400, 'a percent sign in the path encodes nothing');
  if (/%(?:[01][0-9A-F]|7F|5C)/i.test(path)) {
    throw new BadMessage(400, 'the path holds an encoded control character or backslash');
  }
  if (path.includes('//')) throw new BadMessage(400, 'the path holds an empty segment');
  for (const segment of path.split(/\/|%2F/i)) {
    const name = segment.replace(/(?:;|%3B).*$/i, '').replace(/%2E/gi, '.');
    if (name === '.' || name === '..') throw new BadMessage(400, 'the path holds a dot segment');
  }
}
