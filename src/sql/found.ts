/** What a statement names, gathered while its tree is walked: each thing once, in the order of the text. */
import type { IdentifierContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser.js';
import { identifierText, partsOf, qualify, qualifySchema, required } from './names.ts';
import type { Defaults, NamedThings, QualifiedName } from './statement-facts.ts';

/** A name in dots: `tableRef`, `viewRef`, `schemaRef`, `qualifiedName` … of the grammar. */
export interface DottedName {
  identifier(): IdentifierContext[];
}

/** A name of one part: `catalogRef`, `catalogNameCreate`. */
export interface SingleName {
  identifier(): IdentifierContext;
}

/** Who is told of each name of a statement, in the order of the text. */
export interface NameSink {
  readonly defaults: Defaults;
  /** The query that a `kill_query` names. */
  queryId: string | undefined;
  /** A table that the statement itself is about. */
  table(name: DottedName): void;
  /** A table that a query in it reads. */
  read(name: DottedName): void;
  /** A table that a new one takes its columns from, and its properties too, if it says so. */
  like(name: DottedName, withProperties: boolean): void;
  /** `name = value` of a table, view, schema or column. */
  property(name: string): void;
  /** A table by the prefix of a column's name. */
  tableOf(parts: readonly string[]): void;
  renamed(from: DottedName, to: DottedName): void;
  renamedSchema(from: DottedName, to: DottedName): void;
  /** Without a name, the default schema. */
  schema(name: DottedName | null): void;
  /** Without a name, the default catalog. */
  catalog(name: SingleName | null): void;
  /** A table function; `name` may be that of a connector's own. */
  tableFunction(name: DottedName): void;
}

/** All methods throw `NotQualified` where a default is missing. */
export class Found implements NameSink {
  readonly defaults: Defaults;
  queryId: string | undefined;
  readonly #tables = new Map<string, QualifiedName>();
  readonly #catalogs = new Set<string>();
  readonly #schemas = new Set<string>();
  readonly #catalogSchemas = new Set<string>();

  constructor(defaults: Defaults) {
    this.defaults = defaults;
  }

  table(name: DottedName): QualifiedName {
    return this.tableOf(partsOf(name));
  }

  read(name: DottedName): void {
    this.table(name);
  }

  /** No table of the statement, as in the Java gateway. */
  like(): void {}

  property(): void {}

  tableOf(parts: readonly string[]): QualifiedName {
    const table = qualify(parts, this.defaults);
    this.#tables.set(`${table.catalog}\0${table.schema}\0${table.table}`, table);
    return table;
  }

  /** A table under its new name, which its old one completes. */
  renamed(from: DottedName, to: DottedName): void {
    const { catalog, schema } = this.table(from);
    const parts = partsOf(to);
    this.tableOf([catalog, schema].slice(0, Math.max(0, 3 - parts.length)).concat(parts));
  }

  renamedSchema(from: DottedName, to: DottedName): void {
    const parts = partsOf(from);
    this.schemaOf(parts);
    this.schemaOf([...parts.slice(0, -1), ...partsOf(to).slice(-1)]);
  }

  /** Counts as a table, as in the Java gateway: that is where the catalog of a connector's function is seen. */
  tableFunction(name: DottedName): void {
    this.table(name);
  }

  schema(name: DottedName | null): void {
    this.schemaOf(name === null ? [] : partsOf(name));
  }

  schemaOf(parts: readonly string[]): void {
    const { catalog, schema } = qualifySchema(parts, this.defaults);
    this.#catalogs.add(catalog);
    this.#schemas.add(schema);
    this.#catalogSchemas.add(`${catalog}.${schema}`);
  }

  catalog(name: SingleName | null): void {
    this.#catalogs.add(required(name === null ? this.defaults.catalog : identifierText(name.identifier())));
  }

  names(): NamedThings {
    for (const { catalog, schema } of this.#tables.values()) this.schemaOf([catalog, schema]);
    return {
      tables: [...this.#tables.values()],
      catalogs: [...this.#catalogs],
      schemas: [...this.#schemas],
      catalogSchemas: [...this.#catalogSchemas],
    };
  }
}
