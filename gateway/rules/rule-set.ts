/** Rules at work: every matching rule fires in order of priority, and the last group put wins. */
import { errorText } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import type { RuleRequest } from './facts.ts';

export interface Rule {
  readonly name: string;
  readonly description: string | undefined;
  /** Missing in the file means 0. */
  readonly priority: number;
  readonly condition: { readonly text: string; readonly holds: (request: RuleRequest) => boolean };
  readonly actions: readonly {
    readonly text: string;
    readonly group: (request: RuleRequest) => string | null;
  }[];
}

export interface RuleDecision {
  /** Undefined when no rule put a group. */
  readonly group: string | undefined;
  /** Names of the rules that matched, in the order they fired. */
  readonly fired: readonly string[];
}

export interface RuleSet {
  /** In the order they fire. */
  readonly rules: readonly Rule[];
  decide(request: RuleRequest): RuleDecision;
  /** How often a rule was skipped because it met a null where Java would throw, by rule name. */
  faults(): ReadonlyMap<string, number>;
}

/** Sorts by priority, ascending and stable, as the Java gateway does. Each rule's first fault is logged. */
export function ruleSet(rules: readonly Rule[], log: Log): RuleSet {
  const ordered = rules.toSorted((a, b) => a.priority - b.priority);
  const faults = new Map<string, number>();

  function fire(
    rule: Rule,
    request: RuleRequest,
    before: string | null,
  ): { matched: boolean; group: string | null } {
    try {
      if (!rule.condition.holds(request)) return { matched: false, group: before };
      return { matched: true, group: rule.actions.reduce<string | null>((_, a) => a.group(request), before) };
    } catch (error) {
      const count = (faults.get(rule.name) ?? 0) + 1;
      faults.set(rule.name, count);
      if (count === 1)
        log.warn({ rule: rule.name, reason: errorText(error) }, 'rule skipped; later skips are counted');
      return { matched: false, group: before };
    }
  }

  return {
    rules: ordered,
    decide(request) {
      const fired: string[] = [];
      let group: string | null = null;
      for (const rule of ordered) {
        const outcome = fire(rule, request, group);
        if (outcome.matched) fired.push(rule.name);
        group = outcome.group;
      }
      return { group: group === null || group === '' ? undefined : group, fired };
    },
    faults: () => faults,
  };
}
