/**
 * The record on disk: run.json, events.ndjson, samples.parquet (columns in sample-columns.ts).
 *
 * A Parquet file has its table of contents at its end, so a killed run would leave nothing readable. While a run
 * goes on its samples are therefore appended to a text file, `samples.ndjson`, and turned into Parquet when it is
 * closed, some thousand rows at a time. A folder that still has the text file can be read all the same.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type AsyncBuffer, parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { errorText, failure, RehearseError } from '../../base/errors.ts';
import { writeJson } from '../../base/files.ts';
import { jsonLine, jsonLinesOf } from '../../base/lines.ts';
import { isEvent, sampleProblem, samplesProblem } from './checked.ts';
import { fileSha256 } from './digest.ts';
import type { RunEvent } from './events.ts';
import type { RunInfo, RunRecord, Written } from './run-info.ts';
import type { Sample } from './sample.ts';
import { COLUMNS_VERSION, SAMPLE_COLUMNS, SAMPLE_SCHEMA, toColumns } from './sample-columns.ts';
import { type Samples, samplesBuilder, samplesOf } from './samples.ts';
import { readStatementTexts, STATEMENTS_FILE } from './statement-texts.ts';
import { readTold, TOLD_FILE } from './told.ts';

export const RECORD_FILES = {
  info: 'run.json',
  events: 'events.ndjson',
  samples: 'samples.parquet',
  spool: 'samples.ndjson',
  statements: STATEMENTS_FILE,
  told: TOLD_FILE,
} as const;

/** So many samples wait in memory at most; a kill loses no more than these. */
const BATCH = 256;
/** Rows per Parquet row group, and the most that are held while converting. */
const ROW_GROUP = 20_000;

export interface Recorder {
  /** Keeps a sample; it is on disk after at most 255 more, or with the next event. */
  sample(sample: Sample): void;
  /** Writes an event at once. */
  event(event: RunEvent): void;
  /** How many of both so far; once it is closed with the digest of the samples. */
  readonly counts: Omit<Written, 'told'>;
  /** Turns the samples into Parquet. Nothing may be recorded afterwards. */
  close(): Promise<void>;
}

/** Begins a record in a folder, which is made when it is missing. */
export async function createRecorder(dir: string): Promise<Recorder> {
  mkdirSync(dir, { recursive: true });
  const events = join(dir, RECORD_FILES.events);
  const spool = join(dir, RECORD_FILES.spool);
  let waiting: string[] = [];
  const counts: { events: number; samples: number; samplesSha256?: string } = { events: 0, samples: 0 };
  appendFileSync(events, '');
  appendFileSync(spool, '');
  const flush = () => {
    if (waiting.length > 0) appendFileSync(spool, `${waiting.join('\n')}\n`);
    waiting = [];
  };
  return {
    counts,
    sample: (sample) => {
      counts.samples++;
      waiting.push(jsonLine(sample));
      if (waiting.length >= BATCH) flush();
    },
    event: (event) => {
      counts.events++;
      appendFileSync(events, `${jsonLine(event)}\n`);
      flush();
    },
    close: async () => {
      flush();
      const file = join(dir, RECORD_FILES.samples);
      await writeSamples(file, spooledSamples(spool));
      counts.samplesSha256 = await fileSha256(file);
      rmSync(spool);
    },
  };
}

/** Writes samples as Parquet, one row group after the other; the file appears when it is whole. */
export async function writeSamples(file: string, samples: AsyncIterable<Sample>): Promise<void> {
  const part = `${file}.part`;
  const parquet = new ParquetWriter({
    writer: fileWriter(part),
    schema: SAMPLE_SCHEMA,
    createdBy: 'trino-rehearse',
    kvMetadata: [{ key: 'rehearse.samples.version', value: String(COLUMNS_VERSION) }],
  });
  let batch: Sample[] = [];
  const writeBatch = async () => {
    if (batch.length > 0) await parquet.write({ columnData: toColumns(batch), rowGroupSize: ROW_GROUP });
    batch = [];
  };
  for await (const sample of samples) {
    batch.push(sample);
    if (batch.length >= ROW_GROUP) await writeBatch();
  }
  await writeBatch();
  await parquet.finish();
  renameSync(part, file);
}

/** Writes run.json, whole or not at all. */
export function writeRunInfo(dir: string, info: RunInfo): void {
  writeJson(join(dir, RECORD_FILES.info), info);
}

/** Reads a run folder back. Throws RUN_UNREADABLE for a missing, foreign or damaged one. */
export async function loadRunRecord(dir: string): Promise<RunRecord> {
  try {
    const info = readInfo(dir);
    const { told, doubt } = await readTold(dir, info.written?.told);
    const samplesDoubt = await doubtAboutSamples(dir, info.written?.samplesSha256);
    return {
      info,
      events: await readEvents(join(dir, RECORD_FILES.events), info.finishedAt === null),
      samples: await readSamples(dir),
      ...(samplesDoubt === undefined ? {} : { samplesDoubt }),
      texts: await readStatementTexts(dir),
      ...{ told, toldDoubt: info.evidenceDoubt ?? doubt },
    };
  } catch (error) {
    if (error instanceof RehearseError) throw error;
    throw unreadable(dir, errorText(error), error);
  }
}

