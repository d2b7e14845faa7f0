/**
 * Regular expressions of rules. MVEL's `~=` and Java's `matches` are matches of the WHOLE text (mvel/mvel,
 * src/main/java/org/mvel2/ast/RegExMatch.java): `"zeppelin-7" ~= "zeppelin"` is false there and here. RE2 runs in time
 * linear in the text, so no header can make a rule slow; what RE2 lacks or reads in another way is refused.
 */
import { RE2JS } from 're2js';
import { errorText } from '../../src/base/errors.ts';
import { javaPattern } from './java-pattern.ts';
import { RuleTextError } from './language/ast.ts';
import { RuleFault } from './values/value.ts';

/** The longest pattern, in characters. */
const MAX_PATTERN = 2_000;
/** Patterns that a rule makes while it runs and that are kept compiled. */
const MAX_KEPT = 200;

const kept = new Map<string, RE2JS>();

/** Compiles a pattern that a rule spells out. `at` places the error of one that cannot be used. */
export function compilePattern(pattern: string, at: number): RE2JS {
  const found = tryCompile(pattern);
  if (typeof found !== 'string') return found;
  throw new RuleTextError(`"${pattern}" is not a usable regular expression: ${found}`, at);
}

/** Compiles a pattern that a rule makes while it runs. Throws `RuleFault`. */
export function patternAtRunTime(pattern: string): RE2JS {
  const before = kept.get(pattern);
  if (before !== undefined) return before;
  const found = tryCompile(pattern);
  if (typeof found === 'string') {
    throw new RuleFault(`"${pattern.slice(0, 80)}" is not a usable regular expression: ${found}`);
  }
  if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value ?? '');
  kept.set(pattern, found);
  return found;
}

export function matchesWhole(regex: RE2JS, text: string): boolean {
  return regex.testExact(text);
}

function tryCompile(pattern: string): RE2JS | string {
  if (pattern.length > MAX_PATTERN)
    return `expected at most ${MAX_PATTERN} characters, got ${pattern.length}`;
  const translated = javaPattern(pattern);
  if ('problem' in translated) return translated.problem;
  try {
    return RE2JS.compile(translated.pattern);
  } catch (error) {
    return errorText(error);
  }
}
