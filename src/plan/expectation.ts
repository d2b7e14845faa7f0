/**
 * The routing oracle: which group a recorded query has to run in, by the scenario's word or by production's,
 * never by the gateway's rules.
 */
import { finder } from '../base/regex.ts';
import type { DumpRecord } from '../dump/record.ts';
import type { Expectation } from '../scenario/schema.ts';

export interface ExpectedGroup {
  readonly group: string;
  readonly because: string;
}

export type TextMatch = string | { readonly matches: string };

/** Compiles the expectations once; the answer is undefined when none holds for a query. */
export function expectationOracle(
  expectations: readonly Expectation[],
): (record: DumpRecord) => ExpectedGroup | undefined {
  const compiled = expectations.map((e, i) => ({ holds: compile(e), e, name: `expect.${i}` }));
  return (record) => {
    for (const { holds, e, name } of compiled) {
      if (!holds(record)) continue;
      const group = e.recorded ? record.routedTo?.group : e.group;
      if (group !== undefined) return { group, because: e.recorded ? `${name}: as recorded` : name };
    }
    return undefined;
  };
}

function compile({ when }: Expectation): (record: DumpRecord) => boolean {
  if (when === undefined) return () => true;
  const source = textTest(when.source);
  const user = textTest(when.user);
  const tags = when.clientTags;
  return (record) =>
    source(record.source ?? '') &&
    user(record.user) &&
    (tags === undefined ||
      (typeof tags === 'object'
        ? record.clientTags.includes(tags.includes)
        : record.clientTags.length > 0 === (tags === 'some')));
}

/** A test for a text match of the scenario; no match means any text. */
export function textTest(match: TextMatch | undefined): (text: string) => boolean {
  if (match === undefined) return () => true;
  if (typeof match === 'string') return (text) => text === match;
  return finder(match.matches);
}
