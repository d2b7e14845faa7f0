/** What is sent of a recorded statement: by its kind and by rules, never by hope. */
import type { DumpRecord } from '../../dump/record.ts';
import type { SafetySettings } from '../../scenario/schema.ts';
import type { StatementReading } from '../../sql/reading.ts';
import { isReadOnly, type StatementKind } from '../../trino/sql-kind.ts';
import { textTest } from '../expectation.ts';
import { completed, redirected } from './redirect.ts';

export type Action = SafetySettings['rules'][number]['do'];

export type Decision =
  | {
      readonly send: string;
      readonly kind: StatementKind;
      /** How it differs from the recorded one; undefined when it does not. */
      readonly as: 'explain' | 'validate' | 'redirect' | undefined;
    }
  | { readonly skip: string }
  | { readonly refuse: string; readonly kind: StatementKind };

export interface PolicyOptions {
  readonly safety: SafetySettings;
  /** What becomes of kinds that do not only read and that `safety` says nothing of. */
  readonly writes: 'skip' | 'run';
  /** One client's statements follow each other with their session: what changes only the session runs. */
  readonly sessions: boolean;
  readonly readingOf: (sql: string) => StatementReading;
}

/** A statement with the session's prepared texts at the time it was asked. */
export interface Asked {
  readonly record: DumpRecord;
  readonly prepared: Readonly<Record<string, string>>;
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
  return (asked) => {
    const { record } = asked;
    const reading = effectiveReading(record.sql, asked.prepared, options.readingOf);
    const rule = rules.find(({ holds }) => holds(record, reading));
    const byKind = safety.statements[reading.kind];
    const action = rule?.do ?? byKind ?? preset(reading.kind, options);
    const because = rule?.name ?? `safety.statements.${reading.kind}`;
    if (action === 'run') return { send: record.sql, kind: reading.kind, as: undefined };
    if (action === 'refuse') return { refuse: because, kind: reading.kind };
    if (action === 'skip') return { skip: skipReason(reading.kind, rule?.name) };
    return changed(asked, reading, action, because, options);
  };
}

/** What a statement does, once an EXECUTE stands for the text it runs. */
export function effectiveReading(
  sql: string,
  prepared: Readonly<Record<string, string>>,
  readingOf: (sql: string) => StatementReading,
): StatementReading {
  const reading = readingOf(sql);
  if (reading.executes === undefined || reading.kind !== 'execute') return reading;
  const text = preparedText(reading.executes, prepared);
  if (text === undefined) return reading;
  const inner = readingOf(text);
  // Trino prepares no statement that runs another, and what changes the session is no text to execute.
  if (inner.kind === 'execute') return reading;
  const kind =
    reading.plansOnly && !['table-function', 'unknown'].includes(inner.kind) ? 'explain' : inner.kind;
  return { ...inner, kind, queryType: reading.queryType, places: [], allPlaced: false };
}

function preparedText(name: string, prepared: Readonly<Record<string, string>>): string | undefined {
  const key = [name, name.toLowerCase()].find((candidate) => Object.hasOwn(prepared, candidate));
  return key === undefined ? undefined : prepared[key];
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
  { record, prepared }: Asked,
  reading: StatementReading,
  action: 'explain' | 'validate' | 'redirect',
  because: string,
  { safety, readingOf }: PolicyOptions,
): Decision {
  if (action !== 'redirect') {
    const send = PREFIX[action] + record.sql;
    const { kind } = effectiveReading(send, prepared, readingOf);
    if (kind !== 'explain') return { skip: `${because}: cannot be sent as EXPLAIN (${reading.kind})` };
    return { send, kind, as: action };
  }
  const move = redirected(record, reading, safety.redirect);
  if ('cannot' in move) return { skip: `${because}: not redirected, ${move.cannot}` };
  const after = readingOf(move.sql);
  if (after.kind !== reading.kind || after.queryType !== reading.queryType)
    return { skip: `${because}: not redirected, it would become ${after.kind}` };
  return { send: move.sql, kind: after.kind, as: 'redirect' };
}

function compile({ when }: SafetySettings['rules'][number]) {
  const source = textTest(when.source);
  const user = textTest(when.user);
  const sql = textTest(when.sql);
  return (record: DumpRecord, reading: StatementReading): boolean =>
    (when.kind === undefined || (when.kind as readonly StatementKind[]).includes(reading.kind)) &&
    source(record.source ?? '') &&
    user(record.user) &&
    sql(record.sql) &&
    (when.catalog === undefined || namesCatalog(record, reading, when.catalog.toLowerCase()));
}

function namesCatalog(
  { catalog, schema }: DumpRecord,
  { places }: StatementReading,
  wanted: string,
): boolean {
  return places.some(
    (place) => completed(place, catalog?.toLowerCase(), schema?.toLowerCase())?.[0] === wanted,
  );
}
