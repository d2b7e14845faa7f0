/** What a dump format is: the columns it needs, what it cannot tell, and how one row becomes a record. */
import type { DumpRecord } from './record.ts';

/** One row of a dump, by column name (CSV; names in lower case) or by key (JSON). */
export type Fields = Readonly<Record<string, unknown>>;

/** How exactly a row's arrival is known, roughest first: from the query id's second, from a time in whole seconds, or finer. */
export const GRAINS = ['id', 'second', 'fine'] as const;
export type Grain = (typeof GRAINS)[number];

/** A row that became a record. */
export interface Understood {
  readonly record: Omit<DumpRecord, 'origin'>;
  readonly grain: Grain;
  /** The row's time had no zone and was taken as UTC. */
  readonly zoneless: boolean;
  /** What is odd about the row, and what was made of it, each in words that other rows share. */
  readonly odd?: readonly string[];
}

/** A row that did not, and why; what is special to the row stands after `: `. */
export interface Refused {
  readonly reason: string;
  /** The row can be read in two ways, and a setting has to say which: no row is used before it does. */
  readonly isQuestion?: boolean;
}

/** What only the caller can know of a dump. */
export interface Settings {
  /** IANA zone of times that are written without one; UTC when absent. */
  readonly timeZone?: string | undefined;
  /** Which comes first in dates such as 03/02/2026. */
  readonly dateOrder?: 'dmy' | 'mdy' | undefined;
  /** Whose the queries are where the dump does not say. */
  readonly user?: string | undefined;
  /** Names of users that the dump only numbers. */
  readonly users?: Readonly<Record<string, string>> | undefined;
}

/** One known format; each is one leaf file and one line in formats.ts. */
export interface DumpFormat {
  readonly name: string;
  /** Where such dumps come from, for people. */
  readonly what: string;
  /** `json` formats hold nested objects; a `table` may be CSV or one flat JSON object a row. */
  readonly shape: 'table' | 'json';
  /** Columns that must be there; of a list of names, one. */
  readonly needs: readonly (string | readonly string[])[];
  /** What a dump with these columns cannot tell. */
  lost(names: readonly string[]): readonly string[];
  /** The columns that `read` looks at; all when absent. */
  readonly reads?: ReadonlySet<string>;
  /** Takes off what a collector wrapped around the row. */
  unwrap?(fields: Fields): Fields;
  /** Several where one row holds several statements, in their order. */
  read(fields: Fields, settings: Settings): Understood | Refused | readonly Understood[];
}

/** The pieces of a query that a column can hold. */
export const COLUMN_NAMES = [
  'sql',
  'user',
  'arrivedAt',
  'queryId',
  'source',
  'clientTags',
  'clientInfo',
  'catalog',
  'schema',
  'timeZone',
  'session',
  'prepared',
  'transactionId',
  'queryType',
  'state',
  'errorName',
  'errorType',
  'elapsedMs',
  'endedAt',
  'queuedMs',
  'rows',
  'group',
  'backend',
] as const;

/**
 * Which column holds what, for dumps of no known format; without `arrivedAt` the arrival is taken from the query id. Times and
 * lists are read as in the known ones.
 */
export type ColumnMap = { readonly sql: string } & {
  readonly [K in Exclude<(typeof COLUMN_NAMES)[number], 'sql'>]?: string | undefined;
};

/** The needed columns that are not among the names; alternatives joined by `or`. A table's names are in lower case. */
export function missingColumns(format: DumpFormat, names: readonly string[]): string[] {
  return format.needs
    .map((need) => (typeof need === 'string' ? [need] : need))
    .filter((alternatives) => foundName(alternatives, names) === undefined)
    .map((alternatives) => alternatives.join(' or '));
}

/** The needed columns as this dump names them. */
export function foundColumns(format: DumpFormat, names: readonly string[]): string[] {
  return format.needs.flatMap((need) => foundName(typeof need === 'string' ? [need] : need, names) ?? []);
}

function foundName(alternatives: readonly string[], names: readonly string[]): string | undefined {
  return alternatives
    .flatMap((name) => [name, name.toLowerCase()])
    .find((candidate) => names.includes(candidate));
}
