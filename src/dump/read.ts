/** Whole dumps: all files read, merged, ordered by arrival, and what that taught. */
import { createHash } from 'node:crypto';
import { formatCount } from '../base/units.ts';
import type { DumpReading } from '../measure/record/run-info.ts';
import { canonicalFields } from './formats/canonical.ts';
import type { OpenOptions } from './open.ts';
import { type Gathered, orderedDump } from './order/ordered.ts';
import type { DumpRecord } from './record.ts';
import { sampledDump } from './work/sample.ts';

/**
 * Reads dump files (names or globs) into records sorted by arrival. Rows of one query id become one record. With `sample` only so
 * many of them are kept, drawn as `sampledDump` does.
 * Memory grows with the number of queries, not with the size of the rows' other columns; `orderedDump` is for more.
 * Throws DUMP_UNREADABLE, DUMP_EMPTY or FILE_MISSING, or all files' problems together; nothing is used then.
 */
export async function readDump(
  names: readonly string[],
  options: OpenOptions = {},
  { sample, seed = 1 }: { readonly sample?: number | undefined; readonly seed?: number } = {},
): Promise<{ readonly records: readonly DumpRecord[]; readonly reading: DumpReading }> {
  const dump = await orderedDump(names, options);
  try {
    const records: DumpRecord[] = [];
    const digest = new DumpDigest();
    const drawn = sample === undefined ? undefined : await sampledDump(dump, sample, seed);
    for await (const batch of drawn?.records() ?? dump.records())
      for (const record of batch) {
        records.push(record);
        digest.add(record);
      }
    const reading = readingOf(dump.gathered, digest);
    const note = drawn === undefined ? '' : `; ${drawn.note}`;
    return { records, reading: { ...reading, because: reading.because + note } };
  } finally {
    dump.close();
  }
}

/** What can only be told once all records have gone by, in their order. */
export class DumpDigest {
  readonly #hash = createHash('sha256');
  #firstAtMs: number | null = null;
  #lastAtMs: number | null = null;

  add(record: DumpRecord): void {
    this.#firstAtMs ??= record.arrivedAtMs;
    this.#lastAtMs = record.arrivedAtMs;
    this.#hash.update(`${JSON.stringify(canonicalFields(record))}\n`);
  }

  /** Ends the digest: may be asked for once. The SHA-256 is over canonical lines without their origin. */
  result(): Pick<DumpReading, 'firstAtMs' | 'lastAtMs' | 'sha256'> {
    return { firstAtMs: this.#firstAtMs, lastAtMs: this.#lastAtMs, sha256: this.#hash.digest('hex') };
  }
}

/** The reading of a dump whose records have all gone through the digest. */
export function readingOf(gathered: Gathered, digest: DumpDigest): DumpReading {
  const { files, formats, rows, accepted, badRows, firstBad, badByReason, lost, cuts, doubts } = gathered;
  return {
    files,
    format: [...formats.keys()].join(' + '),
    because: becauseText(gathered),
    ...{ rows, accepted, badRows, firstBad, badByReason, lost, cuts, doubts },
    ...digest.result(),
  };
}

function becauseText({ formats, spread, zoneless, mergedRows, cuts }: Gathered): string {
  const [only, ...others] = formats;
  const chosen =
    only !== undefined && others.length === 0
      ? only[1]
      : [...formats].map(([name, because]) => `${name} where ${because}`).join(', ');
  const notes = [chosen];
  if (spread.ids > 0) {
    notes.push(
      `${formatCount(spread.ids)} arrivals come from query ids, which hold whole seconds, and are spread over the second in the ids' order`,
    );
  }
  if (spread.seconds > 0) {
    notes.push(`${formatCount(spread.seconds)} times are in whole seconds and are spread over the second`);
  }
  if (zoneless > 0) {
    notes.push(`${formatCount(zoneless)} times have no zone and were taken as UTC (timeZone says otherwise)`);
  }
  if (mergedRows > 0) {
    notes.push(`${formatCount(mergedRows)} further rows told of queries already read and were merged`);
  }
  if (cuts.length > 0) notes.push(`only a part was read, as asked: ${cuts.join(', ')}`);
  return notes.join('; ');
}
