/** Any table, read by the columns that the caller names. */
import type { ColumnMap, DumpFormat } from '../format.ts';
import { tableFormat } from '../table.ts';

/** The format for a column map. CSV headers are known in lower case, so both spellings of a name are tried. */
export function genericFormat(columns: ColumnMap): DumpFormat {
  const named = Object.entries(columns).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const both = Object.fromEntries(named.map(([piece, name]) => [piece, [name, name.toLowerCase()]]));
  return tableFormat(
    'generic',
    'a table with the columns you name',
    both as unknown as Parameters<typeof tableFormat>[2],
    named.map(([, name]) => (name === name.toLowerCase() ? name : [name, name.toLowerCase()])),
  );
}
