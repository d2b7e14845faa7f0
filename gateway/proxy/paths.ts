/** Which requests are proxied, by plain string prefix as the Java gateway does it (its PathFilter). */
import { STATEMENT_PATH } from '../../src/trino/headers.ts';

const PREFIXES = [STATEMENT_PATH, '/v1/query', '/v1/spooled', '/v1/info', '/v1/node', '/ui', '/oauth2'];
const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'DELETE', 'HEAD']);

export interface Target {
  readonly path: string;
  /** Raw query string without its question mark. */
  readonly search: string;
}

export function isProxied(url: string): boolean {
  return PREFIXES.some((prefix) => url.startsWith(prefix));
}

export function isAllowedMethod(method: string): boolean {
  return METHODS.has(method);
}

export function targetOf(url: string): Target {
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, search: '' } : { path: url.slice(0, mark), search: url.slice(mark + 1) };
}

/** True for a request that submits a new statement. */
export function isSubmission(method: string, path: string): boolean {
  return method === 'POST' && path.startsWith(STATEMENT_PATH);
}
