/** Rules that follow their file: a changed file is read again, and a bad one leaves the old rules in place. */
import { readFileSync } from 'node:fs';
import { errorText } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import type { CompileOptions } from './compile/text.ts';
import { type RuleSet, type RuleSetOptions, ruleSet } from './rule-set.ts';
import { loadRules, parseRules } from './rules-file.ts';

export interface LiveRules {
  current(): RuleSet;
  /** Looks at the file now. */
  refresh(): void;
  close(): void;
}

/** Loads at once (and throws what is wrong), then looks at the file every `refreshMs`. */
export function watchRules(
  file: string,
  refreshMs: number,
  log: Log,
  options: CompileOptions & RuleSetOptions,
): LiveRules {
  let rules = ruleSet(loadRules(file, options), log, options);
  let seen = contentOf(file);

  function refresh(): void {
    const content = contentOf(file);
    if (content === seen) return;
    seen = content;
    try {
      if (content === undefined) throw new Error('the file cannot be read');
      rules = ruleSet(parseRules(content, file, options), log, options);
      log.info({ file, rules: rules.rules.length }, 'rules read again');
    } catch (error) {
      log.error(
        { file, reason: errorText(error) },
        'the changed rules file is not usable; the old rules stay',
      );
    }
  }

  const timer = setInterval(refresh, refreshMs).unref();
  return { current: () => rules, refresh, close: () => clearInterval(timer) };
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
