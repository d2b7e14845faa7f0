/** What an external router is asked: the JSON of the Java gateway (its RoutingGroupExternalBody), key by key. */
import { isFraming } from '../header-changes.ts';
import type { RequestFacts, RoutedRequest } from '../request.ts';

/**
 * The request as JSON. What there is nothing to say of is left out, as the Java gateway's JSON does, with one exception:
 * `userInfo` is null then. `trinoQueryProperties` and `trinoRequestUser` are there only with an analysis.
 */
export function externalBody(request: RoutedRequest, facts: RequestFacts | undefined): string {
  const mark = request.url.indexOf('?');
  const search = mark < 0 ? undefined : request.url.slice(mark + 1);
  return JSON.stringify({
    ...(facts === undefined ? {} : analysed(facts)),
    // The Java gateway writes this type whatever the client's own is; that one goes along as a header in neither.
    contentType: 'application/json',
    method: request.method,
    requestURI: request.path,
    queryString: search,
    remoteAddr: request.address,
    remoteHost: request.address,
    parameters: parametersOf(search ?? ''),
  });
}

function analysed({ query, user }: RequestFacts): object {
  return {
    trinoQueryProperties: {
      body: query.body,
      queryType: query.queryType,
      resourceGroupQueryType: query.resourceGroupQueryType,
      tables: query.tables.map((t) => `${t.catalog}.${t.schema}.${t.table}`),
      defaultCatalog: query.defaultCatalog,
      defaultSchema: query.defaultSchema,
      catalogs: query.catalogs,
      schemas: query.schemas,
      catalogSchemas: query.catalogSchemas,
      isNewQuerySubmission: query.isNewQuerySubmission,
      isQueryParsingSuccessful: query.isQueryParsingSuccessful,
      errorMessage: query.errorMessage,
    },
    trinoRequestUser: {
      user: user.user,
      // A text that holds JSON, not an object.
      userInfo: user.userInfo === undefined ? null : JSON.stringify(user.userInfo),
    },
  };
}

function parametersOf(search: string): Record<string, string[]> {
  const parameters: Record<string, string[]> = Object.create(null);
  for (const [name, value] of new URLSearchParams(search)) {
    parameters[name] ??= [];
    parameters[name].push(value);
  }
  return parameters;
}

/**
 * The client's headers that go along, as a flat list: all but the excluded ones (names in lower case), those that
 * frame the message, and those that describe the client's body and not this one.
 */
export function externalHeadersOut(flat: readonly string[], excluded: ReadonlySet<string>): string[] {
  const out = ['Content-Type', 'application/json; charset=utf-8'];
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? '';
    const lower = name.toLowerCase();
    const replaced = lower === 'content-type' || lower === 'content-encoding' || lower === 'accept-encoding';
    if (!replaced && !isFraming(lower) && !excluded.has(lower)) out.push(name, flat[i + 1] ?? '');
  }
  return out;
}
