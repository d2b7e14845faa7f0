/**
 * Rules at work: every matching rule fires in order of priority, and the last group put wins; or, when asked for, the first
 * rule that matches decides alone.
 */
import { errorText } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import type { CompiledText } from './compile/text.ts';
import { GROUP_KEY, RERUN_KEY, RERUN_OFF, type RuleAnalysis, type RuleRequest } from './facts.ts';
import { type Puts, watchedResult } from './puts.ts';
import type { Run } from './run.ts';
import { getFromMap, putInMap } from './values/collections.ts';
import { MAX_SEARCH_MS, MAX_STEPS } from './values/limits.ts';
import { kindOf, newMap, RuleFault, spokenWithArticle } from './values/value.ts';

export interface Rule {
  readonly name: string;
  readonly description: string | undefined;
  /** Missing in the file means 0. */
  readonly priority: number;
  readonly condition: CompiledText<boolean>;
  readonly actions: readonly CompiledText<void>[];
}

export interface RuleDecision {
  /** Undefined when no rule put a group. */
  readonly group: string | undefined;
  /** False when a rule has put `rerun` to `off`. */
  readonly rerun?: false;
  /** Names of the rules that matched, in the order they fired. */
  readonly fired: readonly string[];
  /** Rules that were skipped, and why; missing when none was. The Java gateway answers such a request with 500. */
  readonly failed?: readonly RuleFailure[];
}

export interface RuleFailure {
  readonly rule: string;
  readonly reason: string;
}

/** What one rule said of one request. */
export interface RuleSaying {
  readonly name: string;
  readonly priority: number;
  /** The texts as the file has them. */
  readonly condition: string;
  readonly actions: readonly string[];
  /** What the condition gave; undefined when the rule faulted there, or was not asked after a first match. */
  readonly matched: boolean | undefined;
  /** What the rule itself put as the group; empty takes away the one before, undefined: it put none. */
  readonly sets: string | undefined;
  /** False when it put `rerun` to `off`. */
  readonly rerun?: false;
  /** The group in force after the rule, whichever rule put it. */
  readonly groupAfter: string | undefined;
  /** Why the rule was skipped, when it was. */
  readonly fault: string | undefined;
}

export interface RuleExplanation extends RuleDecision {
  /** In the order in which rules are asked. */
  readonly rules: readonly RuleSaying[];
}

export interface RuleFaults {
  readonly count: number;
  /** Why the rule was skipped the last time. */
  readonly last: string;
}

export interface RuleSet {
  /** In the order they fire. */
  readonly rules: readonly Rule[];
  /** Whether any rule asks for `trinoQueryProperties`: only then need statements be parsed. */
  readonly needsQuery: boolean;
  /** Whether any rule asks for `trinoRequestUser`. */
  readonly needsUser: boolean;
  /** Either of the two. */
  readonly needsAnalysis: boolean;
  /** `analysis` has to be there when `needsAnalysis`; without it rules that ask for it fault. */
  decide(request: RuleRequest, analysis?: RuleAnalysis): RuleDecision;
  /** The same decision with what each rule said. Counts no faults. */
  explain(request: RuleRequest, analysis?: RuleAnalysis): RuleExplanation;
  /** How often a rule was skipped because it met what Java would throw on, or went over a limit, by rule name. */
  faults(): ReadonlyMap<string, RuleFaults>;
}

export interface RuleSetOptions {
  /** The first rule that matches decides, and later ones are not asked. */
  readonly firstMatch?: boolean;
}

interface Outcome {
  readonly matched: boolean | undefined;
  readonly fault: string | undefined;
}

