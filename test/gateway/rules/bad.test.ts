// Rules files that are wrong, and some that mean harm: each is refused when it is read, with its exact messages
// (bad/messages.txt; `vitest -u` writes them anew).
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadRules } from '../../../gateway/rules/rules-file.ts';
import { ProblemsError } from '../../../src/base/errors.ts';
import { projectRoot } from '../../../src/base/project.ts';

const folder = join(projectRoot, 'test/gateway/rules/bad');
const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));

/** Long texts in a message are cut, so that the golden file can be read. */
const shown = (message: string) => message.replaceAll(/(.)\1{60,}/g, '$1$1$1…');

function messages(file: string): string[] {
  try {
    loadRules(join(folder, file), { analyzeRequest: false });
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return error.problems.map(({ line, column, message }) => `${line}:${column}: ${shown(message)}`);
  }
  return [];
}

describe('bad rules files', () => {
  test.each(files)('%s is refused', (file) => {
    expect(messages(file)).not.toEqual([]);
  });

  test('with exactly these messages', async () => {
    const all = files.map((file) => [file, ...messages(file).map((m) => `  ${m}`)].join('\n')).join('\n\n');
    expect(files.length).toBeGreaterThanOrEqual(40);
    await expect(`${all}\n`).toMatchFileSnapshot(join(folder, 'messages.txt'));
  });
});
