/**
 * What a verdict rests on beside the run's own record: the looks before this one and the stored run it was held against.
 * Kept in the run folder, so that judging again says what was said at the run's end.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorText, failure } from '../base/errors.ts';
import { writeJson } from '../base/files.ts';
import type { StoredRun } from '../gates/evaluate.ts';
import type { LookFacts, LookPlace } from './looks.ts';

export const JUDGING_FILE = 'judging.json';

export interface Judging {
  readonly formatVersion: 1;
  /** The schedule that was fixed before the first look, and where in it this run stands; null for a run by itself. */
  readonly look: LookPlace | null;
  /** Oldest first; empty for a first look. */
  readonly earlier: readonly LookFacts[];
  /** What `stored` meant in the gates; null without `--baseline`. */
  readonly stored: StoredRun | null;
}

const ALONE: Judging = { formatVersion: 1, look: null, earlier: [], stored: null };

/** Writes it where there is something to keep. */
export function writeJudging(dir: string, judging: Judging): void {
  if (judging.look !== null || judging.stored !== null) writeJson(join(dir, JUDGING_FILE), judging);
}

/** Reads it; a folder without one was judged by its record alone. Throws RUN_UNREADABLE. */
export function readJudging(dir: string): Judging {
  const file = join(dir, JUDGING_FILE);
  if (!existsSync(file)) return ALONE;
  const unreadable = (reason: string) =>
    failure('RUN_UNREADABLE', { dir, reason: `${JUDGING_FILE} ${reason}` });
  let judging: Partial<Judging> | null;
  try {
    judging = JSON.parse(readFileSync(file, 'utf8')) as Partial<Judging> | null;
  } catch (error) {
    throw unreadable(`is no JSON: ${errorText(error)}`);
  }
  if (judging?.formatVersion !== 1)
    throw unreadable(`has format version ${judging?.formatVersion}; this program reads version 1`);
  if (!Array.isArray(judging.earlier)) throw unreadable('does not list the earlier looks');
  return { ...ALONE, ...judging };
}