/** Sorts by priority, ascending and stable, as the Java gateway does. Each rule's first fault is logged. */
export function ruleSet(rules: readonly Rule[], log: Log, options: RuleSetOptions = {}): RuleSet {
  const ordered = rules.toSorted((a, b) => a.priority - b.priority);
  const faults = new Map<string, RuleFaults>();
  const firstMatch = options.firstMatch === true;
  const needsQuery = ordered.some((rule) => textsOf(rule).some((text) => text.usesQuery));
  const needsUser = ordered.some((rule) => textsOf(rule).some((text) => text.usesUser));

  function countFault(rule: Rule, reason: string): void {
    const count = (faults.get(rule.name)?.count ?? 0) + 1;
    faults.set(rule.name, { count, last: reason });
    if (count === 1) log.warn({ rule: rule.name, reason }, 'rule skipped; later skips are counted');
  }

  return {
    rules: ordered,
    needsQuery,
    needsUser,
    needsAnalysis: needsQuery || needsUser,
    decide(request, analysis) {
      const run = newRun(request, analysis);
      const fired: string[] = [];
      const failed: RuleFailure[] = [];
      for (const rule of ordered) {
        const { matched, fault } = fire(rule, run);
        if (fault !== undefined) {
          countFault(rule, fault);
          failed.push({ rule: rule.name, reason: fault });
        } else if (matched === true) fired.push(rule.name);
        if (firstMatch && matched === true && fault === undefined) break;
      }
      return { group: groupOf(run), ...rerunOf(run), fired, ...(failed.length === 0 ? {} : { failed }) };
    },
    explain(request, analysis) {
      const puts = watchedResult();
      const run = { ...newRun(request, analysis), result: puts.result };
      const fired: string[] = [];
      let decided = false;
      const sayings = ordered.map((rule): RuleSaying => {
        puts.begin();
        const outcome: Outcome = decided ? { matched: undefined, fault: undefined } : fire(rule, run);
        const hit = outcome.matched === true && outcome.fault === undefined;
        if (hit) fired.push(rule.name);
        decided ||= firstMatch && hit;
        const { name, priority, condition, actions } = rule;
        const texts = { condition: condition.text, actions: actions.map(({ text }) => text) };
        const own = hit ? ownPuts(puts) : { sets: undefined };
        return { name, priority, ...texts, ...outcome, ...own, groupAfter: groupOf(run) };
      });
      return { group: groupOf(run), ...rerunOf(run), fired, rules: sayings };
    },
    faults: () => faults,
  };
}

function textsOf({ condition, actions }: Rule): readonly CompiledText<unknown>[] {
  return [condition, ...actions];
}

function newRun(request: RuleRequest, analysis: RuleAnalysis | undefined): Run {
  const [state, result] = [newMap(), newMap()];
  return {
    request,
    analysis,
    state,
    result,
    locals: [],
    returned: false,
    steps: MAX_STEPS,
    searchMs: MAX_SEARCH_MS,
  };
}

/** A rule that faults leaves the group as it was. */
function fire(rule: Rule, run: Run): Outcome {
  const before = getFromMap(run.result, GROUP_KEY);
  let matched: boolean | undefined;
  run.steps = MAX_STEPS;
  try {
    matched = rule.condition.run(run);
    if (matched) {
      for (const action of rule.actions) action.run(run);
      checkGroup(run);
    }
    return { matched, fault: undefined };
  } catch (error) {
    putInMap(run.result, GROUP_KEY, before);
    return { matched, fault: faultText(error) };
  }
}

function checkGroup(run: Run): void {
  const group = getFromMap(run.result, GROUP_KEY);
  if (group === null || typeof group === 'string') return;
  throw new RuleFault(`expected a text as the routing group, got ${spokenWithArticle(kindOf(group))}`);
}

/** A stack that overflows is the rule's doing too: its values can be as deep as its limits let them. */
function faultText(error: unknown): string {
  if (error instanceof RuleFault || error instanceof RangeError) return errorText(error);
  return `a bug in this gateway: ${errorText(error)}`;
}

function ownPuts(puts: Puts): Pick<RuleSaying, 'sets' | 'rerun'> {
  const group = puts.of(GROUP_KEY);
  return {
    sets: group === undefined ? undefined : typeof group === 'string' ? group : '',
    ...(puts.of(RERUN_KEY) === RERUN_OFF ? { rerun: false } : {}),
  };
}

function rerunOf(run: Run): Pick<RuleDecision, 'rerun'> {
  return getFromMap(run.result, RERUN_KEY) === RERUN_OFF ? { rerun: false } : {};
}

function groupOf(run: Run): string | undefined {
  const group = getFromMap(run.result, GROUP_KEY);
  return typeof group === 'string' && group !== '' ? group : undefined;
}
