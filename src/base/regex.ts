/**
 * Regular expressions of scenarios and studies: found anywhere in a text, in time linear in it (RE2), so that no client's name can make
 * one slow. Look-around and back-references have no such bound and are refused.
 */
import { RE2JS } from 're2js';
import { errorText } from './errors.ts';

const BEYOND_RE2 = /\(\?(?:[=!>]|<[=!])|\\[1-9]|\\k</;

/** Whether the expression is found in a text. Throws what `regexProblem` says. */
export function finder(pattern: string): (text: string) => boolean {
  const compiled = RE2JS.compile(pattern);
  return (text) => compiled.test(text);
}

/** Why a text is no such expression; undefined when it is one, or is not there. */
export function regexProblem(pattern: string | undefined): string | undefined {
  if (pattern === undefined) return undefined;
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    const hint = BEYOND_RE2.test(pattern)
      ? ' (look-around and back-references are not supported: they have no bound in time)'
      : '';
    return `not a regular expression: ${errorText(error).replace(/^error parsing regexp: /, '')}${hint}`;
  }
}
