/** `java.util.regex.Pattern` and `Matcher`, as far as rules search with them. */
import type { RE2JS } from 're2js';
import { chargeMatch, matchesWhole } from '../regex.ts';
import type { Run } from '../run.ts';
import { type MatcherValue, type PatternValue, RuleFault, type Value } from '../values/value.ts';
import { type MethodTable, method } from './method.ts';

export const PATTERN: MethodTable = {
  matcher: [
    method<PatternValue, [string]>(['chars'], 'matcher', ({ regex }, [text]) => ({
      kind: 'matcher',
      regex,
      text,
      from: 0,
      groups: undefined,
    })),
  ],
  pattern: [method<PatternValue>([], 'string', ({ source }) => source)],
};

/** Runs the pattern from where the last search ended, and keeps the groups of what it finds. */
function search(
  value: MatcherValue,
  run: Run,
  found: (matcher: ReturnType<RE2JS['matcher']>) => boolean,
): boolean {
  chargeMatch(run, value.regex, value.text);
  const matcher = value.regex.matcher(value.text);
  if (!found(matcher)) {
    value.groups = undefined;
    value.from = value.text.length + 1;
    return false;
  }
  value.groups = Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i));
  value.from = matcher.end() + (matcher.end() === matcher.start() ? 1 : 0);
  return true;
}

function group({ groups }: MatcherValue, index: number): Value {
  if (groups === undefined) throw new RuleFault('no match was found');
  if (index < 0 || index >= groups.length) throw new RuleFault(`there is no group ${index}`);
  return groups[index] ?? null;
}

export const MATCHER: MethodTable = {
  matches: [method<MatcherValue>([], 'boolean', (value, _, run) => search(value, run, (m) => m.matches()))],
  lookingAt: [
    method<MatcherValue>([], 'boolean', (value, _, run) => search(value, run, (m) => m.lookingAt())),
  ],
  find: [
    method<MatcherValue>(
      [],
      'boolean',
      (value, _, run) => value.from <= value.text.length && search(value, run, (m) => m.find(value.from)),
    ),
  ],
  group: [
    method<MatcherValue>([], 'string', (value) => group(value, 0)),
    method<MatcherValue, [number]>(['int'], 'string', (value, [index]) => group(value, index)),
  ],
  groupCount: [method<MatcherValue>([], 'int', ({ groups }) => (groups?.length ?? 1) - 1)],
};

/** `Pattern.matches(pattern, text)`. */
export function patternMatches(regex: RE2JS, text: string, run: Run): boolean {
  chargeMatch(run, regex, text);
  return matchesWhole(regex, text);
}
