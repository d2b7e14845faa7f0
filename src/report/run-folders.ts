/** A folder of run folders, as what was written at each run's end tells of them; the records themselves are not read. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorText } from '../base/errors.ts';
import type { Verdict } from '../gates/verdict.ts';
import type { RunInfo } from '../measure/record/run-info.ts';
import type { Summary } from '../measure/summary/summary.ts';
import { RESULTS } from './words.ts';

/** What a finished run says of itself. */
export interface FinishedRun {
  readonly folder: string;
  readonly info: RunInfo;
  readonly verdict: Verdict;
  readonly summary: Summary;
}

/** A folder that holds a run, or what is left of one, and cannot be taken in. */
export interface SkippedFolder {
  readonly folder: string;
  /** One line. */
  readonly why: string;
}

const PART = '.part-';
/** Any of these makes a folder one of a run; other folders are no concern of ours. */
const OF_A_RUN = ['run.json', 'verdict.json', 'samples.parquet', 'samples.ndjson'];

/** Reads each finished run of a folder in the order of names; one at a time, since there may be thousands. */
export function readRunFolders<T>(
  dir: string,
  read: (run: FinishedRun) => T,
): { readonly runs: readonly T[]; readonly skipped: readonly SkippedFolder[] } {
  const runs: T[] = [];
  const skipped: SkippedFolder[] = [];
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const { name: folder } = entry;
    const isHidden = folder.startsWith('.') && !folder.startsWith(PART);
    if (!entry.isDirectory() || isHidden) continue;
    if (!OF_A_RUN.some((file) => existsSync(join(dir, folder, file)))) continue;
    try {
      if (folder.startsWith(PART)) throw new Error('it has not come to its end: it goes on, or was killed');
      runs.push(read(finishedRun(dir, folder)));
    } catch (error) {
      const why = error instanceof TypeError ? 'its summary.json is none of ours' : errorText(error);
      skipped.push({ folder, why });
    }
  }
  return { runs, skipped };
}

/** In a line for people. */
export const skippedText = ({ folder, why }: SkippedFolder): string => `${folder} was passed over: ${why}`;

function finishedRun(dir: string, folder: string): FinishedRun {
  const info = readJson<RunInfo>(dir, folder, 'run.json');
  const verdict = readJson<Verdict>(dir, folder, 'verdict.json');
  const summary = readJson<Summary>(dir, folder, 'summary.json');
  // What our own program never wrote is passed over like what cannot be read.
  if (![info.id, info.name, info.startedAt].every(isText))
    throw new Error('its run.json is no record of a run');
  if (!Object.hasOwn(RESULTS, verdict.result) || !isText(verdict.reason))
    throw new Error('its verdict.json holds no verdict of ours');
  return { folder, info, verdict, summary };
}

function readJson<T>(dir: string, folder: string, name: string): T {
  const file = join(dir, folder, name);
  if (!existsSync(file)) throw new Error(`it has no ${name}`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`its ${name} cannot be read: ${errorText(error)}`);
  }
  if (typeof value !== 'object' || value === null) throw new Error(`its ${name} holds no object`);
  return value as T;
}

const isText = (value: unknown): boolean => typeof value === 'string';
