/**
 * Reads a YAML file against a schema and reports every problem at once, each with file:line:column.
 */
import { readFileSync } from 'node:fs';
import { type Document, isMap, isScalar, isSeq, type Node } from 'yaml';
import { z } from 'zod';
import { errorText, failure, formatProblem, type Problem, ProblemsError } from './errors.ts';
import { issueWords } from './schema-words.ts';
import { isSecretKey } from './secrets.ts';
import { nearest, suggestion } from './suggest.ts';
import { parseDurationMs, parseSizeBytes } from './units.ts';
import { isTooDeep, syntaxText, TOO_DEEP, type YamlDocuments, yamlDocuments } from './yaml-documents.ts';

export type Path = readonly (string | number)[];

/** A parsed YAML text that can tell where a value stands. */
export interface YamlSource {
  readonly file: string;
  readonly data: unknown;
  /** True for a text that says nothing, comments apart; its data is an empty map. */
  readonly isEmpty: boolean;
  /** What a value is called in messages: the dotted path of the key that it is written under. */
  nameOf(path: Path): string;
  /** Place of the value (or, with `key`, of the key) at a path; the nearest existing parent when absent. */
  problemAt(path: Path, message: string, at?: 'key' | 'value'): Problem;
  /** A plain value as it is written in the file, before YAML made a number or a boolean of it. */
  textAt(path: Path): string | undefined;
}

/** A duration such as `10s`; the parsed value is milliseconds. */
export const duration = () =>
  z
    .string('expected a duration with its unit, such as 500ms, 10s or 2m')
    .describe('duration, such as 500ms, 10s, 2m, 1h')
    .transform((text, ctx) => {
      const ms = parseDurationMs(text);
      if (ms === undefined) {
        ctx.addIssue({
          code: 'custom',
          message: `expected a duration such as 500ms, 10s or 2m, got "${text}"`,
        });
        return z.NEVER;
      }
      return ms;
    });

/** A size such as `16MB`; the parsed value is bytes. */
export const size = () =>
  z
    .string('expected a size with its unit, such as 16kB or 32MB')
    .describe('size, such as 16kB, 32MB, 1GB')
    .transform((text, ctx) => {
      const bytes = parseSizeBytes(text);
      if (bytes === undefined) {
        ctx.addIssue({ code: 'custom', message: `expected a size such as 16kB or 32MB, got "${text}"` });
        return z.NEVER;
      }
      return bytes;
    });

/** Reads a file as text, or fails with a clear message naming what it was for. */
export function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason = code === 'ENOENT' ? 'no such file' : errorText(error);
    throw failure('FILE_MISSING', { what, file, reason }, error);
  }
}

/** A value that stands in for what the file says, or beside it. */
export interface Override {
  readonly path: Path;
  readonly value: unknown;
  /** Where it was given, for messages: `--set load.speed`. */
  readonly origin: string;
}

/**
 * Parses YAML text; syntax errors and duplicate keys are thrown together. Problems with an overridden value name where
 * it was given; all others have their place in the file as it is. Throws `USAGE` for an override that has no place.
 */
export function parseYaml(text: string, file: string, overrides: readonly Override[] = []): YamlSource {
  const parsed = yamlDocuments(text);
  const doc = onlyDocument(parsed, file);
  for (const override of overrides) apply(doc, override, file);
  const data = plainData(doc, file);
  return {
    file,
    data: data ?? {},
    isEmpty: data === null,
    nameOf: (path) => path.join('.'),
    problemAt(path, message, at = 'value') {
      const given = overrides.findLast((override) => concerns(doc, override, path));
      if (given !== undefined) return { file: given.origin, message, line: 0, column: 0 };
      return { file, message, ...parsed.position(offsetOf(doc, path, at)) };
    },
    textAt: (path) => {
      const node = doc.getIn(path, true);
      return isScalar(node) ? node.source : undefined;
    },
  };
}

function onlyDocument({ documents, position, problems }: YamlDocuments, file: string): Document {
  const syntax = problems.map(({ message, offset }) => ({ file, message, ...position(offset) }));
  const [doc, second] = documents;
  if (doc !== undefined && second !== undefined)
    syntax.push({
      file,
      message: 'expected one YAML document, found another here',
      ...position(second.range[0]),
    });
  if (doc === undefined || syntax.length > 0) throw new ProblemsError(file, syntax);
  return doc;
}

function apply(doc: Document, { path, value, origin }: Override, file: string): void {
  const detail = (why: string) => failure('USAGE', { detail: `${origin}: ${why}` });
  for (const [depth, key] of path.entries()) {
    const list = depth === 0 ? doc.contents : doc.getIn(path.slice(0, depth), true);
    if (isSeq(list) && typeof key === 'number' && key > list.items.length) {
      const name = path.slice(0, depth).join('.');
      throw detail(
        `${name} in ${file} has ${list.items.length} entries, the next one is ${name}.${list.items.length}`,
      );
    }
  }
  try {
    doc.setIn(path, doc.createNode(value));
  } catch {
    throw detail(`in ${file} a plain value stands on the way to that key`);
  }
}

/** True when the override made what stands at the path, or, where nothing does, what it is missing in. */
function concerns(doc: Document, override: Override, path: Path): boolean {
  let depth = path.length;
  while (depth > 0 && doc.getIn(path.slice(0, depth), true) === undefined) depth--;
  const node = (depth === 0 ? doc.contents : doc.getIn(path.slice(0, depth), true)) as Node | null;
  const shared = Math.min(depth, override.path.length);
  // What was read from the file knows its range there.
  return node?.range === undefined && override.path.slice(0, shared).every((key, i) => key === path[i]);
}