function unreadable(dir: string, reason: string, cause?: unknown): RehearseError {
  return failure('RUN_UNREADABLE', { dir, reason }, cause);
}

function readInfo(dir: string): RunInfo {
  const file = join(dir, RECORD_FILES.info);
  if (!existsSync(dir)) throw unreadable(dir, 'there is no such folder');
  if (!existsSync(file)) throw unreadable(dir, `it has no ${RECORD_FILES.info}`);
  let info: Partial<RunInfo> | null;
  try {
    info = JSON.parse(readFileSync(file, 'utf8')) as Partial<RunInfo> | null;
  } catch (error) {
    throw unreadable(dir, `${RECORD_FILES.info} is no JSON: ${errorText(error)}`, error);
  }
  if (typeof info?.id !== 'string' || info.judge === undefined || info.planned === undefined)
    throw unreadable(dir, `${RECORD_FILES.info} is not the record of a run`);
  if (info.formatVersion !== 1)
    throw unreadable(dir, `its format is version ${info.formatVersion}; this program reads version 1`);
  return info as RunInfo;
}

/** What the samples' digest says against them; nothing for a record that was written without one. */
async function doubtAboutSamples(dir: string, written: string | undefined): Promise<string | undefined> {
  const file = join(dir, RECORD_FILES.samples);
  if (written === undefined) return undefined;
  if (!existsSync(file)) return `${RECORD_FILES.samples} is missing`;
  const found = await fileSha256(file);
  if (found === written) return undefined;
  return `${RECORD_FILES.samples} is not what the run wrote: its SHA-256 is ${found.slice(0, 12)}…, and was ${written.slice(0, 12)}…`;
}

async function readSamples(dir: string): Promise<Samples> {
  const whole = join(dir, RECORD_FILES.samples);
  const spool = join(dir, RECORD_FILES.spool);
  if (existsSync(whole)) return readParquet(dir, whole);
  if (!existsSync(spool)) throw unreadable(dir, `it has no ${RECORD_FILES.samples}`);
  const samples: Sample[] = [];
  for await (const sample of spooledSamples(spool)) samples.push(sample);
  return samplesOf(samples);
}

async function readParquet(dir: string, path: string): Promise<Samples> {
  const handle = await open(path);
  try {
    return await samplesIn(dir, await partsOf(handle));
  } finally {
    await handle.close();
  }
}

/** The file as the Parquet reader asks for it: in some thousand small parts, for which a stream each would cost too much. */
async function partsOf(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      const part = new Uint8Array(end - start);
      await handle.read(part, 0, part.length, start);
      return part.buffer;
    },
  };
}

async function samplesIn(dir: string, file: AsyncBuffer): Promise<Samples> {
  const metadata = await parquetMetadataAsync(file);
  const present = new Set(parquetSchema(metadata).children.map((c) => c.element.name));
  const needed = SAMPLE_COLUMNS.filter((c) => c.whenAbsent === undefined);
  const missing = needed.filter((c) => !present.has(c.name)).map((c) => c.name);
  if (missing.length > 0)
    throw unreadable(dir, `${RECORD_FILES.samples} lacks the columns ${missing.join(', ')}`);
  const builder = samplesBuilder(Number(metadata.num_rows));
  let rowStart = 0;
  // One row group after the other: read all at once, the decoded columns would stand beside the samples.
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    await parquetRead({
      ...{ file, metadata, rowStart, rowEnd },
      onChunk: ({ columnName, columnData, rowStart: from }) => builder.fill(columnName, from, columnData),
    });
    rowStart = rowEnd;
  }
  const samples = builder.samples();
  const problem = samplesProblem(samples);
  if (problem !== undefined) throw unreadable(dir, `${RECORD_FILES.samples} is damaged: ${problem}`);
  return samples;
}

async function readEvents(file: string, mayBeTorn: boolean): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const { line, value } of untornLines(file, mayBeTorn)) {
    if (!isEvent(value)) throw new Error(`${RECORD_FILES.events}:${line} is no event`);
    events.push(value);
  }
  return events;
}

async function* spooledSamples(file: string): AsyncGenerator<Sample> {
  for await (const { line, value } of untornLines(file, true)) {
    const problem = sampleProblem(value);
    if (problem !== undefined) throw new Error(`${RECORD_FILES.spool}:${line}: ${problem}`);
    yield value as Sample;
  }
}

/** The values of a file with one JSON text per line. A last line that a kill has torn is left out. */
async function* untornLines(
  file: string,
  mayBeTorn: boolean,
): AsyncGenerator<{ readonly line: number; readonly value: unknown }> {
  let torn: Error | undefined;
  for await (const read of jsonLinesOf(file)) {
    if (torn !== undefined) throw torn;
    if ('value' in read) yield read;
    else torn = new Error(`${basename(file)}:${read.line} is broken: ${read.reason}`);
  }
  if (torn !== undefined && !mayBeTorn) throw torn;
}
