// Builds `dist/`: compiled JavaScript, and the report's style and scripts, which are read beside their modules.
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../src/base/project.ts';

const dist = join(projectRoot, 'dist');
rmSync(dist, { recursive: true, force: true });
const compiled = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { cwd: projectRoot, stdio: 'inherit' });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
for (const file of globSync('{src,gateway}/**/*.{css,html,js}', { cwd: projectRoot }))
  cpSync(join(projectRoot, file), join(dist, file));
