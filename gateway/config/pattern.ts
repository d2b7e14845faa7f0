/**
 * Regular expressions out of a configuration. They are written in Java's syntax, match the WHOLE text
 * (`Matcher.matches()`), and run in time linear in the text (RE2), so that no request can make one slow.
 */
import { RE2JS } from 're2js';
import { z } from 'zod';
import { errorText } from '../../src/base/errors.ts';

const BEYOND_RE2 = /\(\?(?:[=!>]|<[=!])|\\[1-9]|\\k<|[*+?}]\+/;

/** A test of whole texts, or the reason why there is none. */
export function fullMatch(pattern: string): ((text: string) => boolean) | { readonly problem: string } {
  try {
    const compiled = RE2JS.compile(pattern);
    return (text) => compiled.testExact(text);
  } catch (error) {
    const hint = BEYOND_RE2.test(pattern)
      ? '; look-around, back-references and possessive repetition are not supported, as they have no bound in time'
      : '';
    return { problem: `${errorText(error).replace(/^error parsing regexp: /, '')}${hint}` };
  }
}

/** A pattern that can be used; the parsed value is its text, for `fullMatch`. */
export const pattern = () =>
  z.string().superRefine((text, ctx) => {
    const compiled = fullMatch(text);
    if ('problem' in compiled) {
      ctx.addIssue({
        code: 'custom',
        message: `expected a regular expression, got "${text}": ${compiled.problem}`,
      });
    }
  });
