/** A table's rows: the first line names the columns, the others fill them. */
import { DumpFault } from '../fault.ts';
import type { Fields } from '../format.ts';
import { CsvScanner, type Line } from './csv-scanner.ts';
import { type Dialect, dialectName, unescaped } from './dialect.ts';
import type { Layout, Row } from './rows.ts';

/** Lays text out as a table. Column names come in lower case. Throws `DumpFault`. */
export async function tableLayout(text: AsyncGenerator<string>, dialect: Dialect): Promise<Layout> {
  const scanner = new CsvScanner(dialect);
  const ready = lines(text, scanner);
  const first = await ready.next();
  if (first.done === true) throw new DumpFault('empty', 'the file holds only blank lines');
  const [head, ...others] = first.value as [Line, ...Line[]];
  const header = head.values.map((name) => name.trim().toLowerCase());
  const twice = header.find((name, i) => header.indexOf(name) < i);
  if (twice !== undefined) {
    throw new DumpFault('unreadable', `its header names the column "${twice}" twice`, head.line);
  }
  return {
    name: dialectName(dialect),
    header,
    async *rows(columns) {
      const row = rowReader(header, dialect, columns);
      if (columns !== undefined) scanner.wanted = header.map((name) => columns.has(name));
      if (others.length > 0) yield others.map(row);
      for await (const batch of ready) yield batch.map(row);
    },
  };
}

/** Lines as they come; the first batch has at least one. */
async function* lines(text: AsyncGenerator<string>, scanner: CsvScanner): AsyncGenerator<Line[]> {
  let batch: Line[] = [];
  try {
    for await (const piece of text) {
      for (const line of scanner.scan(piece)) batch.push(line);
      if (batch.length > 0) yield batch;
      batch = [];
    }
    for (const line of scanner.end()) batch.push(line);
  } catch (error) {
    // What came whole before a fault is still handed over: it tells how far the file is good.
    if (batch.length > 0) yield batch;
    throw error;
  }
  if (batch.length > 0) yield batch;
}

/** Names fields by the header and undoes escapes; NULL as databases write it becomes absent. */
function rowReader(
  header: readonly string[],
  dialect: Dialect,
  columns: ReadonlySet<string> | undefined,
): (line: Line) => Row {
  const kept = header.flatMap((name, i) => (columns === undefined || columns.has(name) ? [{ name, i }] : []));
  return ({ line, values }) => {
    if (values.length !== header.length) {
      const reason = `wrong number of fields: ${values.length} where the header has ${header.length}`;
      return { line, reason };
    }
    const fields: Record<string, unknown> = Object.create(null);
    for (const { name, i } of kept) {
      const value = values[i] as string;
      if (value !== '\\N') fields[name] = dialect.escaped ? unescaped(value) : value;
    }
    return { line, fields: fields as Fields };
  };
}
