/** Loads a scenario: parse, override, check the shape and what the parts say of each other. */
import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { failure, type Problem, ProblemsError } from '../base/errors.ts';
import { shortened } from '../base/shorten.ts';
import { type Override, parseYaml, readText, schemaProblems, type YamlSource } from '../base/yaml.ts';
import { crossProblems } from './cross-check.ts';
import { gatesDecided } from './gates-check.ts';
import { type Scenario, scenarioSchema } from './schema.ts';

export interface LoadedScenario {
  readonly file: string;
  /** SHA-256 of its text. */
  readonly fileSha256: string;
  /** Folder that relative paths of the scenario count from. */
  readonly dir: string;
  readonly scenario: Scenario;
  /** Where everything stands, for problems that show later. */
  readonly source: YamlSource;
}

/**
 * Reads a scenario file. `overrides` are `path.to.key=value` (values in YAML), as given on the command line;
 * `moreChecks` find problems that need rooms further down. Throws a `ProblemsError` with every problem and its
 * place: in the file, or the override that it comes from.
 */
export function loadScenario(
  file: string,
  overrides: readonly string[] = [],
  moreChecks: (source: YamlSource) => Problem[] = () => [],
): LoadedScenario {
  const text = readText(file, 'Scenario');
  const source = parseYaml(text, file, overrides.map(readOverride));
  const parsed = scenarioSchema.safeParse(source.data);
  const shape = parsed.success ? [] : schemaProblems(source, scenarioSchema, parsed.error);
  const problems = [...shape, ...crossProblems(source), ...moreChecks(source)];
  const decided = parsed.success && problems.length === 0 ? gatesDecided(source, parsed.data) : [];
  if (parsed.success && problems.length + decided.length === 0)
    return {
      ...{ file, dir: dirname(resolve(file)), scenario: parsed.data, source },
      fileSha256: createHash('sha256').update(text).digest('hex'),
    };
  throw new ProblemsError(
    file,
    [...problems, ...decided].sort((a, b) => a.line - b.line || a.column - b.column),
  );
}

/** `path.to.key=value`, the value in YAML. */
export function readOverride(entry: string): Override {
  const eq = entry.indexOf('=');
  if (eq <= 0) throw failure('USAGE', { detail: `--set expects path=value, got "${entry}"` });
  const name = entry.slice(0, eq);
  return { path: name.split('.').map(step), value: overrideValue(entry, eq), origin: `--set ${name}` };
}

function overrideValue(entry: string, eq: number): unknown {
  try {
    const { data, isEmpty } = parseYaml(entry.slice(eq + 1), '--set');
    return isEmpty ? null : data;
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    const reason = error.problems[0]?.message ?? '';
    throw failure('USAGE', { detail: `--set ${shortened(entry, 100)}: the value is not YAML: ${reason}` });
  }
}

function step(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}
