/**
 * The query id that a request other than POST names, by the Java gateway's rules (its ProxyUtils): in the query
 * string, under a statement path or /v1/query, or anywhere under /ui.
 */
const IN_SEARCH = /(?:^|%2F|query_?id=)(\d+_\d+_\d+_\w+)/gi;
const UNDER_STATEMENT =
  /^\/v1\/(?:statement|query)\/(?:(?:queued|scheduled|executing)\/)?(?:partialCancel\/)?([^/]+)/;
const UNDER_UI = /\/(\d+_\d+_\d+_\w+)/;

/** `search` is the raw query string without its question mark. Undefined when no query is named. */
export function namedQuery(path: string, search: string): string | undefined {
  const inSearch = search === '' ? undefined : [...search.matchAll(IN_SEARCH)].at(-1)?.[1];
  if (inSearch !== undefined) return inSearch;
  const segment = UNDER_STATEMENT.exec(path)?.[1];
  if (segment !== undefined) return segment;
  return path.startsWith('/ui') ? UNDER_UI.exec(path)?.[1] : undefined;
}
