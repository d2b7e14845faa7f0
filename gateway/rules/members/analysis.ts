/**
 * `trinoQueryProperties` and `trinoRequestUser`: what is known of the statement and of its sender
 * (io.trino.gateway.ha.router.TrinoQueryProperties, TrinoRequestUser).
 */
import type { QualifiedName, QueryProperties, RequestUser } from '../../sql/properties.ts';
import { setOf } from '../values/collections.ts';
import { javaEquals } from '../values/compare.ts';
import { textOf } from '../values/text.ts';
import {
  listOf,
  RuleFault,
  type StaticKind,
  type TableName,
  type UserInfo,
  type Value,
} from '../values/value.ts';
import { nullable } from './collections.ts';
import { type MethodTable, method } from './method.ts';

const ask = (returns: StaticKind, answer: (query: QueryProperties) => Value) => [
  method<unknown>([], returns, (_, _args, { analysis }) => {
    if (analysis === undefined) throw new RuleFault('the statement was not analysed');
    return answer(analysis.query);
  }),
];

const askUser = (returns: StaticKind, answer: (user: RequestUser) => Value) => [
  method<unknown>([], returns, (_, _args, { analysis }) => {
    if (analysis === undefined) throw new RuleFault('the user was not looked for');
    return answer(analysis.user);
  }),
];

/** `cat.schema.table`, each part bare or in double quotes; undefined when it is not three parts. */
export function tableParts(name: string): QualifiedName | undefined {
  const parts = [...name.trim().matchAll(/\s*(?:"((?:[^"]|"")*)"|([^".]+))\s*(\.|$)/gy)];
  const [catalog, schema, table] = parts.map(([, quoted, bare]) =>
    quoted === undefined ? (bare ?? '').trim().toLowerCase() : quoted.replaceAll('""', '"'),
  );
  const complete = parts.length === 3 && parts[2]?.[3] === '';
  if (!complete || catalog === undefined || schema === undefined || table === undefined) return undefined;
  return { catalog, schema, table };
}

/** True when a table of the statement has that name. Parts compare without case, as Trino resolves them. */
function tablesContain({ tables }: QueryProperties, name: string): boolean {
  const wanted = tableParts(name);
  if (wanted === undefined)
    throw new RuleFault(`tablesContains takes "catalog.schema.table", got "${name.slice(0, 80)}"`);
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  return tables.some(
    (t) => same(t.catalog, wanted.catalog) && same(t.schema, wanted.schema) && same(t.table, wanted.table),
  );
}

const strings = (pick: (query: QueryProperties) => readonly string[]) =>
  ask('set', (query) => setOf(pick(query)));

export const QUERY: MethodTable = {
  getBody: ask('string', ({ body }) => body),
  getQueryType: ask('string', ({ queryType }) => queryType),
  getResourceGroupQueryType: ask('string', (query) => query.resourceGroupQueryType),
  getDefaultCatalog: ask('optional', ({ defaultCatalog }) => nullable(defaultCatalog)),
  getDefaultSchema: ask('optional', ({ defaultSchema }) => nullable(defaultSchema)),
  getCatalogs: strings(({ catalogs }) => catalogs),
  getSchemas: strings(({ schemas }) => schemas),
  getCatalogSchemas: strings(({ catalogSchemas }) => catalogSchemas),
  getTables: ask('set', ({ tables }) => setOf(tables.map((name): Value => ({ kind: 'table', name })))),
  tablesContains: [
    method<unknown, [string]>(['string'], 'boolean', (_, [name], { analysis }) => {
      if (analysis === undefined) throw new RuleFault('the statement was not analysed');
      return tablesContain(analysis.query, name);
    }),
  ],
  isNewQuerySubmission: ask('boolean', (query) => query.isNewQuerySubmission),
  isQueryParsingSuccessful: ask('boolean', (query) => query.isQueryParsingSuccessful),
  getErrorMessage: ask('optional', ({ errorMessage }) => nullable(errorMessage)),
  getQueryId: ask('optional', ({ queryId }) => nullable(queryId)),
};

export const USER: MethodTable = {
  getUser: askUser('optional', ({ user }) => nullable(user)),
  getUserInfo: askUser('optional', ({ userInfo }) =>
    nullable(userInfo === undefined ? undefined : { kind: 'userinfo', claims: userInfo }),
  ),
  userExistsAndEquals: [
    method<unknown, [string]>(['string'], 'boolean', (_, [name], { analysis }) => {
      if (analysis === undefined) throw new RuleFault('the user was not looked for');
      return analysis.user.user === name;
    }),
  ],
};

/** One table of `getTables()` (io.trino.sql.tree.QualifiedName). */
export const TABLE: MethodTable = {
  toString: [method<TableName>([], 'string', textOf)],
  getParts: [
    method<TableName>([], 'list', ({ name }) => listOf([name.catalog, name.schema, name.table], true)),
  ],
  getSuffix: [method<TableName>([], 'string', ({ name }) => name.table)],
  equals: [method<TableName, [Value]>(['any'], 'boolean', (table, [other]) => javaEquals(table, other))],
};

/** A claim as a rule sees it: texts, numbers, truth values and lists of them; anything else as JSON. */
function claimValue(claim: unknown): Value {
  if (claim === undefined || claim === null) return null;
  if (typeof claim === 'string' || typeof claim === 'boolean') return claim;
  if (typeof claim === 'number')
    return Number.isInteger(claim) ? BigInt(claim) : { kind: 'double', value: claim };
  return Array.isArray(claim) ? listOf(claim.map(claimValue), true) : JSON.stringify(claim);
}

const claim = (name: string) => [
  method<UserInfo>([], 'any', ({ claims }) =>
    claimValue(Object.hasOwn(claims, name) ? claims[name] : undefined),
  ),
];
const claimBy = [
  method<UserInfo, [string]>(['string'], 'any', ({ claims }, [name]) =>
    claimValue(Object.hasOwn(claims, name) ? claims[name] : undefined),
  ),
];

/** OIDC claims (com.nimbusds.openid.connect.sdk.claims.UserInfo). */
export const USER_INFO: MethodTable = {
  getClaim: claimBy,
  getStringClaim: claimBy,
  getStringListClaim: claimBy,
  getBooleanClaim: claimBy,
  getSubject: claim('sub'),
  getName: claim('name'),
  getEmailAddress: claim('email'),
  getPreferredUsername: claim('preferred_username'),
};
