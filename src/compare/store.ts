/**
 * Runs kept for comparison: one JSON file each, by default in `baselines/`, small enough to be committed or to be handed
 * from job to job as an artifact.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorText, failure } from '../base/errors.ts';
import { writeJson } from '../base/files.ts';
import { loadRunRecord } from '../measure/record/record-folder.ts';
import { summarise } from '../measure/summarise.ts';
import { type ComparableRun, comparableRun } from './comparable.ts';
import { standingOf } from './standing.ts';

export const BASELINES_DIR = 'baselines';
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;
/** A larger file is none of ours. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Keeps a run under a name, without any SQL; answers the file. Throws USAGE for a name that is none. */
export function storeRun(run: ComparableRun, name: string, dir: string): string {
  if (!NAME.test(name))
    throw failure('USAGE', { detail: `a baseline's name has letters, digits, - _ ., got "${name}"` });
  mkdirSync(dir, { recursive: true });
  const file = join(dir, `${name}.json`);
  writeJson(file, { ...run, statements: run.statements.map(({ text: _, ...times }) => times) });
  return file;
}

/** Names in the store. */
export function storedNames(dir: string): readonly string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/** Those in the store that cannot be read, a line each. */
export function unreadableNames(dir: string): readonly string[] {
  return storedNames(dir).flatMap((name) => {
    try {
      readStored(join(dir, `${name}.json`));
      return [];
    } catch (error) {
      return [errorText(error)];
    }
  });
}

/** A run by its folder, by a stored file, or by a name in the store. Throws RUN_UNREADABLE. */
export async function findRun(where: string, dir: string = BASELINES_DIR): Promise<ComparableRun> {
  if (existsSync(where) && statSync(where).isDirectory()) {
    const record = await loadRunRecord(where);
    const summary = summarise(record);
    return comparableRun(record, summary, standingOf(where, record.info, summary));
  }
  const file = existsSync(where) ? where : join(dir, `${where}.json`);
  if (!existsSync(file)) {
    const known = storedNames(dir);
    const names = known.length === 0 ? `${dir}/ holds none` : `${dir}/ holds ${known.join(', ')}`;
    throw failure('RUN_UNREADABLE', { dir: where, reason: `no such folder, file or stored run (${names})` });
  }
  return readStored(file);
}

/** What a stored run has to have, by JavaScript's names of kinds. */
const SHAPE = {
  ...{ id: 'string', name: 'string', startedAt: 'string', planned: 'number', plan: 'object' },
  ...{ environment: 'object', counts: 'object', figures: 'object', blocks: 'object', statements: 'object' },
} as const;

function readStored(file: string): ComparableRun {
  try {
    if (statSync(file).size > MOST_BYTES) throw new Error('the file is too large for a stored run');
    const run = JSON.parse(readFileSync(file, 'utf8')) as Partial<ComparableRun> | null;
    if (run?.kind !== 'rehearse-comparable-run') throw new Error('the file is no stored run');
    if (run.formatVersion !== 1)
      throw new Error(`its format is version ${run.formatVersion}; this program reads 1`);
    for (const [key, kind] of Object.entries(SHAPE)) {
      const value = run[key as keyof typeof SHAPE];
      const found: string = typeof value;
      if (found !== kind || value === null) throw new Error(`it has no ${key}, or one of another kind`);
    }
    return run as ComparableRun;
  } catch (error) {
    throw failure('RUN_UNREADABLE', { dir: file, reason: errorText(error) }, error);
  }
}
