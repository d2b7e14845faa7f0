/** What an external router answers: the JSON of the Java gateway (its ExternalRouterResponse). */
import { z } from 'zod';
import { type HeaderChanges, isSettable } from '../header-changes.ts';

export interface ExternalAnswer {
  /** Undefined when none was named: null, empty or absent. */
  readonly group: string | undefined;
  readonly errors: readonly string[];
  /** Fields to set on the request; those that may not be set are left out and named in `dropped`. */
  readonly headers: HeaderChanges;
  readonly dropped: readonly string[];
}

/** Texts, numbers and booleans count as text, as in Jackson; anything else makes the answer unusable. */
const text = z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]);

const shape = z.object({
  routingGroup: text.nullish(),
  errors: z.array(text.nullable()).nullish(),
  externalHeaders: z.record(z.string(), text.nullable()).nullish(),
});

/** Reads an answer's body. A string says why it is none. `excluded`: header names, in lower case. */
export function readAnswer(body: string, excluded: ReadonlySet<string>): ExternalAnswer | string {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return 'the answer is not JSON';
  }
  const read = shape.safeParse(json);
  if (!read.success)
    return `the answer is of another form: ${read.error.issues[0]?.path.join('.') || 'no object'}`;
  const { routingGroup, errors, externalHeaders } = read.data;
  return {
    group: routingGroup === '' ? undefined : (routingGroup ?? undefined),
    errors: (errors ?? []).filter((e) => e !== null),
    ...settable(externalHeaders ?? {}, excluded),
  };
}

function settable(
  fields: Readonly<Record<string, string | null>>,
  excluded: ReadonlySet<string>,
): Pick<ExternalAnswer, 'headers' | 'dropped'> {
  const headers = new Map<string, string>();
  const dropped: string[] = [];
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(fields)) {
    const lower = name.toLowerCase();
    if (value === null || excluded.has(lower)) continue;
    if (isSettable(name, value) && !seen.has(lower)) headers.set(name, value);
    else dropped.push(name);
    seen.add(lower);
  }
  return { headers, dropped };
}
