/** Request bodies: JSON against a schema, every problem named, and the answers to bodies that do not fit. */
import type { z } from 'zod';
import { issueWords } from '../../src/base/schema-words.ts';
import { shortened } from '../../src/base/shorten.ts';
import { nearest, suggestion } from '../../src/base/suggest.ts';
import { keysAt, type Path, valueAt } from '../../src/base/yaml.ts';
import { isTooDeep, TOO_DEEP } from '../../src/base/yaml-documents.ts';
import { type Answer, json, mistake } from './route.ts';

/** Characters of an answer that says what is wrong with a body. */
const LONGEST_TEXT = 2_000;

export type Read<T> = { readonly value: T } | { readonly refusal: Answer };

export interface ReadOptions {
  /** What does not fit ends in 500, as in the Java gateway. */
  readonly strict: boolean;
  /** Unknown fields are mistakes and not, as in the Java gateway, ignored. */
  readonly exact?: boolean;
  /** Stands for an empty body; without it an empty body does not fit. */
  readonly absent?: unknown;
}

/** Parses a body. Malformed JSON is 400 as in the Java gateway, in its shape. */
export function readJson<S extends z.ZodObject>(
  body: string,
  schema: S,
  options: ReadOptions,
): Read<z.output<S>> {
  const unreadable = (message: string) => ({ refusal: json({ code: 'JSON_PARSING_ERROR', message }, 400) });
  let given: unknown;
  try {
    given = body.trim() === '' ? options.absent : JSON.parse(body);
  } catch {
    return unreadable('The body is not JSON');
  }
  if (isTooDeep(given)) return unreadable(`In the body, ${TOO_DEEP}`);
  const known = options.exact === true ? schema : schema.strip();
  const parsed = known.safeParse(given);
  if (parsed.success) return { value: parsed.data as z.output<S> };
  return { refusal: mistake(options.strict, 400, problemText(parsed.error, schema, given)) };
}

/** The same for the query string; unknown parameters are ignored, as everywhere on the web. */
export function readQuery<S extends z.ZodObject>(
  query: Readonly<Record<string, string | undefined>>,
  schema: S,
): Read<z.output<S>> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return { value: parsed.data };
  return { refusal: json({ error: problemText(parsed.error, schema, query) }, 400) };
}

/** `proxyTo: is missing: expected …; did you mean the field "proxyto"?`: as a file's problems are told. */
function problemText(error: z.ZodError, schema: z.ZodObject, given: unknown): string {
  return error.issues
    .flatMap((issue) => issueTexts(issue, schema, given))
    .join('; ')
    .slice(0, LONGEST_TEXT);
}

function issueTexts(issue: z.core.$ZodIssue, schema: z.ZodObject, given: unknown): string[] {
  const path = issue.path as Path;
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path);
    return issue.keys.map((key) => `unknown field "${shortened(key)}"${suggestion(key, known)}`);
  }
  if (path.length === 0) return [`the body: ${issueWords(issue, path, given)}`];
  const value = valueAt(given, path);
  const meant = value === undefined ? misspelt(String(path.at(-1)), valueAt(given, path.slice(0, -1))) : '';
  return [`${shortened(path.join('.'))}: ${issueWords(issue, path, value)}${meant}`];
}

/** A field that is missing may be there under a name that is nearly its own. */
function misspelt(name: string, holder: unknown): string {
  const near = nearest(name, Object.keys(holder ?? {}));
  return near === undefined ? '' : `; "${shortened(near)}" is no field: did you mean "${name}"?`;
}
