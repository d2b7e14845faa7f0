/**
 * Regular expressions of rules. MVEL's `~=` and Java's `matches` are matches of the WHOLE text (mvel/mvel,
 * src/main/java/org/mvel2/ast/RegExMatch.java): `"zeppelin-7" ~= "zeppelin"` is false there and here. RE2 runs in time
 * linear in the text, so no header can make a rule slow; what RE2 lacks or reads in another way is refused.
 */
import { RE2JS } from 're2js';
import { errorText } from '../../src/base/errors.ts';
import { javaPattern } from './java-pattern.ts';
import { RuleTextError } from './language/ast.ts';
import { type Budget, charge, MAX_SEARCH_MS } from './values/limits.ts';
import { RuleFault } from './values/value.ts';

/** The longest pattern, in characters. */
const MAX_PATTERN = 5_000;
/** The largest program that a pattern may become: repetitions multiply (`(a?){1000}` is 4,000). */
const MAX_PROGRAM = 10_000;
/** The same for a pattern that a rule makes while it runs, perhaps out of what a client sends. */
const MAX_LATE_PATTERN = 500;
const MAX_LATE_PROGRAM = 1_000;
/** Patterns that a rule makes while it runs and that are kept compiled. */
const MAX_KEPT = 200;

const kept = new Map<string, RE2JS>();

/** Compiles a pattern that a rule spells out. `at` places the error of one that cannot be used. */
export function compilePattern(pattern: string, at: number): RE2JS {
  const found = tryCompile(pattern, MAX_PATTERN, MAX_PROGRAM);
  if (typeof found !== 'string') return found;
  throw new RuleTextError(`"${shown(pattern)}" is not a usable regular expression: ${found}`, at);
}

/** Compiles a pattern that a rule makes while it runs. Throws `RuleFault`. */
export function patternAtRunTime(pattern: string): RE2JS {
  const before = kept.get(pattern);
  if (before !== undefined) return before;
  const found = tryCompile(pattern, MAX_LATE_PATTERN, MAX_LATE_PROGRAM);
  if (typeof found === 'string') {
    throw new RuleFault(`"${shown(pattern)}" is not a usable regular expression: ${found}`);
  }
  if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value ?? '');
  kept.set(pattern, found);
  return found;
}

/** What reading a text with a pattern costs: RE2 may look at each character once for each instruction. */
export function chargeMatch(budget: Budget, regex: RE2JS, text: string): void {
  charge(budget, 1 + ((text.length * (16 + regex.programSize())) >> 10));
}

/** Begins a search for all; what it gives is to be called at each match. Both throw `RuleFault` when its time for the request is used up. */
export function searchGuard(budget: Budget): () => void {
  let lookedMs = performance.now();
  const look = () => {
    const nowMs = performance.now();
    budget.searchMs -= nowMs - lookedMs;
    lookedMs = nowMs;
    if (budget.searchMs < 0)
      throw new RuleFault(`regular expressions search for more than ${MAX_SEARCH_MS} ms`);
  };
  look();
  return look;
}

const shown = (pattern: string) => (pattern.length <= 80 ? pattern : `${pattern.slice(0, 79)}…`);

export function matchesWhole(regex: RE2JS, text: string): boolean {
  return regex.testExact(text);
}

function tryCompile(pattern: string, maxLength: number, maxProgram: number): RE2JS | string {
  if (pattern.length > maxLength) return `expected at most ${maxLength} characters, got ${pattern.length}`;
  const translated = javaPattern(pattern);
  if ('problem' in translated) return translated.problem;
  try {
    const regex = RE2JS.compile(translated.pattern);
    return regex.programSize() <= maxProgram ? regex : 'it is too large; use smaller repetitions';
  } catch (error) {
    return errorText(error);
  }
}
