/** Looks at the beginning of a dump's text and lays it out as rows: separated values or JSON. */
import { csvLines, csvRow, detectDialect, dialectName } from './csv.ts';
import { DumpFault } from './fault.ts';
import { jsonLines, jsonObjects } from './json.ts';
import { type Layout, type Row, withHead } from './rows.ts';

/** A header line longer than this is none. */
const MAX_HEAD_LENGTH = 1024 ** 2;

/** Lays text out as rows; the pieces come from `dumpText`. Throws `DumpFault`. */
export async function layOut(text: AsyncIterator<string>): Promise<Layout> {
  let head = '';
  while (!hasFirstLine(head) && head.length < MAX_HEAD_LENGTH) {
    const next = await text.next();
    if (next.done === true) break;
    head += next.value;
  }
  const all = withHead(head, text);
  const start = head.trimStart();
  if (start === '') throw new DumpFault('empty', 'the file holds only blank lines');
  if (start.startsWith('[')) return { name: 'JSON array', header: undefined, rows: jsonObjects(all) };
  if (/^\{\s*\n/.test(start)) return { name: 'JSON objects', header: undefined, rows: jsonObjects(all) };
  if (start.startsWith('{')) return { name: 'JSON lines', header: undefined, rows: jsonLines(all) };
  return await table(head, all);
}

function hasFirstLine(head: string): boolean {
  return head.trimStart().includes('\n');
}

async function table(head: string, all: AsyncGenerator<string>): Promise<Layout> {
  const dialect = detectDialect(head);
  const lines = csvLines(all, dialect);
  const first = await lines.next();
  if (first.done === true) throw new DumpFault('empty', 'the file holds only blank lines');
  const header = first.value.values.map((name) => name.trim().toLowerCase());
  const twice = header.find((name, i) => header.indexOf(name) < i);
  if (twice !== undefined) {
    throw new DumpFault('unreadable', `its header names the column "${twice}" twice`, first.value.line);
  }
  const rows = async function* (): AsyncGenerator<Row> {
    for await (const line of lines) yield csvRow(line, header, dialect);
  };
  return { name: dialectName(dialect), header, rows: rows() };
}
