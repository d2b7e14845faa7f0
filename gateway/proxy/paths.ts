/** Which requests are proxied, by plain string prefix as the Java gateway does it (its PathFilter). */
import { STATEMENT_PATH } from '../../src/trino/headers.ts';

const PREFIXES = [STATEMENT_PATH, '/v1/query', '/v1/spooled', '/v1/info', '/v1/node', '/ui', '/oauth2'];
const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'DELETE', 'HEAD']);

export function isProxied(path: string): boolean {
  return PREFIXES.some((prefix) => path.startsWith(prefix));
}

export function isAllowedMethod(method: string): boolean {
  return METHODS.has(method);
}

/** True for a request that submits a new statement. */
export function isSubmission(method: string, path: string): boolean {
  return method === 'POST' && path.startsWith(STATEMENT_PATH);
}
