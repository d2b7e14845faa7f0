/** Loads a scenario: parse, override, check the shape and what the parts say of each other. */
import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { failure, type Problem, ProblemsError } from '../base/errors.ts';
import { parseYaml, readText, schemaProblems, type YamlSource } from '../base/yaml.ts';
import { crossProblems } from './cross-check.ts';
import { type Scenario, scenarioSchema } from './schema.ts';

export interface LoadedScenario {
  readonly file: string;
  /** Folder that relative paths of the scenario count from. */
  readonly dir: string;
  readonly scenario: Scenario;
}

/**
 * Reads a scenario file. `overrides` are `path.to.key=value` (values in YAML), as given on the command line;
 * `moreChecks` find problems that need rooms further down. Throws a `ProblemsError` with every problem and its
 * place; with overrides, places count in the file as overridden.
 */
export function loadScenario(
  file: string,
  overrides: readonly string[] = [],
  moreChecks: (source: YamlSource) => Problem[] = () => [],
): LoadedScenario {
  const source = parseYaml(override(readText(file, 'Scenario'), overrides, file), file);
  const parsed = scenarioSchema.safeParse(source.data);
  const shape = parsed.success ? [] : schemaProblems(source, scenarioSchema, parsed.error);
  const problems = [...shape, ...crossProblems(source), ...moreChecks(source)];
  if (parsed.success && problems.length === 0)
    return { file, dir: dirname(resolve(file)), scenario: parsed.data };
  throw new ProblemsError(
    file,
    problems.sort((a, b) => a.line - b.line || a.column - b.column),
  );
}

/** Sets values in the text itself, so that every later problem still has a place. */
function override(text: string, overrides: readonly string[], file: string): string {
  const doc = parseDocument(text);
  if (overrides.length === 0 || doc.errors.length > 0) return text;
  for (const entry of overrides) {
    const eq = entry.indexOf('=');
    if (eq <= 0) throw failure('USAGE', { detail: `--set expects path=value, got "${entry}"` });
    const path = entry.slice(0, eq).split('.').map(step);
    const value = parseDocument(entry.slice(eq + 1));
    if (value.errors.length > 0) throw failure('USAGE', { detail: `--set ${entry}: the value is not YAML` });
    try {
      doc.setIn(path, value.toJS());
    } catch {
      throw failure('USAGE', {
        detail: `--set ${entry}: in ${file} a plain value stands on the way to that key`,
      });
    }
  }
  return doc.toString({ lineWidth: 0 });
}

function step(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}
