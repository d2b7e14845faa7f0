/** Which part of a plan a shard takes. */
import { failure } from '../base/errors.ts';
import type { Plan } from '../plan/plan.ts';
import { type Part, partRule } from '../replay/source.ts';

/** `3/16` as a part, counted from 0. Throws USAGE. */
export function parseShard(text: string): Part {
  const match = /^(\d{1,4})\/(\d{1,4})$/.exec(text);
  const [index, of] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || index < 1 || index > of)
    throw failure('USAGE', { detail: `--shard expects which of how many, such as 3/16, got "${text}"` });
  return { index: index - 1, of };
}

/** How many queries of the plan each part has. */
export function partCounts(plan: Plan, of: number, inSessions: boolean): readonly number[] {
  return Array.from(
    { length: of },
    (_, index) => plan.queries.filter(partRule({ index, of }, inSessions)).length,
  );
}
