/** What a statement names, gathered while its tree is walked: each thing once, in the order of the text. */
import type { IdentifierContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser.js';
import { identifierText, partsOf, qualify, qualifySchema, required } from './names.ts';
import type { QualifiedName } from './properties.ts';
import type { Defaults, NamedThings } from './statement-facts.ts';

/** A name in dots: `tableRef`, `viewRef`, `schemaRef`, `qualifiedName` … of the grammar. */
export interface DottedName {
  identifier(): IdentifierContext[];
}

/** A name of one part: `catalogRef`, `catalogNameCreate`. */
export interface SingleName {
  identifier(): IdentifierContext;
}

/** All methods throw `NotQualified` where a default is missing. */
export class Found {
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

  /** Without a name, the default schema. */
  schema(name: DottedName | null): void {
    this.schemaOf(name === null ? [] : partsOf(name));
  }

  schemaOf(parts: readonly string[]): void {
    const { catalog, schema } = qualifySchema(parts, this.defaults);
    this.#catalogs.add(catalog);
    this.#schemas.add(schema);
    this.#catalogSchemas.add(`${catalog}.${schema}`);
  }

  /** Without a name, the default catalog. */
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
