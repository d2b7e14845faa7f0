/** Looks at the beginning of a dump's text and lays it out as rows: separated values or JSON. */
import { DumpFault } from '../fault.ts';
import { noDump } from '../text/not-text.ts';
import { type DelimiterName, detectDialect } from './dialect.ts';
import { jsonLines, jsonObjects, ObjectScan } from './json.ts';
import { type Layout, withHead } from './rows.ts';
import { tableLayout } from './table-rows.ts';

/** A header line longer than this is none. */
const MAX_HEAD_LENGTH = 1024 ** 2;

/** Lays text out as rows; the pieces come from `dumpText`. Throws `DumpFault`. */
export async function layOut(text: AsyncIterator<string>, delimiter?: DelimiterName): Promise<Layout> {
  let head = '';
  while (!hasFirstLine(head) && head.length < MAX_HEAD_LENGTH) {
    const next = await text.next();
    if (next.done === true) break;
    head += next.value;
  }
  const all = withHead(head, text);
  const start = head.trimStart();
  if (start === '') throw new DumpFault('empty', 'the file holds only blank lines');
  const json = (name: string, rows: Layout['rows']): Layout => ({ name, header: undefined, rows });
  if (start.startsWith('[')) return json('JSON array', () => jsonObjects(all));
  if (start.startsWith('{')) {
    return isOneObjectALine(firstLine(start))
      ? json('JSON lines', () => jsonLines(all))
      : json('JSON objects', () => jsonObjects(all));
  }
  if (hasPrefixedJson(firstLine(start)))
    return json('JSON lines behind a prefix', () => jsonLines(all, true));
  const wrong = noDump(start);
  if (wrong !== undefined) throw new DumpFault('unreadable', wrong);
  if (head.length >= MAX_HEAD_LENGTH && !hasFirstLine(head)) {
    const reason = 'its first line is longer than 1 MB: this is no header of a table, nor a line of JSON';
    throw new DumpFault('unreadable', reason, 1);
  }
  return await tableLayout(all, detectDialect(head, delimiter));
}

function hasFirstLine(head: string): boolean {
  return head.trimStart().includes('\n');
}

function firstLine(text: string): string {
  const end = text.indexOf('\n');
  return end < 0 ? text : text.slice(0, end);
}

/**
 * False when the first line leaves an object open, or holds more than one. A line that ends inside a text was cut: in
 * JSON no text goes over a line end.
 */
function isOneObjectALine(line: string): boolean {
  const scan = new ObjectScan();
  try {
    const objects = scan.scan(line);
    return scan.inString || (objects.length === 1 && scan.depth === 0);
  } catch {
    return true;
  }
}

/** `2026-… INFO … QUERY_COMPLETED: {"queryId":…}`, or a Kafka key and its value: no header of a table looks so. */
function hasPrefixedJson(line: string): boolean {
  const brace = line.indexOf('{"');
  if (brace < 0 || /^\s*"/.test(line)) return false;
  try {
    return typeof JSON.parse(line.slice(brace)) === 'object';
  } catch {
    return false;
  }
}
