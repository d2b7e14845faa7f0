/** Writes the table of a whole run into docs/compatibility.md, between its two marks. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../src/base/project.ts';
import { forDocs, type Result } from './table.ts';

const FILE = join(projectRoot, 'docs', 'compatibility.md');
const BEGIN = '<!-- table: npm run test:real with UPDATE_COMPATIBILITY=1 -->';
const END = '<!-- end of table -->';

export function writeCompatibility(results: readonly Result[], version: string): void {
  const text = readFileSync(FILE, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${FILE} has no marks for the table`);
  writeFileSync(FILE, `${before}${BEGIN}\n\n${forDocs(results, version)}\n${END}${after}`);
}
