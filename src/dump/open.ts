/** One dump file as a stream of records, in file order and in constant memory. */

import type { BadRow } from '../measure/record/run-info.ts';
import { DumpFault, faultError } from './fault.ts';
import type { ColumnMap, Fields, Grain, Settings } from './format.ts';
import { type Choice, chooseFormat } from './formats.ts';
import type { DumpItem, DumpRecord } from './record.ts';
import type { DelimiterName } from './rows/dialect.ts';
import { layOut } from './rows/layout.ts';
import type { Row } from './rows/rows.ts';
import { dumpText, type TextFound } from './text/dump-text.ts';
import type { Encoding } from './text/encoding.ts';
import type { Watch } from './watch.ts';

/** What the caller says of a dump; all of it may be left to detection, which asks where it cannot tell. */
export interface OpenOptions extends Settings {
  /** Name of a format; without it the content decides. */
  readonly format?: string | undefined;
  /** Which column holds what, for the format `generic`. */
  readonly columns?: ColumnMap | undefined;
  readonly encoding?: Encoding | undefined;
  readonly delimiter?: DelimiterName | undefined;
  /** Use what came whole before a file ends early or breaks; without it such a file is refused. */
  readonly partial?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told how far the reading has come. */
  readonly watch?: Watch | undefined;
}

/** What a scan of a file yields: once what it is, then row by row. */
export type Scanned =
  | {
      readonly kind: 'format';
      readonly file: string;
      readonly format: string;
      readonly because: string;
      readonly lost: readonly string[];
    }
  | {
      readonly kind: 'record';
      readonly record: DumpRecord;
      readonly grain: Grain;
      readonly zoneless: boolean;
      readonly odd?: readonly string[] | undefined;
    }
  | { readonly kind: 'bad'; readonly bad: BadRow }
  /** What may be wrong, and cannot be told from the file. */
  | { readonly kind: 'doubt'; readonly reason: string }
  | { readonly kind: 'cut'; readonly reason: string };

/**
 * The rows of a dump file. Arrival times are as the source has them: those taken from query ids are whole
 * seconds, and events are not merged; both need all rows and are `readDump`'s work.
 * Throws DUMP_UNREADABLE, DUMP_EMPTY or FILE_MISSING, also midway; rows before it must then not be used.
 */
export async function* openDump(file: string, options: OpenOptions = {}): AsyncGenerator<DumpItem> {
  try {
    for await (const batch of scanDump(file, options))
      for (const item of batch) {
        if (item.kind === 'record') yield { record: item.record };
        if (item.kind === 'bad') yield { bad: item.bad };
      }
  } catch (error) {
    throw error instanceof DumpFault ? faultError(file, error) : error;
  }
}

/** The rows of a file with what reading them taught. Throws `DumpFault`. */
export async function* scanDump(file: string, options: OpenOptions): AsyncGenerator<readonly Scanned[]> {
  let rows = 0;
  let firstLine: number | undefined;
  try {
    for await (const batch of scanRows(file, options)) {
      for (const item of batch) {
        const line = lineOf(item);
        if (line === undefined) continue;
        rows++;
        firstLine ??= line;
      }
      yield batch;
    }
  } catch (error) {
    if (!(error instanceof DumpFault)) throw error;
    // A fault of the first row has none before it.
    const cut = cutBy(error, file, error.line === firstLine ? 0 : rows, options);
    yield [cut];
  }
}

/** Of a row; undefined for what else a scan yields. */
function lineOf(item: Scanned): number | undefined {
  if (item.kind === 'record') return item.record.origin.line;
  return item.kind === 'bad' ? item.bad.origin.line : undefined;
}

/** What a fault leaves of the rows before it, where that is wanted. Throws `DumpFault` where it is not, or is nothing. */
function cutBy(fault: DumpFault, file: string, rows: number, { partial }: OpenOptions): Scanned {
  if (rows === 0 || fault.kind === 'question') throw fault;
  const place = fault.line === undefined ? '' : `line ${fault.line}: `;
  if (partial === true) return { kind: 'cut', reason: `${file}: ${place}${fault.message}` };
  const before = rows === 1 ? 'the row before it is' : `the ${rows} rows before it are`;
  const hint = `${fault.message}; ${before} not used either, unless you say \`partial: true\` (--partial)`;
  throw new DumpFault(fault.kind, hint, fault.line);
}

async function* scanRows(file: string, options: OpenOptions): AsyncGenerator<readonly Scanned[]> {
  const found: TextFound = { encoding: 'utf-8', packing: undefined };
  const text = dumpText(file, options, found);
  try {
    const layout = await layOut(text, options.delimiter);
    const name = `${layout.name}${found.encoding === 'utf-8' ? '' : `, ${found.encoding.toUpperCase()}`}`;
    let choice: Choice | undefined;
    if (layout.header !== undefined) {
      choice = chooseFormat({ header: layout.header, first: undefined }, options);
      yield [announced(choice, name, file)];
    }
    let firstBad: BadRow | undefined;
    let rows = 0;
    for await (const batch of layout.rows(choice?.format.reads)) {
      const items: Scanned[] = [];
      for (const row of batch) {
        rows++;
        if ('fields' in row && choice === undefined) {
          choice = chooseFormat({ header: undefined, first: row.fields }, options);
          items.push(announced(choice, name, file));
        }
        scanRow(row, file, choice, options, items);
      }
      firstBad ??= items.find((item) => item.kind === 'bad')?.bad;
      yield items;
    }
    if (rows === 0) throw new DumpFault('empty', emptyText(layout.header));
    if (choice === undefined && firstBad !== undefined) {
      throw new DumpFault('unreadable', firstBad.reason, firstBad.origin.line);
    }
  } finally {
    await text.return(undefined);
  }
}

function announced(choice: Choice, layout: string, file: string): Scanned {
  const { format, names, because } = choice;
  return {
    kind: 'format',
    file,
    format: format.name,
    because: `${because} (${layout})`,
    lost: format.lost(names),
  };
}

function scanRow(
  row: Row,
  file: string,
  choice: Choice | undefined,
  settings: Settings,
  into: Scanned[],
): void {
  const origin = { file, line: row.line };
  const read = 'reason' in row ? row : readFields(row.fields, choice, settings);
  if ('reason' in read) {
    if ('isQuestion' in read && read.isQuestion) throw new DumpFault('question', read.reason, row.line);
    into.push({ kind: 'bad', bad: { origin, reason: read.reason } });
    return;
  }
  if ('doubt' in row) into.push({ kind: 'doubt', reason: `${file}:${row.line}: ${row.doubt}` });
  const all = Array.isArray(read) ? read : [read];
  for (const one of all) {
    const { record, grain, zoneless, odd } = one;
    into.push({ kind: 'record', record: { origin, ...record }, grain, zoneless, odd });
  }
}

function readFields(fields: Fields, choice: Choice | undefined, settings: Settings) {
  const format = choice?.format;
  return format?.read(format.unwrap?.(fields) ?? fields, settings) ?? { reason: 'no format' };
}

function emptyText(header: readonly string[] | undefined): string {
  return header === undefined ? 'it has no rows' : 'it has a header and no rows';
}
