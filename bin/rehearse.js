#!/usr/bin/env node
// Starts rehearse on the Node it needs: this one when it is new enough, else the one pinned in node_modules.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED_MAJOR = 24;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'src', 'cli', 'main.ts');
const main = existsSync(source) ? source : join(root, 'dist', 'src', 'cli', 'main.js');
const major = Number(process.versions.node.split('.')[0]);

if (major >= NEEDED_MAJOR) {
  // What Node makes of the sources is kept beside them, where nobody writes who may not write these: commands start sooner.
  module.enableCompileCache?.(join(root, '.cache', 'compile'));
  await import(main);
} else {
  const names = process.platform === 'win32' ? ['node.exe', 'node.cmd'] : ['node'];
  const pinned = [join(root, 'node_modules', '.bin'), join(root, '..', '.bin')]
    .flatMap((dir) => names.map((name) => join(dir, name)))
    .find(existsSync);
  if (pinned === undefined) {
    process.stderr.write(
      `rehearse needs Node.js ${NEEDED_MAJOR} or newer; this is ${process.version} and no pinned one is installed.\n` +
        `Run npm ci in ${root}, or install Node.js ${NEEDED_MAJOR}.\n`,
    );
    process.exit(3);
  }
  // The channel tells the child when we are gone, so that it does not live on alone.
  const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // A terminal or a service manager sends a signal to both, a script perhaps only to us; the child counts both as one. SIGHUP is
  // no end for `rehearse gateway`, but a wish to read the configuration again.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(name, () => {
      if (child.connected) child.send(name);
      else child.kill(name);
    });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
