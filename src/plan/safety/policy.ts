/** What is sent of a recorded statement: by its kind and by rules, never by hope. */
import type { DumpRecord } from '../../dump/record.ts';
import type { SafetySettings } from '../../scenario/schema.ts';
import type { StatementReading } from '../../sql/reading.ts';
import { isReadOnly, type StatementKind } from '../../trino/sql-kind.ts';
import { textTest } from '../expectation.ts';
import { asSent } from '../headers.ts';
import type { SessionState } from '../sessions.ts';
import { mayReach, staysInside } from './catalogs.ts';
import { redirected } from './redirect.ts';

export type Action = SafetySettings['rules'][number]['do'];

export type Decision =
  | {
      readonly send: string;
      readonly kind: StatementKind;
      /** How it differs from the recorded one; undefined when it does not. */
      readonly as: 'explain' | 'validate' | 'redirect' | undefined;
      readonly reading: StatementReading;
    }
  | { readonly skip: string; readonly reading: StatementReading }
  | { readonly refuse: string; readonly kind: StatementKind; readonly reading: StatementReading };

type Verdict = Decision extends infer D ? (D extends Decision ? Omit<D, 'reading'> : never) : never;

export interface PolicyOptions {
  readonly safety: SafetySettings;
  /** What becomes of kinds that do not only read and that `safety` says nothing of. */
  readonly writes: 'skip' | 'run';
  /** One client's statements follow each other with their session: what changes only the session runs. */
  readonly sessions: boolean;
  readonly readingOf: (sql: string) => StatementReading;
}

/** A statement with what its session holds at the time it is asked. */
export interface Asked {
  readonly record: DumpRecord;
  readonly session: SessionState;
}

const PREFIX = { explain: 'EXPLAIN ', validate: 'EXPLAIN (TYPE VALIDATE) ' } as const;

/** Compiles the policy; the answer decides one statement after the other. */
export function statementPolicy(options: PolicyOptions): (asked: Asked) => Decision {
  const { safety } = options;
  const rules = safety.rules.map((rule, i) => ({
    name: `safety.rules.${i}`,
    do: rule.do,
    holds: compile(rule),
  }));
  return ({ record: recorded, session }) => {
    const record = asSent(recorded);
    const asked = { record, session };
    const reading = effectiveReading(record.sql, session.prepared, options.readingOf);
    const rule = rules.find(({ holds }) => holds(asked, reading));
    const byKind = safety.statements[reading.kind];
    const action = rule?.do ?? byKind ?? preset(reading.kind, options);
    const because = rule?.name ?? `safety.statements.${reading.kind}`;
    return { ...verdict(action, because, rule?.name), reading };

    function verdict(does: Action, why: string, name: string | undefined): Verdict {
      if (does === 'run') return { send: record.sql, kind: reading.kind, as: undefined };
      if (does === 'refuse') return { refuse: why, kind: reading.kind };
      if (does === 'skip') return { skip: skipReason(reading.kind, name) };
      return changed(asked, reading, does, why, options);
    }
  };
}

/** A reading of what a statement runs; `text` is what an EXECUTE stands for. */
export type EffectiveReading = StatementReading & { readonly text?: string };

/** What a statement does, once an EXECUTE stands for the text it runs. */
export function effectiveReading(
  sql: string,
  prepared: Readonly<Record<string, string>>,
  readingOf: (sql: string) => StatementReading,
): EffectiveReading {
  const reading = readingOf(sql);
  const { executes, kind: asked, queryType, plansOnly } = reading;
  // Trino looks for the name as it is written.
  if (executes === undefined || !Object.hasOwn(prepared, executes)) return reading;
  const text = prepared[executes] ?? '';
  const inner = readingOf(text);
  // Trino prepares no statement that runs or prepares another.
  const { changes } = inner;
  if (inner.kind === 'execute' || changes?.kind === 'prepare' || changes?.kind === 'deallocate')
    return reading;
  const common = { ...inner, text, executes, queryType };
  // DESCRIBE INPUT and OUTPUT only plan.
  if (asked !== 'execute') return { ...common, kind: asked };
  const onlyPlanned =
    plansOnly && !['table-function', 'unknown'].includes(inner.kind) && inner.queryType !== 'ExplainAnalyze';
  const kind = onlyPlanned ? 'explain' : inner.kind;
  return { ...common, kind, plansOnly: plansOnly || inner.plansOnly };
}

function preset(kind: StatementKind, { writes, sessions }: PolicyOptions): Action {
  if (isReadOnly(kind)) return 'run';
  if (sessions && (kind === 'session' || kind === 'transaction')) return 'run';
  // Nobody can know what it does, so nobody can have meant to let it run.
  if (kind === 'execute') return 'skip';
  return writes;
}

function skipReason(kind: StatementKind, rule: string | undefined): string {
  if (rule !== undefined) return `${rule}: skipped (${kind})`;
  if (kind === 'execute') return 'EXECUTE without the text of its prepared statement';
  return `write policy: ${kind} statements are skipped`;
}

/** The statement as EXPLAIN or moved; what comes out is read again, and has to be what was meant. */
function changed(
  { record, session }: Asked,
  reading: StatementReading,
  action: 'explain' | 'validate' | 'redirect',
  because: string,
  { safety, readingOf }: PolicyOptions,
): Verdict {
  if (action !== 'redirect') {
    const send = PREFIX[action] + record.sql;
    const { kind } = effectiveReading(send, session.prepared, readingOf);
    if (kind !== 'explain') return { skip: `${because}: cannot be sent as EXPLAIN (${reading.kind})` };
    return { send, kind, as: action };
  }
  const at = session.places.at(-1) ?? { catalog: undefined, schema: undefined };
  const move = redirected(record.sql, at, reading, safety.redirect);
  if ('cannot' in move) return { skip: `${because}: not redirected, ${move.cannot}` };
  const after = readingOf(move.sql);
  if (after.kind !== reading.kind || after.queryType !== reading.queryType)
    return { skip: `${because}: not redirected, it would become ${after.kind}` };
  return { send: move.sql, kind: after.kind, as: 'redirect' };
}

/**
 * `catalog` errs towards what is not sent as it is: a rule that lets statements run holds only where all that they name lies in the
 * catalog, every other one wherever they may reach it. Likewise `user`, whom a session may act as, and `sql`: only what lets run leaves the
 * text of an EXECUTE out.
 */
function compile({ when, do: action }: SafetySettings['rules'][number]) {
  const source = textTest(when.source);
  const user = textTest(when.user);
  const sql = textTest(when.sql);
  const lets = action === 'run';
  const touches = lets ? staysInside : mayReach;
  return ({ record, session }: Asked, reading: EffectiveReading): boolean =>
    (when.kind === undefined || (when.kind as readonly StatementKind[]).includes(reading.kind)) &&
    source(record.source ?? '') &&
    (lets ? session.users.every(user) : session.users.some(user)) &&
    (sql(record.sql) || (!lets && reading.text !== undefined && sql(reading.text))) &&
    (when.catalog === undefined || touches(when.catalog.trim().toLowerCase(), reading, session));
}
