/** Where the package is and what version it has. Works from `src/` and from a built `dist/`. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'package.json'))) dir = dirname(dir);
  return dir;
}

/** The folder that holds package.json. */
export const projectRoot = findRoot();

/** The package's version. */
export const version: string = (
  JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string }
).version;

/** What Node made of the sources, kept from one process to the next; bin/rehearse.js has the same folder. */
export const compileCache = join(projectRoot, '.cache', 'compile');

/** File of a module given relative to the root, as source or as built: `src/stub/main` → a path node can run. */
export function entryPoint(module: string): string {
  const source = join(projectRoot, `${module}.ts`);
  return existsSync(source) ? source : join(projectRoot, 'dist', `${module}.js`);
}
