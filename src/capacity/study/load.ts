/** Reads a study file, with overrides from the command line. */
import { dirname, resolve } from 'node:path';
import { parseYaml, readText, readYaml } from '../../base/yaml.ts';
import { readOverride } from '../../scenario/load.ts';
import { type Study, studySchema } from './schema.ts';

export interface LoadedStudy {
  readonly file: string;
  /** Folder that relative paths of the study count from. */
  readonly dir: string;
  readonly study: Study;
}

/** Throws a `ProblemsError` with every problem and its place. `overrides` are `path.to.key=value`. */
export function loadStudy(file: string, overrides: readonly string[] = []): LoadedStudy {
  const source = parseYaml(readText(file, 'Study'), file, overrides.map(readOverride));
  return { file, dir: dirname(resolve(file)), study: readYaml(source, studySchema) };
}
