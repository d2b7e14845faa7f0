/** A configuration on its way from the file to the schema: what was written, and what became of it. */
import type { Problem } from '../../../src/base/errors.ts';
import { type Path, valueAt, type YamlSource } from '../../../src/base/yaml.ts';

export { valueAt };

type Data = Record<string, unknown>;

/** Why a value is there that does not stand in the file under its own name. */
export type Reason = { readonly kind: 'mapped'; readonly from: Path } | { readonly kind: 'compat' };

/** Worked on by the steps that read a file, one after the other. */
export interface Draft {
  readonly source: YamlSource;
  /** A copy of the file's data that the steps change. */
  readonly data: Data;
  /** By `keyOf` of the path at which a value now stands. */
  readonly reasons: Map<string, Reason>;
  /** Names of the environment variables in a value, by `keyOf` of its path in the file. */
  readonly variables: Map<string, readonly string[]>;
  /** Texts that must not be shown. */
  readonly secrets: Set<string>;
  /** What stops the start. */
  readonly problems: Problem[];
  /** What is accepted, and still worth a line. */
  readonly notes: Problem[];
}

export function newDraft(source: YamlSource): Draft {
  return {
    source,
    data: withoutNulls(source.data) as Data,
    reasons: new Map(),
    variables: new Map(),
    secrets: new Set(),
    problems: [],
    notes: [],
  };
}

export function keyOf(path: Path): string {
  return JSON.stringify(path);
}

export function isMap(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets a value, making the maps on the way; false when something else than a map stands there. */
export function setAt(data: Data, path: Path, value: unknown): boolean {
  const last = path.at(-1);
  if (last === undefined) return false;
  let at: unknown = data;
  for (const key of path.slice(0, -1)) {
    if (typeof at !== 'object' || at === null) return false;
    const holder = at as Record<string | number, unknown>;
    if (!Object.hasOwn(holder, key)) holder[key] = {};
    at = holder[key];
  }
  if (typeof at !== 'object' || at === null) return false;
  (at as Record<string | number, unknown>)[last] = value;
  return true;
}

export function removeAt(data: Data, path: Path): void {
  const holder = valueAt(data, path.slice(0, -1));
  const last = path.at(-1);
  if (isMap(holder) && last !== undefined) delete holder[last];
}

/** Where a value of the draft stands in the file. */
export function writtenAt(draft: Draft, path: Path): Path {
  for (let depth = path.length; depth > 0; depth--) {
    const reason = draft.reasons.get(keyOf(path.slice(0, depth)));
    if (reason?.kind === 'mapped') return [...reason.from, ...path.slice(depth)];
  }
  return path;
}

/** The draft as a source for checks: places are those of the file, whatever has been moved. */
export function sourceOf(draft: Draft): YamlSource {
  const { source, data } = draft;
  return {
    ...source,
    data,
    nameOf: (path) => writtenAt(draft, path).join('.'),
    problemAt: (path, message, at) => source.problemAt(writtenAt(draft, path), message, at),
    textAt: (path) => source.textAt(writtenAt(draft, path)),
  };
}

export function problem(draft: Draft, path: Path, message: string, at: 'key' | 'value' = 'value'): void {
  draft.problems.push(draft.source.problemAt(path, message, at));
}

export function note(draft: Draft, path: Path, message: string): void {
  draft.notes.push(draft.source.problemAt(path, message, 'key'));
}

/** `key:` without a value means that the key is absent, as Jackson has it for nearly every key. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  );
}
