/** Reads configuration and rules again, on a change of the files, a signal or a request: all or nothing. */
import { errorText, formatProblem, ProblemsError } from '../../../src/base/errors.ts';
import type { Log } from '../../../src/base/log.ts';
import type { LoadedConfig } from '../load.ts';
import { withoutEffectText } from '../report.ts';
import type { GatewayConfig } from '../schema.ts';
import { changedKeys, restartKeys } from './changes.ts';
import type { LiveConfig } from './live-config.ts';
import { watchFiles } from './watch-files.ts';

export type ReloadTrigger = 'file' | 'signal' | 'api';

/** Names of rules, in the order in which they fire. */
export interface RuleChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** The same rules fire in another order. */
  readonly isReordered: boolean;
}

export interface ReloadRecord {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly trigger: ReloadTrigger;
  /** False: the old configuration and rules are still in force, all of them. */
  readonly ok: boolean;
  /** Keys that have another value now, or would have. */
  readonly changed: readonly string[];
  /** Of the rules in force; nothing where they stayed as they were. */
  readonly rules: RuleChanges;
  /** Each with its place where it has one. */
  readonly problems: readonly string[];
}

export interface Reloads {
  last(): ReloadRecord | undefined;
  /** Whole numbers since start. */
  counts(): { readonly succeeded: number; readonly failed: number };
  /** Reads the files now, after a reload that is under way. Never rejects: the record says what happened. */
  now(trigger: ReloadTrigger): Promise<ReloadRecord>;
  close(): void;
}

export interface ReloadOptions {
  readonly live: LiveConfig;
  /** Reads the configuration file; undefined for a gateway without one, whose rules file is followed all the same. */
  readonly load?: (() => LoadedConfig) | undefined;
  /** The configuration's file, when there is one. */
  readonly file?: string | undefined;
  /** Begins a comparison of the rules as they are now with those when its result is called. */
  readonly compareRules?: () => () => RuleChanges;
  readonly log: Log;
}

const SAME_RULES: RuleChanges = { added: [], removed: [], changed: [], isReordered: false };

export function createReloads(options: ReloadOptions): Reloads {
  const { live, load, file, log, compareRules = () => () => SAME_RULES } = options;
  const counts = { succeeded: 0, failed: 0 };
  let last: ReloadRecord | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  const { reload } = live.current();

  async function attempt(trigger: ReloadTrigger): Promise<ReloadRecord> {
    let changed: string[] = [];
    let problems: string[] = [];
    const rulesSince = compareRules();
    try {
      const loaded = load?.();
      const next = loaded?.config ?? live.current();
      changed = changedKeys(live.current(), next);
      problems = restartKeys(changed).map((key) => `${key}: takes a restart to change`);
      if (problems.length === 0) {
        await live.change(next);
        if (loaded !== undefined && loaded.withoutEffect.length > 0) log.warn({}, withoutEffectText(loaded));
      }
    } catch (error) {
      problems = problemTexts(error);
    }
    const ok = problems.length === 0;
    return { at: new Date().toISOString(), trigger, ok, changed, rules: rulesSince(), problems };
  }

  async function run(trigger: ReloadTrigger): Promise<ReloadRecord> {
    watcher?.seen();
    const record = await attempt(trigger);
    last = record;
    counts[record.ok ? 'succeeded' : 'failed']++;
    const { changed, problems, rules } = record;
    if (record.ok) log.info({ trigger, changed, rules }, 'configuration and rules read again');
    else
      log.error(
        { trigger, problems },
        'configuration and rules stay as they were: what was read is not usable',
      );
    return record;
  }

  function now(trigger: ReloadTrigger): Promise<ReloadRecord> {
    const next = queue.then(() => run(trigger));
    queue = next;
    return next;
  }

  const watcher = reload.watch
    ? watchFiles({
        files: () => filesOf(live.current(), file),
        pollMs: () => Math.min(reload.pollEvery, live.current().routingRules.rulesRefreshPeriod),
        settleMs: reload.settle,
        onChange: () => void now('file'),
      })
    : undefined;
  return { last: () => last, counts: () => ({ ...counts }), now, close: () => watcher?.close() };
}

function filesOf({ routingRules }: GatewayConfig, file: string | undefined): string[] {
  return [file, routingRules.rulesConfigPath].filter((path) => path !== undefined);
}

function problemTexts(error: unknown): string[] {
  return error instanceof ProblemsError ? error.problems.map(formatProblem) : [errorText(error)];
}
