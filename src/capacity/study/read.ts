/** Reads a study's folder back. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { errorText, failure, type RehearseError } from '../../base/errors.ts';
import { writeJson } from '../../base/files.ts';
import { issueWords } from '../../base/schema-words.ts';
import { valueAt } from '../../base/yaml.ts';
import type { Measured, StudyRecord } from './record.ts';
import { measuredSchema, studyRecordSchema } from './record-schema.ts';

const FILE = 'capacity.json';
const MEASURED = 'measured.json';

/** The record of a study's folder. Throws RUN_UNREADABLE for a missing, foreign or damaged one. */
export function readStudy(dir: string): StudyRecord {
  const data = jsonIn(dir, FILE);
  const version = valueAt(data, ['formatVersion']);
  if (version !== 1)
    throw unreadable(
      dir,
      version === undefined
        ? `${FILE} is no record of a study`
        : `its format version is ${String(version)}; this program reads version 1`,
    );
  return checked(dir, FILE, studyRecordSchema, data);
}

/** Keeps what was measured while the rest of a study is worked out. */
export function keepMeasured(dir: string, measured: Measured): void {
  writeJson(join(dir, MEASURED), measured);
}

/** The record has it, too: from now on that is the one. */
export function dropKeptMeasured(dir: string): void {
  rmSync(join(dir, MEASURED), { force: true });
}

/** Whether a study without a record has measured to the end. */
export function hasKeptMeasured(dir: string): boolean {
  return existsSync(join(dir, MEASURED));
}

/**
 * The measurement of an earlier study, also of one that was interrupted before it had a record. Throws RUN_UNREADABLE
 * when it has none.
 */
export function readMeasured(dir: string): Measured {
  if (!existsSync(join(dir, FILE)) && hasKeptMeasured(dir))
    return { ...checked(dir, MEASURED, measuredSchema, jsonIn(dir, MEASURED)), from: dir };
  const { measured } = readStudy(dir);
  if (measured === null) throw unreadable(dir, 'the study in it measured nothing');
  return { ...measured, from: dir };
}

function jsonIn(dir: string, name: string): unknown {
  if (!existsSync(dir)) throw unreadable(dir, 'there is no such folder');
  const file = join(dir, name);
  if (!existsSync(file)) throw unreadable(dir, `it has no ${name}`);
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw unreadable(dir, `${name} cannot be read: ${errorText(error)}`);
  }
}

function checked<T>(dir: string, name: string, schema: z.ZodType<T>, data: unknown): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []) as (string | number)[];
  const what = issue === undefined ? 'it does not fit' : issueWords(issue, path, valueAt(data, path));
  throw unreadable(dir, `${name} is damaged: ${path.join('.') || 'the record'} ${what}`);
}

function unreadable(dir: string, reason: string): RehearseError {
  return failure('RUN_UNREADABLE', { dir, reason });
}
