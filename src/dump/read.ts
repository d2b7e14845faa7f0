/** Whole dumps: all files read, merged, ordered by arrival, and what that taught. */
import { createHash } from 'node:crypto';
import { failure, type Problem, ProblemsError } from '../base/errors.ts';
import { formatCount } from '../base/units.ts';
import type { BadRow, DumpReading } from '../measure/run-info.ts';
import { DumpFault, faultError } from './fault.ts';
import { dumpFiles } from './files.ts';
import { canonicalFields } from './formats/canonical.ts';
import { type OpenOptions, scanDump } from './open.ts';
import { mergeByQueryId, orderByArrival, type Timed } from './order.ts';
import type { DumpRecord } from './record.ts';

const SHOWN_BAD_ROWS = 20;

/** What the scan of all files gathered. */
interface Gathered {
  readonly rows: Timed[];
  readonly bad: BadRow[];
  readonly formats: Map<string, string>;
  readonly lost: Set<string>;
  zoneless: number;
}

/**
 * Reads dump files (names or globs) into records sorted by arrival. Rows of one query id become one record.
 * Memory grows with the number of queries, not with the size of the rows' other columns.
 * Throws DUMP_UNREADABLE, DUMP_EMPTY or FILE_MISSING, or all files' problems together; nothing is used then.
 */
export async function readDump(
  names: readonly string[],
  options: OpenOptions = {},
): Promise<{ readonly records: readonly DumpRecord[]; readonly reading: DumpReading }> {
  const { files, faults } = dumpFiles(names);
  const wrong = [...faults];
  const gathered: Gathered = { rows: [], bad: [], formats: new Map(), lost: new Set(), zoneless: 0 };
  for (const file of files) {
    try {
      await gather(file, options, gathered);
    } catch (error) {
      if (!(error instanceof DumpFault)) throw error;
      wrong.push({ file, fault: error });
    }
  }
  throwFaults(wrong);
  const { merged, bad: conflicts } = mergeByQueryId(gathered.rows);
  const bad = [...gathered.bad, ...conflicts];
  if (merged.length === 0) throw noQueries(files, bad);
  const { records, spread } = orderByArrival(merged);
  if (spread.ids + spread.seconds > 0) gathered.lost.add('arrival within the second');
  const mergedRows = gathered.rows.length - merged.length - conflicts.length;
  const reading: DumpReading = {
    files,
    format: [...gathered.formats.keys()].join(' + '),
    because: becauseText(gathered, spread, mergedRows),
    rows: gathered.rows.length + gathered.bad.length,
    accepted: records.length,
    badRows: bad.length,
    firstBad: bad.slice(0, SHOWN_BAD_ROWS),
    badByReason: countReasons(bad),
    lost: [...gathered.lost],
    firstAtMs: records[0]?.arrivedAtMs ?? null,
    lastAtMs: records.at(-1)?.arrivedAtMs ?? null,
    sha256: digest(records),
  };
  return { records, reading };
}

async function gather(file: string, options: OpenOptions, into: Gathered): Promise<void> {
  for await (const item of scanDump(file, options)) {
    if (item.kind === 'bad') {
      into.bad.push(item.bad);
    } else if (item.kind === 'record') {
      into.rows.push({ record: item.record, grain: item.grain });
      if (item.zoneless) into.zoneless++;
    } else {
      if (!into.formats.has(item.format)) into.formats.set(item.format, item.because);
      for (const what of item.lost) into.lost.add(what);
    }
  }
}

/** One fault as its own error, several as one list. */
function throwFaults(faults: readonly { readonly file: string; readonly fault: DumpFault }[]): void {
  const [first, ...others] = faults;
  if (first === undefined) return;
  if (others.length === 0) throw faultError(first.file, first.fault);
  const problems = faults.map(
    ({ file, fault }): Problem => ({ file, line: fault.line ?? 1, column: 1, message: fault.message }),
  );
  throw new ProblemsError('the dump', problems);
}

function noQueries(files: readonly string[], bad: readonly BadRow[]): Error {
  const first = bad[0];
  const because =
    first === undefined ? 'no rows' : `${first.reason} at ${first.origin.file}:${first.origin.line}`;
  const reason = `all ${formatCount(bad.length)} rows were refused, the first for: ${because}`;
  return failure('DUMP_EMPTY', { file: files.join(', '), reason });
}

type Spread = ReturnType<typeof orderByArrival>['spread'];

function becauseText(gathered: Gathered, spread: Spread, mergedRows: number): string {
  const formats = [...gathered.formats];
  const [only] = formats;
  const chosen =
    formats.length === 1 && only !== undefined
      ? only[1]
      : formats.map(([name, because]) => `${name} where ${because}`).join(', ');
  const notes = [chosen];
  if (spread.ids > 0) {
    notes.push(
      `${formatCount(spread.ids)} arrivals come from query ids, which hold whole seconds, and are spread over the second in the ids' order`,
    );
  }
  if (spread.seconds > 0) {
    notes.push(`${formatCount(spread.seconds)} times are in whole seconds and are spread over the second`);
  }
  if (gathered.zoneless > 0) {
    notes.push(`${formatCount(gathered.zoneless)} times have no zone and were taken as UTC`);
  }
  if (mergedRows > 0) {
    notes.push(`${formatCount(mergedRows)} further rows told of queries already read and were merged`);
  }
  return notes.join('; ');
}

/** Counts by reason; what is special to a row stands after `: `. */
function countReasons(bad: readonly BadRow[]): Readonly<Record<string, number>> {
  const groups = Map.groupBy(bad, (row) => row.reason.replace(/: .*$/s, ''));
  return Object.fromEntries([...groups].map(([reason, rows]) => [reason, rows.length]));
}

/** SHA-256 over the records as canonical lines without their origin. */
function digest(records: readonly DumpRecord[]): string {
  const hash = createHash('sha256');
  for (const record of records) hash.update(`${JSON.stringify(canonicalFields(record))}\n`);
  return hash.digest('hex');
}
