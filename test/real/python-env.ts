/** A Python with one package from PyPI, installed once under .cache/. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../src/base/project.ts';

const run = promisify(execFile);

/** The release that the observations in the protocol notes were made with. */
const CLIENT = 'trino==0.340.0';

/** Path of a Python that can import `trino`. Makes the environment when it is missing; needs python3 with venv. */
export function pythonWithTrino(): Promise<string> {
  return pythonWith(CLIENT);
}

/** Path of a Python that has `name==version`, and of what that one needs, what is pinned besides. */
export async function pythonWith(requirement: string, ...pinned: readonly string[]): Promise<string> {
  const home = join(projectRoot, '.cache', `python-${requirement.replace('==', '-')}`);
  const python = join(home, 'bin', 'python');
  const done = join(home, 'complete');
  if (existsSync(done)) return python;
  await rm(home, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', home]);
  await run(python, [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    requirement,
    ...pinned,
  ]);
  // The mark is the last thing to appear, so an interrupted installation starts over.
  await run('touch', [`${done}.part`]);
  await rename(`${done}.part`, done);
  return python;
}
