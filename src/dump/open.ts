/** One dump file as a stream of records, in file order and in constant memory. */

import type { BadRow } from '../measure/run-info.ts';
import { DumpFault, faultError } from './fault.ts';
import type { ColumnMap, Grain } from './format.ts';
import { type Choice, chooseFormat } from './formats.ts';
import { layOut } from './layout.ts';
import type { DumpItem, DumpRecord } from './record.ts';
import type { Row } from './rows.ts';
import { dumpText } from './text.ts';

export interface OpenOptions {
  /** Name of a format; without it the content decides. */
  readonly format?: string | undefined;
  /** Which column holds what, for the format `generic`. */
  readonly columns?: ColumnMap | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a scan of a file yields: once what it is, then row by row. */
export type Scanned =
  | {
      readonly kind: 'format';
      readonly format: string;
      readonly because: string;
      readonly lost: readonly string[];
    }
  | {
      readonly kind: 'record';
      readonly record: DumpRecord;
      readonly grain: Grain;
      readonly zoneless: boolean;
    }
  | { readonly kind: 'bad'; readonly bad: BadRow };

/**
 * The rows of a dump file. Arrival times are as the source has them: those taken from query ids are whole
 * seconds, and events are not merged; both need all rows and are `readDump`'s work.
 * Throws DUMP_UNREADABLE, DUMP_EMPTY or FILE_MISSING, also midway; rows before it must then not be used.
 */
export async function* openDump(file: string, options: OpenOptions = {}): AsyncGenerator<DumpItem> {
  try {
    for await (const item of scanDump(file, options)) {
      if (item.kind === 'record') yield { record: item.record };
      if (item.kind === 'bad') yield { bad: item.bad };
    }
  } catch (error) {
    throw error instanceof DumpFault ? faultError(file, error) : error;
  }
}

/** The rows of a file with what reading them taught. Throws `DumpFault`. */
export async function* scanDump(file: string, options: OpenOptions): AsyncGenerator<Scanned> {
  let rows = 0;
  try {
    for await (const item of scanRows(file, options)) {
      if (item.kind !== 'format') rows++;
      yield item;
    }
  } catch (error) {
    if (!(error instanceof DumpFault) || rows === 0) throw error;
    const before = rows === 1 ? 'the row before it is' : `the ${rows} rows before it are`;
    throw new DumpFault(error.kind, `${error.message}; ${before} not used either`, error.line);
  }
}

async function* scanRows(file: string, options: OpenOptions): AsyncGenerator<Scanned> {
  const text = dumpText(file, options.signal);
  try {
    const layout = await layOut(text);
    let choice: Choice | undefined;
    if (layout.header !== undefined) {
      choice = chooseFormat({ header: layout.header, first: undefined }, options);
      yield announced(choice, layout.name);
    }
    let firstBad: BadRow | undefined;
    let rows = 0;
    for await (const row of layout.rows) {
      rows++;
      if ('fields' in row && choice === undefined) {
        choice = chooseFormat({ header: undefined, first: row.fields }, options);
        yield announced(choice, layout.name);
      }
      const item = scannedRow(row, file, choice);
      if (item.kind === 'bad') firstBad ??= item.bad;
      yield item;
    }
    if (rows === 0) throw new DumpFault('empty', emptyText(layout.header));
    if (choice === undefined && firstBad !== undefined) {
      throw new DumpFault('unreadable', firstBad.reason, firstBad.origin.line);
    }
  } finally {
    await text.return(undefined);
  }
}

function announced(choice: Choice, layout: string): Scanned {
  const { format, names, because } = choice;
  return {
    kind: 'format',
    format: format.name,
    because: `${because} (${layout})`,
    lost: format.lost(names),
  };
}

function scannedRow(row: Row, file: string, choice: Choice | undefined): Scanned {
  const origin = { file, line: row.line };
  if ('reason' in row) return { kind: 'bad', bad: { origin, reason: row.reason } };
  const format = choice?.format;
  const read = format?.read(format.unwrap?.(row.fields) ?? row.fields) ?? { reason: 'no format' };
  if ('reason' in read) return { kind: 'bad', bad: { origin, reason: read.reason } };
  return { kind: 'record', record: { origin, ...read.record }, grain: read.grain, zoneless: read.zoneless };
}

function emptyText(header: readonly string[] | undefined): string {
  return header === undefined ? 'it has no rows' : 'it has a header and no rows';
}
