/** The jobs that the docs offer, held to the services' own schemas (check-jsonschema carries them). */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { pythonWith } from './python-env.ts';

const run = promisify(execFile);
const CHECKER = 'check-jsonschema==0.39.0';

test.each([
  ['github-actions.yml', ['--builtin-schema', 'vendor.github-workflows']],
  ['gitlab-ci.yml', ['--builtin-schema', 'vendor.gitlab-ci', '--data-transform', 'gitlab-ci']],
])('%s', async (file, schema) => {
  const python = await pythonWith(CHECKER);
  const job = join(projectRoot, 'examples/ci', file);
  const { stdout } = await run(python, ['-m', 'check_jsonschema', ...schema, job]);
  expect(stdout).toContain('ok -- validation done');
});
