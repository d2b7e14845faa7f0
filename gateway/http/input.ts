/** Request bodies: JSON against a schema, every problem named, and the answers to bodies that do not fit. */
import type { z } from 'zod';
import { type Answer, json, text } from './route.ts';

export type Read<T> = { readonly value: T } | { readonly refusal: Answer };

export interface ReadOptions {
  /** The Java gateway's way: unknown fields are ignored, and what does not fit ends in 500. */
  readonly strict: boolean;
  /** Stands for an empty body; without it an empty body does not fit. */
  readonly absent?: unknown;
  /** Fields that are no mistake and mean nothing. */
  readonly ignored?: readonly string[];
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
  const known = options.strict ? schema.strip() : schema;
  const parsed = known.safeParse(withoutIgnored(given, options.ignored ?? []));
  if (parsed.success) return { value: parsed.data as z.output<S> };
  return { refusal: text(options.strict ? 500 : 400, problemText(parsed.error)) };
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

function withoutIgnored(given: unknown, ignored: readonly string[]): unknown {
  if (ignored.length === 0 || typeof given !== 'object' || given === null || Array.isArray(given))
    return given;
  return Object.fromEntries(Object.entries(given).filter(([key]) => !ignored.includes(key)));
}

/** `proxyTo: expected …; Unrecognized key: "colour"`. */
export function problemText(error: z.ZodError): string {
  return error.issues
    .map((i) => (i.path.length === 0 ? i.message : `${i.path.join('.')}: ${i.message}`))
    .join('; ')
    .slice(0, 2_000);
}
