/** Whole dumps in the order of arrival, in constant memory: every file read, rows of one query merged, sorted, spread. */
import { statSync } from 'node:fs';
import { failure, type Problem, ProblemsError, systemCode } from '../../base/errors.ts';
import { heapBound } from '../../base/heap.ts';
import type { BadRow } from '../../measure/record/run-info.ts';
import { DumpFault, faultError } from '../fault.ts';
import { dumpFiles } from '../files.ts';
import { GRAINS } from '../format.ts';
import { Lacks } from '../lacks.ts';
import { Oddities } from '../oddities.ts';
import { type OpenOptions, type Scanned, scanDump } from '../open.ts';
import type { DumpRecord } from '../record.ts';
import { type Step, watched } from '../watch.ts';
import { byQueryId, mergeGroup } from './merge.ts';
import { type Item, Spool } from './spool.ts';
import { byArrival, spreadRecords } from './spread.ts';
import { TemporaryFolder } from './temporary.ts';

const SHOWN_BAD_ROWS = 20;
/** Of a command that needs some 40 MB for itself. */
export const HEAP_BYTES = 64 * 1024 ** 2;
const [ID, SECOND, FINE] = GRAINS.map((_, i) => i) as [number, number, number];

/** What the scan of all files taught, before anything is sorted. */
export interface Gathered {
  readonly files: readonly string[];
  /** Format → why. */
  readonly formats: ReadonlyMap<string, string>;
  readonly lost: readonly string[];
  readonly rows: number;
  readonly accepted: number;
  readonly badRows: number;
  readonly firstBad: readonly BadRow[];
  readonly badByReason: Readonly<Record<string, number>>;
  readonly zoneless: number;
  /** Rows that told of queries already read. */
  readonly mergedRows: number;
  /** Arrivals that were spread: out of query ids, and written in whole seconds. */
  readonly spread: { readonly ids: number; readonly seconds: number };
  /** Files that end early or break, of which the whole rows are used because that was asked for. */
  readonly cuts: readonly string[];
  /** What may be wrong with what was read, and cannot be told from it. */
  readonly doubts: readonly string[];
}

export interface OrderOptions extends OpenOptions {
  readonly spoolBytes?: number;
  /** What a file is called in what is said of it; its own name when not given. */
  readonly nameOf?: (file: string) => string;
}

export interface OrderedDump {
  readonly gathered: Gathered;
  /** The records by arrival, in batches; may be asked for again. `step` says what for, to who watches. */
  records(step?: Step): AsyncGenerator<readonly DumpRecord[]>;
  /** Gives back what lies on disk. */
  close(): void;
}

/**
 * Reads dump files (names or globs). Throws DUMP_UNREADABLE, DUMP_EMPTY or FILE_MISSING, or all files' problems together;
 * nothing is used then.
 */
export async function orderedDump(
  names: readonly string[],
  options: OrderOptions = {},
): Promise<OrderedDump> {
  const folder = new TemporaryFolder();
  try {
    return await new Gathering(folder, options).order(names);
  } catch (error) {
    folder.close();
    if (systemCode(error) === 'ENOSPC') throw failure('DUMP_SPACE', { reason: 'the disk is full' }, error);
    throw error;
  }
}

class Gathering {
  readonly #folder: TemporaryFolder;
  readonly #options: OrderOptions;
  /** Rows with a query id, to be merged; those without go straight to the second. */
  readonly #byId: Spool;
  readonly #byTime: Spool;
  readonly #formats = new Map<string, string>();
  readonly #lacks = new Lacks();
  /** Files with such times, by grain. */
  readonly #grainsIn = [new Set<string>(), new Set<string>(), new Set<string>()];
  readonly #firstBad: BadRow[] = [];
  readonly #badByReason: Record<string, number> = Object.create(null);
  readonly #cuts: string[] = [];
  readonly #doubts: string[] = [];
  readonly #oddities = new Oddities();
  readonly #grains = [0, 0, 0];
  readonly #bound = heapBound(HEAP_BYTES);
  #rows = 0;
  #badRows = 0;
  #zoneless = 0;
  #lastAt: Item | undefined;
  #isInTimeOrder = true;
  /** No id twice in a row: where ids come in order, no id twice. */
  #idsAreUnique = true;

  constructor(folder: TemporaryFolder, options: OrderOptions) {
    this.#folder = folder;
    this.#options = options;
    const dir = () => folder.dir;
    this.#byId = new Spool('id', byQueryId, dir, options.spoolBytes);
    this.#byTime = new Spool('time', byArrival, dir, options.spoolBytes);
  }

