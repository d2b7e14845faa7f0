/** Any table, read by the columns that the caller names. */
import type { ColumnMap, DumpFormat } from '../format.ts';
import { tableFormat } from '../pieces/table.ts';

/** The format for a column map. CSV headers are known in lower case, so both spellings of a name are tried. */
export function genericFormat(columns: ColumnMap): DumpFormat {
  const named = Object.values(columns).filter((name): name is string => name !== undefined);
  return tableFormat({ name: 'generic', what: 'a table with the columns you name', columns, needs: named });
}
