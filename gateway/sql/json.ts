/** The analysis as JSON, for an external router: names and forms are those that the Java gateway sends. */
import type { QueryProperties, RequestUser } from './properties.ts';

export function queryPropertiesJson(properties: QueryProperties): Record<string, unknown> {
  return {
    body: properties.body,
    queryType: properties.queryType,
    resourceGroupQueryType: properties.resourceGroupQueryType,
    tables: properties.tables.map(({ catalog, schema, table }) => `${catalog}.${schema}.${table}`),
    defaultCatalog: properties.defaultCatalog ?? null,
    defaultSchema: properties.defaultSchema ?? null,
    catalogs: properties.catalogs,
    schemas: properties.schemas,
    catalogSchemas: properties.catalogSchemas,
    isNewQuerySubmission: properties.isNewQuerySubmission,
    isQueryParsingSuccessful: properties.isQueryParsingSuccessful,
    errorMessage: properties.errorMessage ?? null,
  };
}

/** The claims go as JSON inside a string (TrinoRequestUser.UserInfoJsonSerializer). */
export function requestUserJson({ user, userInfo }: RequestUser): Record<string, unknown> {
  return { user: user ?? null, userInfo: userInfo === undefined ? null : JSON.stringify(userInfo) };
}
