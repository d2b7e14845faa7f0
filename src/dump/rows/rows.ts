/** Text of a dump as rows, whatever its shape: one type for CSV and JSON. */
import type { Fields } from '../format.ts';

/** One row with its first line (and what may be wrong with it, and cannot be told), or what kept it from being one. */
export type Row =
  | { readonly line: number; readonly fields: Fields; readonly doubt?: string }
  | { readonly line: number; readonly reason: string };

/** No row may be longer: a quote that is never closed must not fill the memory. In UTF-16 units. */
export const MAX_ROW_LENGTH = 16 * 1024 ** 2;

/** How the text is laid out, found from its beginning. */
export interface Layout {
  /** For people: `comma-separated`, `JSON lines` … */
  readonly name: string;
  /** Column names of a table; undefined for JSON, whose objects name their own. */
  readonly header: readonly string[] | undefined;
  /** The rows, as many at a time as came at a time; `columns` are those that are read, all when undefined. */
  rows(columns?: ReadonlySet<string>): AsyncGenerator<readonly Row[]>;
}

/** Puts the part that was read ahead back in front. */
export async function* withHead(head: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  if (head !== '') yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
