/** What the analysis of one text finds: passed from the worker, kept in the cache. */

/** A table with all three parts, in lower case even where the statement quotes them, as Trino compares names. */
export interface QualifiedName {
  readonly catalog: string;
  readonly schema: string;
  readonly table: string;
}

/** Names of a statement, each once. */
export interface NamedThings {
  readonly tables: readonly QualifiedName[];
  readonly catalogs: readonly string[];
  readonly schemas: readonly string[];
  readonly catalogSchemas: readonly string[];
}

export interface StatementFacts extends NamedThings {
  /** The statement that the facts are of where it is not the text itself: what an `EXECUTE IMMEDIATE` carries. */
  readonly innerText: string | undefined;
  readonly queryType: string;
  readonly resourceGroupQueryType: string;
  readonly queryId: string | undefined;
  readonly errorMessage: string | undefined;
  /** Name of the prepared statement that an `EXECUTE` runs: the facts wanted are those of its text. */
  readonly executes: string | undefined;
}

export interface Defaults {
  readonly catalog: string | undefined;
  readonly schema: string | undefined;
}

export const NO_NAMES: NamedThings = { tables: [], catalogs: [], schemas: [], catalogSchemas: [] };

/** Facts of a text of which nothing is known, and why. */
export function unknownStatement(errorMessage: string | undefined, innerText?: string): StatementFacts {
  return {
    ...NO_NAMES,
    innerText,
    queryType: '',
    resourceGroupQueryType: '',
    queryId: undefined,
    errorMessage,
    executes: undefined,
  };
}
