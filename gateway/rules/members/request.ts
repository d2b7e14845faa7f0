/** The methods of the servlet request that rules may call (jakarta.servlet.http.HttpServletRequest). */
import type { RuleRequest } from '../facts.ts';
import { putInMap } from '../values/collections.ts';
import { parseInteger } from '../values/numbers.ts';
import { arrayOf, enumerationOf, newMap, type StaticKind, type Value } from '../values/value.ts';
import { type MethodTable, method } from './method.ts';

type Ask<Args extends readonly unknown[]> = (request: RuleRequest, args: Args) => Value;

const ask = (returns: StaticKind, answer: Ask<[]>) => [
  method<unknown>([], returns, (_, args, run) => answer(run.request, args)),
];
const askBy = (returns: StaticKind, answer: Ask<[string]>) => [
  method<unknown, [string]>(['string'], returns, (_, args, run) => answer(run.request, args)),
];

/** All lines of a header, in order. */
function headerLines({ rawHeaders = [] }: RuleRequest, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === wanted);
}

/** Each name once, as it was first written. */
function headerNames({ rawHeaders = [] }: RuleRequest): readonly string[] {
  const names = rawHeaders.filter((_, i) => i % 2 === 0);
  return [...new Map(names.toReversed().map((name) => [name.toLowerCase(), name])).values()].toReversed();
}

/** What stands after the `?`; null without one. */
function queryString({ url = '' }: RuleRequest): string | null {
  const mark = url.indexOf('?');
  return mark === -1 ? null : url.slice(mark + 1);
}

/** Parameters of the query string, in order; a form in the body is not read. */
function parameters(request: RuleRequest): URLSearchParams {
  return new URLSearchParams(queryString(request) ?? '');
}

function parameterMap(request: RuleRequest): Value {
  const map = newMap();
  const found = parameters(request);
  for (const name of new Set(found.keys())) putInMap(map, name, arrayOf(found.getAll(name)));
  return map;
}

/** What a Basic `Authorization` names is not the remote user: without container security Java answers null. */
const remoteUser = () => null;

export const REQUEST: MethodTable = {
  getHeader: askBy('string', (request, [name]) => request.header(name)),
  getHeaders: askBy('enumeration', (request, [name]) => enumerationOf(headerLines(request, name))),
  getHeaderNames: ask('enumeration', (request) => enumerationOf(headerNames(request))),
  getIntHeader: askBy('int', (request, [name]) => {
    const line = request.header(name);
    return line === null ? -1 : parseInteger(line);
  }),
  getMethod: ask('string', (request) => request.method),
  getRequestURI: ask('string', (request) => request.path),
  getPathInfo: ask('string', (request) => request.path),
  getQueryString: ask('string', queryString),
  getRemoteUser: ask('string', remoteUser),
  getRemoteAddr: ask('string', (request) => request.address ?? null),
  getRemoteHost: ask('string', (request) => request.address ?? null),
  getContentType: ask('string', (request) => request.header('content-type')),
  getParameter: askBy('string', (request, [name]) => parameters(request).get(name)),
  getParameterValues: askBy('array', (request, [name]) => {
    const values = parameters(request).getAll(name);
    return values.length === 0 ? null : arrayOf(values);
  }),
  getParameterNames: ask('enumeration', (request) => enumerationOf([...new Set(parameters(request).keys())])),
  getParameterMap: ask('map', parameterMap),
};
