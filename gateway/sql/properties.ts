/**
 * What the gateway knows of a statement from its text: the facts behind `trinoQueryProperties` in rules and in calls of
 * an external router. Names and meaning are those of the Java gateway's `TrinoQueryProperties`.
 */
import type { QualifiedName } from '../../src/sql/statement-facts.ts';

export type { QualifiedName };

export interface QueryProperties {
  readonly body: string;
  /** Class name of the parsed statement in Trino: `Query`, `Insert`, `CreateTableAsSelect`; empty when not parsed. */
  readonly queryType: string;
  /** `SELECT EXPLAIN DESCRIBE INSERT UPDATE DELETE ANALYZE DATA_DEFINITION ALTER_TABLE_EXECUTE MERGE UNKNOWN`. */
  readonly resourceGroupQueryType: string;
  readonly defaultCatalog: string | undefined;
  readonly defaultSchema: string | undefined;
  readonly tables: readonly QualifiedName[];
  readonly catalogs: readonly string[];
  readonly schemas: readonly string[];
  /** Each as `catalog.schema`. */
  readonly catalogSchemas: readonly string[];
  /** True for every POST. */
  readonly isNewQuerySubmission: boolean;
  readonly isQueryParsingSuccessful: boolean;
  readonly errorMessage: string | undefined;
  /** The query a `CALL system.runtime.kill_query` names. */
  readonly queryId: string | undefined;
}

/** Who sends a request, as the Java gateway derives it (`TrinoRequestUser`). */
export interface RequestUser {
  readonly user: string | undefined;
  /** Claims of the OIDC userinfo answer; a token that names its user itself is not asked about. */
  readonly userInfo: Readonly<Record<string, unknown>> | undefined;
}
