// Builds `dist/`, or the folder that `--out` names: compiled JavaScript, and the report's style and scripts, which are read
// beside their modules.
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../src/base/project.ts';

const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } });
const dist = resolve(projectRoot, values.out);
rmSync(dist, { recursive: true, force: true });
const compiled = spawnSync('tsc', ['-p', 'tsconfig.build.json', '--outDir', dist], {
  cwd: projectRoot,
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
for (const file of globSync('{src,gateway}/**/*.{css,html,js}', { cwd: projectRoot }))
  cpSync(join(projectRoot, file), join(dist, file));
