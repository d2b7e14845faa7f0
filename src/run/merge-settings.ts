/** What parts of one run must have in common, or they were not one run: a part judged by another's gates proves nothing. */
import { isDeepStrictEqual } from 'node:util';
import { fieldsOf } from '../base/lines.ts';
import type { RunInfo } from '../measure/record/run-info.ts';

/** Parts may run on machines of their own; all that decides what was sent where, and how it is judged, is one. */
const ALIKE = [
  'scenario',
  'rules',
  'judge',
  'gateway',
  'baseline',
  'clusters',
  'evidence',
  'simulated',
  'seed',
] as const;
const MOST_NAMED = 5;

/** Names of the settings that differ, as paths (`scenario.gates`); the first few, and how many more. */
export function differingSettings(a: RunInfo, b: RunInfo): readonly string[] {
  const paths = ALIKE.flatMap((name) => differing(name, a[name], b[name]));
  const version = a.versions.rehearse === b.versions.rehearse ? [] : ['version of rehearse'];
  const all = [...paths, ...version];
  const more = all.length - MOST_NAMED;
  return more > 0 ? [...all.slice(0, MOST_NAMED), `${more} more`] : all;
}

function differing(path: string, a: unknown, b: unknown): readonly string[] {
  if (isDeepStrictEqual(a, b)) return [];
  if (!isPlain(a) || !isPlain(b)) return [path];
  const [left, right] = [fieldsOf(a), fieldsOf(b)];
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return names.flatMap((name) => differing(`${path}.${name}`, left[name], right[name]));
}

const isPlain = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
