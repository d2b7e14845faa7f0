/** Reads a study's folder back. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorText, failure, type RehearseError } from '../../base/errors.ts';
import { issueWords } from '../../base/schema-words.ts';
import { valueAt } from '../../base/yaml.ts';
import type { StudyRecord } from './record.ts';
import { studyRecordSchema } from './record-schema.ts';

const FILE = 'capacity.json';

/** The record of a study's folder. Throws RUN_UNREADABLE for a missing, foreign or damaged one. */
export function readStudy(dir: string): StudyRecord {
  const file = join(dir, FILE);
  if (!existsSync(dir)) throw unreadable(dir, 'there is no such folder');
  if (!existsSync(file)) throw unreadable(dir, `it has no ${FILE}`);
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw unreadable(dir, `${FILE} cannot be read: ${errorText(error)}`);
  }
  const version = valueAt(data, ['formatVersion']);
  if (version !== 1)
    throw unreadable(
      dir,
      version === undefined
        ? `${FILE} is no record of a study`
        : `its format version is ${String(version)}; this program reads version 1`,
    );
  const parsed = studyRecordSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []) as (string | number)[];
  const what = issue === undefined ? 'it does not fit' : issueWords(issue, path, valueAt(data, path));
  throw unreadable(dir, `${FILE} is damaged: ${path.join('.') || 'the record'} ${what}`);
}

function unreadable(dir: string, reason: string): RehearseError {
  return failure('RUN_UNREADABLE', { dir, reason });
}
