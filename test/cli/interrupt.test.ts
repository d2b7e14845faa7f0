// A command hears that whoever started it is gone, also when that was before it listened.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { temporaryFolder } from './harness.ts';

const MODULE = pathToFileURL(join(projectRoot, 'src', 'cli', 'interrupt.ts')).href;

const LATE = `
process.once('disconnect', async () => {
  const { interruptSignal } = await import('${MODULE}');
  const { aborted, reason } = interruptSignal({ hangUp: 'ends' });
  console.log(aborted ? reason.cause : 'goes on');
});
`;

const EARLY = `
const { interruptSignal } = await import('${MODULE}');
const signal = interruptSignal({ hangUp: 'ends' });
const alive = setInterval(() => {}, 1000);
signal.addEventListener('abort', () => {
  console.log(signal.reason.cause);
  clearInterval(alive);
});
process.send('listening');
`;

test.each([
  ['before it listened', LATE],
  ['while it worked', EARLY],
])('the starter is gone %s', async (_, text) => {
  const script = join(temporaryFolder(), 'child.mjs');
  writeFileSync(script, text);
  const child = fork(script, { execArgv: [], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  if (text === EARLY) await new Promise((resolve) => child.once('message', resolve));
  const { stdout } = child;
  if (stdout === null) throw new Error('no output');
  let said = '';
  stdout.setEncoding('utf8').on('data', (piece: string) => {
    said += piece;
  });
  child.disconnect();
  await once(stdout, 'end');
  expect(said.trim()).toBe('the process that started this one is gone');
});
