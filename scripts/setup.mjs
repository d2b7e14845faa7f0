// Makes a fresh clone ready: runs before `npm start` and `npm test`, and must work on a bare Node 20.
// Silent when there is nothing to do, whoever has installed the packages.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './installed.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const [major] = process.versions.node.split('.').map(Number);
if (major < 20) {
  console.error(
    `Node.js 20 or newer is needed to set up; this is ${process.version}. Install it from nodejs.org.`,
  );
  process.exit(3);
}

if (!isInstalled(root)) {
  console.log('Setting up: installing packages (npm ci), this happens once …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const run = spawnSync(npm, ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (run.status !== 0) {
    console.error(
      'npm ci failed (see above). Check the network and the npm registry setting, then try again.',
    );
    process.exit(3);
  }
}
