/**
 * The query id that a request other than POST names, by the Java gateway's rules (its ProxyUtils): in the query
 * string, under a statement path or /v1/query, or anywhere under /ui.
 */
import { STATEMENT_PATH } from '../../src/trino/headers.ts';

const IN_SEARCH = /(?:^|%2F|query_?id=)(\d+_\d+_\d+_\w+)/gi;
const IN_STATEMENT_PATH = /^\/(?:(?:queued|scheduled|executing)\/)?(?:partialCancel\/)?([^/]+)/;
const UNDER_UI = /\/(\d+_\d+_\d+_\w+)/;
const QUERY_PATH = '/v1/query';

/**
 * `search` is the raw query string without its question mark; `statements` are the paths that take statements.
 * Undefined when no query is named.
 */
export function namedQuery(
  path: string,
  search: string,
  statements: readonly string[] = [STATEMENT_PATH],
): string | undefined {
  const inSearch = search === '' ? undefined : [...search.matchAll(IN_SEARCH)].at(-1)?.[1];
  if (inSearch !== undefined) return inSearch;
  const prefix = [QUERY_PATH, ...statements].find((start) => path.startsWith(`${start}/`));
  const segment = prefix === undefined ? undefined : IN_STATEMENT_PATH.exec(path.slice(prefix.length))?.[1];
  if (segment !== undefined) return segment;
  return path.startsWith('/ui') ? UNDER_UI.exec(path)?.[1] : undefined;
}
