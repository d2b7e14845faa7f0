/** Request bodies: JSON against a schema, every problem named, and the answers to bodies that do not fit. */
import type { z } from 'zod';
import { type Answer, json, mistake } from './route.ts';

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
  let given: unknown;
  try {
    given = body.trim() === '' ? options.absent : JSON.parse(body);
  } catch {
    return { refusal: json({ code: 'JSON_PARSING_ERROR', message: 'The body is not JSON' }, 400) };
  }
  const known = options.exact === true ? schema : schema.strip();
  const parsed = known.safeParse(given);
  if (parsed.success) return { value: parsed.data as z.output<S> };
  return { refusal: mistake(options.strict, 400, problemText(parsed.error)) };
}

/** The same for the query string; unknown parameters are ignored, as everywhere on the web. */
export function readQuery<S extends z.ZodObject>(
  query: Readonly<Record<string, string | undefined>>,
  schema: S,
): Read<z.output<S>> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return { value: parsed.data };
  return { refusal: json({ error: problemText(parsed.error) }, 400) };
}

/** `proxyTo: expected …; Unrecognized key: "colour"`. */
export function problemText(error: z.ZodError): string {
  return error.issues
    .map((i) => (i.path.length === 0 ? i.message : `${i.path.join('.')}: ${i.message}`))
    .join('; ')
    .slice(0, 2_000);
}
