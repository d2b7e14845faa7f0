/**
 * Values of the wrong YAML type that Jackson takes all the same: a number or boolean where a text is wanted (a
 * password of digits), a text where a number or boolean is wanted, and a list or map out of an environment variable,
 * since the Java gateway puts variables in before it reads the YAML.
 */
import type { z } from 'zod';
import { ProblemsError } from '../../../src/base/errors.ts';
import { type Path, parseYaml } from '../../../src/base/yaml.ts';
import { type Draft, keyOf, setAt, sourceOf, valueAt, writtenAt } from './draft.ts';

/** Changes what can be changed; true when anything was. */
export function coerce(draft: Draft, issues: readonly z.core.$ZodIssue[]): boolean {
  let changed = false;
  for (const issue of issues) {
    if (issue.code !== 'invalid_type') continue;
    const path = issue.path as Path;
    const value = converted(draft, path, valueAt(draft.data, path), issue.expected);
    if (value === undefined) continue;
    changed = setAt(draft.data, path, value) || changed;
  }
  return changed;
}

function converted(draft: Draft, path: Path, value: unknown, expected: string): unknown {
  if (typeof value === 'number' || typeof value === 'boolean')
    return expected === 'string' ? (sourceOf(draft).textAt(path) ?? String(value)) : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (expected === 'number') return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
  if (expected === 'boolean') return { true: true, false: false }[text.toLowerCase()];
  const fromEnvironment = draft.variables.has(keyOf(writtenAt(draft, path)));
  return fromEnvironment && expected !== 'string' ? collection(text) : undefined;
}

function collection(text: string): unknown {
  try {
    const { data } = parseYaml(text, 'environment');
    return typeof data === 'object' && text !== '' ? data : undefined;
  } catch (error) {
    if (error instanceof ProblemsError) return undefined;
    throw error;
  }
}
