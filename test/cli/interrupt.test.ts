import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { countWishes } from '../../src/cli/interrupt.ts';

test.each([
  ['Ctrl-C in a terminal', ['signal', 'launcher'], ['first', 'known']],
  ['the launcher is quicker', ['launcher', 'signal'], ['first', 'known']],
  ['twice, in any order', ['launcher', 'signal', 'signal', 'launcher'], ['first', 'known', 'again', 'known']],
  ['a script that signals the launcher twice', ['launcher', 'launcher'], ['first', 'again']],
  ['a script that signals the process twice', ['signal', 'signal'], ['first', 'again']],
] as const)('%s', (_, messengers, wishes) => {
  const wished = countWishes();
  expect(messengers.map((by) => wished(by))).toEqual(wishes);
});

// The launcher starts a second process on Node 20 only; its part is played here: a channel, and a signal to both.
test('a signal that comes both ways ends in order, once', async () => {
  const child = spawn(process.execPath, [join(projectRoot, 'bin', 'rehearse.js'), 'stub', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const ended = once(child, 'exit');
  for await (const line of createInterface({ input: child.stderr as NodeJS.ReadableStream }))
    if (line.includes('simulated coordinator')) break;
  child.send('SIGTERM');
  child.kill('SIGTERM');
  const [code] = (await ended) as [number];
  expect(code).toBe(0);
});