  async order(names: readonly string[]): Promise<OrderedDump> {
    const { files, faults } = dumpFiles(names);
    const { watch, signal } = this.#options;
    watch?.begin('reading', { bytes: bytesOf(files) });
    const wrong = [...faults];
    for (const file of files) {
      try {
        for await (const batch of scanDump(file, this.#options)) {
          for (const item of batch) this.#take(item);
          watch?.rows(batch.length);
          this.#bound();
        }
      } catch (error) {
        if (!(error instanceof DumpFault)) throw error;
        wrong.push({ file, fault: error });
      }
    }
    throwFaults(wrong);
    const sorted = await this.#sort();
    const accepted = sorted.count;
    if (accepted === 0) throw this.#noQueries(files);
    const isCoarse = this.#coarseness();
    const spread = { ids: this.#grains[ID] ?? 0, seconds: this.#hasFine ? 0 : (this.#grains[SECOND] ?? 0) };
    this.#noteCoarse();
    const gathered: Gathered = {
      ...{ files, formats: this.#formats, lost: this.#lacks.texts(files, this.#options.nameOf ?? String) },
      ...{ cuts: this.#cuts, doubts: [...this.#doubts, ...this.#oddities.texts()] },
      ...{ rows: this.#rows, accepted, badRows: this.#badRows, zoneless: this.#zoneless, spread },
      ...{ firstBad: this.#firstBad, badByReason: { ...this.#badByReason } },
      mergedRows: this.#rows - accepted - this.#badRows,
    };
    return {
      gathered,
      records: (step = 'writing') => {
        watch?.begin(step, { rows: accepted });
        return watched(spreadRecords(sorted.items(), isCoarse), watch, signal);
      },
      close: () => this.#folder.close(),
    };
  }

  #take(item: Scanned): void {
    switch (item.kind) {
      case 'bad':
        this.#rows++;
        this.#bad(item.bad);
        return;
      case 'record':
        this.#record(item.record, GRAINS.indexOf(item.grain));
        if (item.zoneless) this.#zoneless++;
        for (const odd of item.odd ?? []) this.#oddities.note(odd, item.record.origin);
        return;
      case 'cut':
        this.#cuts.push(item.reason);
        return;
      case 'doubt':
        this.#doubts.push(item.reason);
        return;
      case 'format':
        if (!this.#formats.has(item.format)) this.#formats.set(item.format, item.because);
        for (const what of item.lost) this.#lacks.add(what, item.file);
    }
  }

  #record(record: DumpRecord, grain: number): void {
    const place = this.#rows++;
    this.#grains[grain] = (this.#grains[grain] ?? 0) + 1;
    this.#grainsIn[grain]?.add(record.origin.file);
    const id = record.queryId ?? '';
    const index = counterOf(id);
    const item: Item = { atMs: record.arrivedAtMs, index, place, id, grain, text: JSON.stringify(record) };
    if (this.#lastAt !== undefined && byArrival(this.#lastAt, item) > 0) this.#isInTimeOrder = false;
    if (this.#lastAt?.id === id) this.#idsAreUnique = false;
    this.#lastAt = item;
    // The id is a field of its own in what lies on disk; one that would break the line is merged with nothing.
    if (id === '' || /[\t\n]/.test(id)) this.#byTime.add({ ...item, id: '' });
    else this.#byId.add(item);
  }

  #bad(bad: BadRow): void {
    this.#badRows++;
    if (this.#firstBad.length < SHOWN_BAD_ROWS) this.#firstBad.push(bad);
    const reason = bad.reason.replace(/: .*$/s, '');
    this.#badByReason[reason] = (this.#badByReason[reason] ?? 0) + 1;
  }

  /** Merges rows of one query, then puts all in the order of arrival. */
  async #sort(): Promise<Spool> {
    const byId = this.#byId;
    byId.finish();
    // What came in the order of ids and of arrivals both, each id once, need not be written a second time.
    if (this.#isInTimeOrder && byId.isInOrder && this.#idsAreUnique && this.#byTime.count === 0) return byId;
    const { watch, signal } = this.#options;
    watch?.begin('merging', { rows: byId.count });
    let group: Item[] = [];
    const close = () => {
      if (group.length > 0) this.#byTime.add(mergeGroup(group, (bad) => this.#bad(bad)));
    };
    for await (const batch of watched(byId.items(), watch, signal)) {
      for (const item of batch) {
        if (group[0]?.id === item.id) group.push(item);
        else {
          close();
          group = [item];
        }
      }
      this.#bound();
    }
    close();
    byId.release();
    this.#byTime.finish();
    return this.#byTime;
  }

  get #hasFine(): boolean {
    return (this.#grains[FINE] ?? 0) > 0;
  }

  /** Files whose arrivals are spread over their second cannot tell them within it. */
  #noteCoarse(): void {
    const coarse = this.#hasFine ? [ID] : [ID, SECOND];
    for (const grain of coarse)
      for (const file of this.#grainsIn[grain] ?? []) this.#lacks.add('arrival within the second', file);
  }

  /** Times in whole seconds count as coarse only when no time in the whole dump is finer. */
  #coarseness(): (item: Item) => boolean {
    const wholeSeconds = !this.#hasFine;
    return ({ grain }) => grain === ID || (grain === SECOND && wholeSeconds);
  }

  #noQueries(files: readonly string[]): Error {
    const first = this.#firstBad[0];
    const because =
      first === undefined ? 'no rows' : `${first.reason} at ${first.origin.file}:${first.origin.line}`;
    const reason = `all ${this.#badRows} rows were refused, the first for: ${because}`;
    return failure('DUMP_EMPTY', { file: files.join(', '), reason });
  }
}

/** Of what is a file; a pipe has no size. */
function bytesOf(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + sizeOf(file), 0);
}

/** What cannot be looked at is told when it is read. */
function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

/** The counter of a Trino query id, `20260302_081500_00042_ab3de`; 0 for any other text. */
function counterOf(id: string): number {
  if (id.length < 27 || id[8] !== '_' || id[15] !== '_') return 0;
  return Number(id.slice(16, id.indexOf('_', 16))) || 0;
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
