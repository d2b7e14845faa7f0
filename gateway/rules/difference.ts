/** What is different between two sets of rules, by their names. */
import type { RuleChanges } from '../config/live/reloads.ts';
import type { Rule, RuleSet } from './rule-set.ts';

/** Undefined where there are no rules. Rules of one name are taken together. */
export function rulesDifference(before: RuleSet | undefined, after: RuleSet | undefined): RuleChanges {
  const [old, now] = [textsByName(before), textsByName(after)];
  const both = [...now.keys()].filter((name) => old.has(name));
  const changed = both.filter((name) => old.get(name) !== now.get(name));
  return {
    added: [...now.keys()].filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !now.has(name)),
    changed,
    // A changed priority says it already.
    isReordered:
      changed.length === 0 && both.join('\n') !== [...old.keys()].filter((name) => now.has(name)).join('\n'),
  };
}

function textsByName(rules: RuleSet | undefined): Map<string, string> {
  const byName = Map.groupBy(rules?.rules ?? [], (rule) => rule.name);
  return new Map([...byName].map(([name, same]) => [name, JSON.stringify(same.map(textOf))]));
}

function textOf({ actions, condition, description, priority }: Rule): unknown {
  return [priority, description ?? '', condition.text, actions.map(({ text }) => text)];
}
