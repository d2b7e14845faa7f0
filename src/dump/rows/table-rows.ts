/** A table's rows: the first line names the columns, the others fill them. */
import { formatCount } from '../../base/units.ts';
import { DumpFault } from '../fault.ts';
import type { Fields } from '../format.ts';
import { CsvScanner, type Line } from './csv-scanner.ts';
import { type Dialect, dialectName, unescaped } from './dialect.ts';
import type { Layout, Row } from './rows.ts';

/** More are no table of queries, but something else with commas in it. */
const MAX_COLUMNS = 10_000;

/** Lays text out as a table. Column names come in lower case. Throws `DumpFault`. */
export async function tableLayout(text: AsyncGenerator<string>, dialect: Dialect): Promise<Layout> {
  const scanner = new CsvScanner(dialect);
  const ready = lines(text, scanner);
  const first = await ready.next();
  if (first.done === true) throw new DumpFault('empty', 'the file holds only blank lines');
  const [head, ...others] = first.value as [Line, ...Line[]];
  const header = head.values.map((name) => name.trim().toLowerCase());
  checkHeader(header, head.line);
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

function checkHeader(header: readonly string[], line: number): void {
  // One column alone is rather a log, or a statement, than a table.
  const data = header.length > 1 ? dataIn(header) : undefined;
  if (data !== undefined) throw new DumpFault('unreadable', headerless(header, data), line);
  if (header.length > MAX_COLUMNS) {
    const most = formatCount(MAX_COLUMNS);
    const reason = `its header names ${formatCount(header.length)} columns, and more than ${most} are not read; export those that a replay needs`;
    throw new DumpFault('unreadable', reason, line);
  }
  const seen = new Set<string>();
  for (const name of header) {
    if (seen.has(name))
      throw new DumpFault('unreadable', `its header names the column "${name}" twice`, line);
    seen.add(name);
  }
}

/** What no column is called. In lower case, as names come. */
const DATA: readonly { readonly what: string; readonly looks: RegExp }[] = [
  { what: 'a query id', looks: /^\d{8}_\d{6}_\d{5}/ },
  { what: 'a time', looks: /^\d{4}-\d\d-\d\d[t ]\d\d:\d\d/ },
  { what: 'SQL', looks: /^(?:select|with|show|explain|insert into|create|execute|describe)\s+\S/ },
];

function dataIn(header: readonly string[]): string | undefined {
  for (const [i, name] of header.entries()) {
    const found = DATA.find(({ looks }) => looks.test(name));
    if (found !== undefined) return `column ${i + 1} of it holds ${found.what}`;
  }
  return undefined;
}

/** Columns of `system.runtime.queries`, in their order: what `SELECT *` gives. */
const RUNTIME_QUERIES =
  'query_id,state,user,source,query,resource_group_id,queued_time_ms,analysis_time_ms,planning_time_ms,created,started,last_heartbeat,end,error_type,error_code';

function headerless(header: readonly string[], data: string): string {
  const count = RUNTIME_QUERIES.split(',').length;
  const names =
    header.length === count ? `, for SELECT * FROM system.runtime.queries: ${RUNTIME_QUERIES}` : '';
  return (
    `its first row is no header: ${data}. Export it with the names of its columns (trino: --output-format CSV_HEADER or ` +
    `TSV_HEADER; mysql: without --skip-column-names; psql: CSV HEADER), or write a first line with ${header.length} names${names}. ` +
    'Names of your own are mapped by `columns` (--column sql=NAME --column user=NAME --column arrivedAt=NAME)'
  );
}

/** Lines as they come; the first batch has at least one. */
async function* lines(text: AsyncGenerator<string>, scanner: CsvScanner): AsyncGenerator<Line[]> {
  let batch: Line[] = [];
  try {
    for await (const piece of handedOver(text, scanner)) {
      for (const line of piece) batch.push(line);
      if (batch.length > 0) yield batch;
      batch = [];
    }
  } catch (error) {
    // What came whole before a fault is still handed over: it tells how far the file is good.
    if (batch.length > 0) yield batch;
    throw error;
  }
}

/** What a scanner makes of each piece; a fault of the text comes after the rows that were whole before it. */
async function* handedOver(
  text: AsyncGenerator<string>,
  scanner: CsvScanner,
): AsyncGenerator<Iterable<Line>> {
  try {
    for await (const piece of text) yield scanner.scan(piece);
  } catch (error) {
    yield scanner.whole();
    throw error;
  }
  yield scanner.end();
}

/**
 * A last row without a line end may have been cut. One that lacks fields was: throws `DumpFault`. One that has them all is used;
 * where its last field may go on, that is said.
 */
function doubtOf(
  header: readonly string[],
  { line, unended, values }: Line,
  reads: boolean,
): string | undefined {
  if (unended === undefined || values.length > header.length) return undefined;
  if (values.length < header.length) {
    const of = `${values.length} of ${header.length} fields`;
    throw new DumpFault('unreadable', `the last row has ${of} and no line end: the file was cut`, line);
  }
  if (unended.isLastQuoted || !reads) return undefined;
  return `the last row has no line end: if the file was cut there, its "${header.at(-1)}" is not whole`;
}

/** Names fields by the header and undoes escapes; NULL as databases write it becomes absent. */
function rowReader(
  header: readonly string[],
  dialect: Dialect,
  columns: ReadonlySet<string> | undefined,
): (line: Line) => Row {
  const kept = header.flatMap((name, i) => (columns === undefined || columns.has(name) ? [{ name, i }] : []));
  const readsLast = columns === undefined || columns.has(header.at(-1) ?? '');
  return (row) => {
    const { line, values } = row;
    const doubt = doubtOf(header, row, readsLast);
    if (values.length !== header.length) {
      const reason = `wrong number of fields: ${values.length} where the header has ${header.length}`;
      return { line, reason };
    }
    const fields: Record<string, unknown> = Object.create(null);
    for (const { name, i } of kept) {
      const value = values[i] as string;
      if (value !== '\\N') fields[name] = dialect.escaped ? unescaped(value) : value;
    }
    return { line, fields: fields as Fields, ...(doubt === undefined ? {} : { doubt }) };
  };
}
