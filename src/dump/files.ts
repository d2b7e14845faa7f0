/** The dump files that names and globs stand for. */
import { existsSync, globSync } from 'node:fs';
import { resolve } from 'node:path';
import { DumpFault } from './fault.ts';

/** Files in the order given, matches of a glob by name; a file named twice is read once. */
export function dumpFiles(names: readonly string[]): {
  readonly files: readonly string[];
  readonly faults: readonly { readonly file: string; readonly fault: DumpFault }[];
} {
  const files = new Map<string, string>();
  const faults: { file: string; fault: DumpFault }[] = [];
  for (const name of names) {
    const isGlob = /[*?[{]/.test(name) && !existsSync(name);
    const matches = isGlob ? globSync(name).sort() : [name];
    if (matches.length === 0) faults.push({ file: name, fault: new DumpFault('missing', 'no file matches') });
    for (const file of matches) {
      if (!files.has(resolve(file))) files.set(resolve(file), file);
    }
  }
  return { files: [...files.values()], faults };
}
