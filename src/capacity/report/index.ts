/** Writes what a study amounts to into its folder, in every form that somebody or something reads. */
import { join } from 'node:path';
import { writeJson, writeWhole } from '../../base/files.ts';
import type { StudyRecord } from '../study/record.ts';
import { CSV_TABLES } from './csv.ts';
import { renderStudy } from './page.ts';

/** capacity.json, index.html and one CSV for each table. */
export function writeStudy(dir: string, record: StudyRecord): void {
  writeJson(join(dir, 'capacity.json'), record);
  writeRendered(dir, record);
}

/** The rendered forms alone, for a record that stands there already. */
export function writeRendered(dir: string, record: StudyRecord): void {
  writeWhole(join(dir, 'index.html'), renderStudy(record));
  for (const [file, table] of Object.entries(CSV_TABLES)) {
    const text = table(record);
    if (text !== '') writeWhole(join(dir, file), text);
  }
}