/** The data of a document; aliases that unfold without end, or nest too deep, are a problem of the file. */
function plainData(doc: Document, file: string): unknown {
  const problem = (message: string) => new ProblemsError(file, [{ file, line: 1, column: 1, message }]);
  let data: unknown;
  try {
    data = doc.toJS() as unknown;
  } catch (error) {
    const isAlias = errorText(error).startsWith('Unresolved alias');
    throw problem(isAlias ? syntaxText('BAD_ALIAS', '') : syntaxText('', errorText(error)));
  }
  if (isTooDeep(data)) throw problem(`by way of its aliases, ${TOO_DEEP}`);
  return data;
}

/** Parses and checks; throws a `ProblemsError` that lists all problems in the order of their places. */
export function readYaml<S extends z.ZodType>(source: YamlSource, schema: S): z.output<S> {
  const parsed = schema.safeParse(source.data);
  if (parsed.success) return parsed.data;
  throw new ProblemsError(source.file, schemaProblems(source, schema, parsed.error));
}

/**
 * The problems of a failed check, with places, sorted as they stand in the file. `prefix` is the path at which
 * the checked value stands, when it is only a part of the file. Plain values are quoted where one is expected, unless
 * a secret is expected there; what stands in the place of a map or a list is not, since a secret may be in it.
 */
export function schemaProblems(
  source: YamlSource,
  schema: z.ZodType,
  error: z.ZodError,
  prefix: Path = [],
): Problem[] {
  const lost = secretsMissing(source, error, prefix);
  const problems = error.issues.flatMap((issue) => issueProblems(source, schema, issue, prefix, lost));
  // A value that stands for two keys is told once.
  const told = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  return [...told.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Of one map; where there are more, the file is of another kind. */
const MOST_UNKNOWN_KEYS = 20;

/** Maps without the secret that they need: it may be the unknown key, as in `ann: {hunter2: ADMIN}`. */
function secretsMissing(source: YamlSource, { issues }: z.ZodError, prefix: Path): Set<string> {
  const missing = issues
    .map(({ path }) => [...prefix, ...(path as Path)])
    .filter((path) => isSecretKey(path.at(-1) ?? '') && valueAt(source.data, path) === undefined);
  return new Set(missing.map((path) => JSON.stringify(path.slice(0, -1))));
}

function issueProblems(
  source: YamlSource,
  schema: z.ZodType,
  issue: z.core.$ZodIssue,
  prefix: Path,
  lost: ReadonlySet<string>,
): Problem[] {
  const path = [...prefix, ...(issue.path as Path)];
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path as Path);
    const isHidden = (key: string) =>
      path.some(isSecretKey) || (lost.has(JSON.stringify(path)) && nearest(key, known) === undefined);
    const told = issue.keys.slice(0, MOST_UNKNOWN_KEYS).map((key) => {
      const name = isHidden(key) ? '' : ` "${key}"`;
      return source.problemAt([...path, key], `unknown key${name}${suggestion(key, known)}`, 'key');
    });
    const more = issue.keys.length - told.length;
    const beyond = [...path, issue.keys[MOST_UNKNOWN_KEYS] ?? ''];
    return more === 0 ? told : [...told, source.problemAt(beyond, `${more} more unknown keys`, 'key')];
  }
  const name = path.length === 0 ? 'the file' : source.nameOf(path);
  return [source.problemAt(path, `${name}: ${issueWords(issue, path, valueAt(source.data, path))}`)];
}

/** The value at a path, or undefined. Only keys of the data's own are looked at. */
export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, key)
        ? (at as Record<string | number, unknown>)[key]
        : undefined,
    data,
  );
}

function offsetOf(doc: Document, path: Path, at: 'key' | 'value'): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const here = path.slice(0, depth);
    const last = here.at(-1);
    const parent = depth > 0 ? (doc.getIn(here.slice(0, -1), true) as Node | undefined) : undefined;
    const wantKey = at === 'key' || depth < path.length;
    if (wantKey && parent && isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === last);
      if (pair && isScalar(pair.key)) return pair.key.range?.[0] ?? 0;
    }
    const node = (depth === 0 ? doc.contents : doc.getIn(here, true)) as Node | undefined;
    if (node?.range) return node.range[0];
  }
  return 0;
}

/** The keys a schema allows at a path: looks through optionals, defaults, arrays, records and unions. */
export function keysAt(schema: z.ZodType, path: Path): string[] {
  let candidates = unwrap(schema);
  for (const step of path) candidates = candidates.flatMap((s) => child(s, step)).flatMap(unwrap);
  return candidates.flatMap((s) => (s instanceof z.ZodObject ? Object.keys(s.shape) : []));
}

function unwrap(schema: z.ZodType): z.ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return unwrap(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return unwrap(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodPipe) return unwrap(schema.in as z.ZodType);
  if (schema instanceof z.ZodUnion) return (schema.options as readonly z.ZodType[]).flatMap(unwrap);
  return [schema];
}

function child(schema: z.ZodType, step: string | number): z.ZodType[] {
  if (schema instanceof z.ZodArray) return [schema.element as z.ZodType];
  if (schema instanceof z.ZodRecord) return [schema.valueType as z.ZodType];
  if (schema instanceof z.ZodObject && typeof step === 'string') {
    const inner = schema.shape[step] as z.ZodType | undefined;
    return inner ? [inner] : [];
  }
  return [];
}
