/** Names in a statement: identifiers, and what completes the short ones. All are lower case, as Trino compares them. */
import type { IdentifierContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser.js';
import { trino } from './grammar.ts';
import type { Defaults, QualifiedName } from './statement-facts.ts';

/** A name that lacks a catalog or schema while the request gives no default. The message is the Java gateway's. */
export class NotQualified extends Error {
  override readonly name = 'NotQualified';

  constructor() {
    super('Name not fully qualified');
  }
}

/** An identifier's value as written, without quotes. */
export function identifierText(identifier: IdentifierContext): string {
  const text = identifier.getText();
  return identifier instanceof trino.QuotedIdentifierContext ? text.slice(1, -1).replaceAll('""', '"') : text;
}

interface HasIdentifiers {
  identifier(): IdentifierContext[];
}

/** The parts of a dotted name, first to last. */
export function partsOf(name: HasIdentifiers): string[] {
  return name.identifier().map((part) => identifierText(part).toLowerCase());
}

/** A default in lower case; throws `NotQualified` where there is none. */
export function required(value: string | undefined): string {
  if (value === undefined) throw new NotQualified();
  return value.toLowerCase();
}

/** Completes a table's name. Throws `NotQualified` without the default that it needs. */
export function qualify(parts: readonly string[], defaults: Defaults): QualifiedName {
  const [a = '', b = '', c = ''] = parts;
  if (parts.length === 1)
    return { catalog: required(defaults.catalog), schema: required(defaults.schema), table: a };
  if (parts.length === 2) return { catalog: required(defaults.catalog), schema: a, table: b };
  if (parts.length === 3) return { catalog: a, schema: b, table: c };
  throw new NotQualified();
}

export interface SchemaName {
  readonly catalog: string;
  readonly schema: string;
}

/** Completes a schema's name; without one it is the default schema. Throws `NotQualified` as above. */
export function qualifySchema(parts: readonly string[], defaults: Defaults): SchemaName {
  const [a, b] = parts;
  if (a === undefined) return { catalog: required(defaults.catalog), schema: required(defaults.schema) };
  if (b === undefined) return { catalog: required(defaults.catalog), schema: a };
  return { catalog: a, schema: b };
}
