/** Separated values as rows: quoted fields over several lines, or backslash escapes, in constant memory. */
import { type CsvError, type Info, type Options, type Parser, parse } from 'csv-parse';
import { DumpFault } from './fault.ts';
import type { Fields } from './format.ts';
import { MAX_ROW_LENGTH, type Row } from './rows.ts';

/** How a table is written: the separator, and whether fields are quoted or escaped by backslashes. */
export interface Dialect {
  readonly delimiter: ',' | '\t' | '|' | ';';
  /** `mysql --batch` and Trino's TSV output never quote: newlines, tabs and backslashes are escaped. */
  readonly escaped: boolean;
}

const DELIMITERS = [',', '\t', '|', ';'] as const;
const DELIMITER_NAME = { ',': 'comma', '\t': 'tab', '|': 'pipe', ';': 'semicolon' } as const;

/** The dialect for people. */
export function dialectName(dialect: Dialect): string {
  const escapes = dialect.escaped ? ' with backslash escapes' : '';
  return `${DELIMITER_NAME[dialect.delimiter]}-separated values${escapes}`;
}

/** Finds the dialect by the header (the separator seen most outside quotes) and by whether any field is quoted. */
export function detectDialect(head: string): Dialect {
  const header = headerLine(head).replace(/"[^"]*"/g, '');
  const count = (delimiter: string) => header.split(delimiter).length - 1;
  const delimiter = DELIMITERS.reduce((best, d) => (count(d) > count(best) ? d : best));
  return { delimiter, escaped: delimiter === '\t' && !/(?:^|[\t\n])"/.test(head) };
}

/** The first line of text, quoted newlines included; empty when the head holds no whole line. */
function headerLine(head: string): string {
  return /^(?:"[^"]*"|[^"\n])*/.exec(head)?.[0] ?? '';
}

type Values = readonly string[];
type Line = { readonly line: number; readonly values: Values };

/** Rows of a table. The first is the header; its names come in lower case. Throws `DumpFault`. */
export async function* csvLines(chunks: AsyncIterable<string>, dialect: Dialect): AsyncGenerator<Line> {
  const found: Line[] = [];
  let line = 1;
  const take = (whole: { readonly record: Values; readonly raw: string }) => {
    // csv-parse counts a CRLF inside quotes twice, so lines are counted here: newlines before the closing one.
    const isBlank = whole.record.length === 1 && whole.record[0] === '';
    if (!isBlank) found.push({ line, values: whole.record });
    line += countNewlines(whole.raw) + 1;
    return null;
  };
  const parser = parse(parserOptions(dialect, take));
  parser.on('error', () => undefined);
  try {
    for await (const chunk of chunks) {
      const error = await written(parser, chunk);
      yield* found.splice(0);
      if (error) throw csvFault(error, line);
    }
    const error = await ended(parser);
    yield* found.splice(0);
    if (error) throw csvFault(error, line);
  } finally {
    parser.destroy();
  }
}

function parserOptions(
  dialect: Dialect,
  take: (whole: { readonly record: Values; readonly raw: string }) => null,
): Options {
  return {
    delimiter: dialect.delimiter,
    quote: dialect.escaped ? null : '"',
    escape: dialect.escaped ? null : '"',
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    max_record_size: MAX_ROW_LENGTH,
    raw: true,
    on_record: (whole: unknown, _info: Info) => take(whole as { record: Values; raw: string }),
  };
}

function countNewlines(raw: string): number {
  let count = 0;
  for (let at = raw.indexOf('\n'); at >= 0 && at < raw.length - 1; at = raw.indexOf('\n', at + 1)) count++;
  return count;
}

function written(parser: Parser, chunk: string): Promise<Error | null | undefined> {
  return new Promise((resolve) => parser.write(chunk, resolve));
}

function ended(parser: Parser): Promise<Error | null | undefined> {
  return new Promise((resolve) => {
    parser.once('error', resolve);
    parser.end(() => resolve(undefined));
  });
}

function csvFault(error: Error, line: number): DumpFault {
  switch ((error as CsvError).code as string) {
    case 'CSV_MAX_RECORD_SIZE':
      return new DumpFault(
        'unreadable',
        'this row is longer than 16 MB; a quote in it is probably never closed',
        line,
      );
    case 'CSV_QUOTE_NOT_CLOSED':
      return new DumpFault('unreadable', 'broken quoting: a quote opened in this row is never closed', line);
    default:
      return new DumpFault(
        'unreadable',
        'broken quoting in this row; a quote inside a quoted field must be doubled ("")',
        line,
      );
  }
}

/** Names fields by the header and undoes escapes; NULL as databases write it becomes absent. */
export function csvRow(line: Line, header: readonly string[], dialect: Dialect): Row {
  const { values } = line;
  if (values.length !== header.length) {
    const reason = `wrong number of fields: ${values.length} where the header has ${header.length}`;
    return { line: line.line, reason };
  }
  const fields: Record<string, unknown> = Object.create(null);
  header.forEach((name, i) => {
    const value = values[i] as string;
    if (value !== '\\N') fields[name] = dialect.escaped ? unescaped(value) : value;
  });
  return { line: line.line, fields: fields as Fields };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0', b: '\b' };

function unescaped(value: string): string {
  return value.includes('\\') ? value.replace(/\\([\s\S])/g, (_, c: string) => ESCAPES[c] ?? c) : value;
}
