/** The committed example: what its page was made of. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/base/project.ts';
import type { ReportInput } from '../../src/report/input.ts';

export const EXAMPLE = join(projectRoot, 'examples', 'report');

export function readExample(): ReportInput {
  const read = (name: string) => JSON.parse(readFileSync(join(EXAMPLE, `${name}.json`), 'utf8'));
  return { info: read('run'), events: read('events'), summary: read('summary'), verdict: read('verdict') };
}
