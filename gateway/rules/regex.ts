/**
 * Regular expressions of rules. MVEL's `~=` is `Pattern.matcher(text).matches()`, a match of the WHOLE text (mvel/mvel,
 * src/main/java/org/mvel2/ast/RegExMatch.java): `"zeppelin-7" ~= "zeppelin"` is false there and here. RE2 runs in time
 * linear in the text, so no header can make a rule slow; what RE2 lacks (look-around, back-references) is refused.
 */
import { RE2JS } from 're2js';
import { errorText } from '../../src/base/errors.ts';
import { RuleTextError } from './ast.ts';

/** A test of whole texts. `at` places the error of a pattern that cannot be used. */
export function fullMatcher(pattern: string, at: number): (text: string) => boolean {
  try {
    const compiled = RE2JS.compile(pattern);
    return (text) => compiled.testExact(text);
  } catch (error) {
    const hint = /\(\?[=!<]|\\[1-9]/.test(pattern)
      ? '; look-around and back-references are not supported'
      : '';
    throw new RuleTextError(
      `"${pattern}" is not a usable regular expression: ${errorText(error)}${hint}`,
      at,
    );
  }
}
