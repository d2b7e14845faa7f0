/** Which requests are proxied, by plain string prefix as the Java gateway does it (its PathFilter). */
import { STATEMENT_PATH } from '../../src/trino/headers.ts';
import { fullMatch } from '../config/pattern.ts';
import type { GatewayConfig } from '../config/schema.ts';

const PREFIXES = [STATEMENT_PATH, '/v1/query', '/v1/spooled', '/v1/info', '/v1/node', '/ui', '/oauth2'];
const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'DELETE', 'HEAD']);

export interface ProxiedPaths {
  /** `/v1/statement` and the additional ones. */
  readonly statements: readonly string[];
  isProxied(path: string): boolean;
  /** True for a request that submits a new statement. */
  isSubmission(method: string, path: string): boolean;
}

/** The paths of Trino, and those that the configuration adds: prefixes for statements, whole paths by pattern. */
export function proxiedPaths(
  config: Pick<GatewayConfig, 'additionalStatementPaths' | 'extraWhitelistPaths'>,
): ProxiedPaths {
  const statements = [STATEMENT_PATH, ...config.additionalStatementPaths];
  const prefixes = [...PREFIXES, ...config.additionalStatementPaths];
  const patterns = config.extraWhitelistPaths
    .map((text) => fullMatch(text))
    .filter((test) => typeof test === 'function');
  return {
    statements,
    isProxied: (path) =>
      prefixes.some((prefix) => path.startsWith(prefix)) || patterns.some((matches) => matches(path)),
    isSubmission: (method, path) => method === 'POST' && statements.some((prefix) => path.startsWith(prefix)),
  };
}

export function isAllowedMethod(method: string): boolean {
  return METHODS.has(method);
}
