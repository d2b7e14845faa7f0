/** Which records are sent, and as what: filters of the dump, the safety policy, and the limit, in this order. */
import { failure } from '../base/errors.ts';
import type { DumpRecord } from '../dump/record.ts';
import type { Skipped } from '../measure/record/run-info.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { SessionChange, StatementReading } from '../sql/reading.ts';
import type { StatementKind } from '../trino/sql-kind.ts';
import { unsendable } from './headers.ts';
import type { PreparedText } from './plan.ts';
import { type Decision, statementPolicy } from './safety/policy.ts';
import { NO_SESSIONS, sessionBook, sessionOf } from './sessions.ts';
import { tally } from './tally.ts';

export interface Admitted {
  readonly record: DumpRecord;
  /** What is sent: the recorded text, or what the policy made of it. */
  readonly sql: string;
  readonly kind: StatementKind;
  /** In a replay of sessions: what it changes there if all goes well, and the prepared text that it was judged by. */
  readonly changes?: SessionChange;
  readonly executes?: PreparedText;
}

export interface Admission {
  readonly admitted: readonly Admitted[];
  readonly skipped: readonly Skipped[];
  /** What is sent in another form than recorded. */
  readonly changed: readonly Skipped[];
}

/** Admits records, in their order. Throws STATEMENT_REFUSED. */
export function admit(
  records: readonly DumpRecord[],
  scenario: Scenario,
  readingOf: (sql: string) => StatementReading,
): Admission {
  const { dump, safety, load } = scenario;
  const sessions = load.sessions === 'replay';
  const decide = statementPolicy({ safety, writes: dump.writes, sessions, readingOf });
  const book = sessions ? sessionBook() : NO_SESSIONS;
  const [skipped, changed, refused] = [tally(), tally(), tally()];
  const kept: Admitted[] = [];
  const take = (record: DumpRecord): void => {
    const session = book.stateOf(record);
    const faulty = unsendable(record);
    if (faulty !== undefined) {
      book.left(record, readingOf(record.sql));
      skipped.add(faulty, record);
      return;
    }
    const decision = underAccess(decide({ record, session }), scenario.access);
    const { reading } = decision;
    if (!('send' in decision) || decision.as !== undefined) book.left(record, reading);
    else book.sent(record, reading);
    if ('skip' in decision) skipped.add(decision.skip, record);
    else if ('refuse' in decision) refused.add(`${decision.refuse}\0${decision.kind}`, record);
    else {
      const { send: sql, kind, as } = decision;
      kept.push({ record, sql, kind, ...(sessions ? inSession(decision, session.prepared) : {}) });
      if (as !== undefined) changed.add(changeText(decision), record);
    }
  };
  for (const record of records) {
    const filtered = filteredOut(record, dump);
    if (filtered === undefined) take(record);
    else skipped.add(filtered, record);
  }
  refuse(refused.list());
  const chosen = sessions ? wholeSessions(kept, dump.limit) : thinOut(kept, dump.limit);
  for (const one of kept) if (!chosen.has(one)) skipped.add('above dump.limit', one.record);
  return {
    admitted: kept.filter((one) => chosen.has(one)),
    skipped: skipped.list(),
    changed: changed.list(),
  };
}

/** Where the scenario says who its statements run as, none of them makes a session run as somebody else. */
function underAccess(decision: Decision, { runAs, users }: Scenario['access']): Decision {
  const { changes } = decision.reading;
  const mapsUsers = runAs !== undefined || Object.keys(users).length > 0;
  const becomes = changes?.kind === 'authorization' && changes.user !== undefined;
  if (!mapsUsers || !becomes || !('send' in decision) || decision.as !== undefined) return decision;
  return {
    skip: 'access: SET SESSION AUTHORIZATION would run as another than access.runAs and access.users say',
    reading: decision.reading,
  };
}

/** What the client has to know in order to hold, and to send, nothing else than what was judged. */
function inSession(
  { as, reading }: Extract<Decision, { send: string }>,
  prepared: Readonly<Record<string, string>>,
): Pick<Admitted, 'changes' | 'executes'> {
  const { changes, executes: name } = reading;
  const text = name !== undefined && Object.hasOwn(prepared, name) ? prepared[name] : undefined;
  return {
    ...(changes === undefined || as !== undefined ? {} : { changes }),
    ...(name === undefined ? {} : { executes: { name, ...(text === undefined ? {} : { text }) } }),
  };
}

function changeText({ as, kind }: Extract<Decision, { send: string }>): string {
  if (as === 'redirect') return `${kind} statements redirected into the sandbox`;
  return as === 'validate' ? 'sent as EXPLAIN (TYPE VALIDATE)' : 'sent as EXPLAIN';
}

function refuse(refused: readonly Skipped[]): void {
  const [first] = refused;
  if (first === undefined) return;
  const [rule = '', kind = ''] = first.reason.split('\0');
  throw failure('STATEMENT_REFUSED', { rule, kind, count: first.count, place: first.examples[0] ?? '' });
}

function filteredOut(record: DumpRecord, dump: Scenario['dump']): string | undefined {
  if (dump.sources && !dump.sources.includes(record.source ?? '')) return 'source not in dump.sources';
  if (dump.recordedFailures === 'skip' && record.recorded?.state === 'FAILED') return 'failed when recorded';
  return undefined;
}

/** At most `limit` records, evenly drawn, so that the day keeps its shape. */
function thinOut(kept: readonly Admitted[], limit: number | undefined): ReadonlySet<Admitted> {
  if (limit === undefined || kept.length <= limit) return new Set(kept);
  const step = kept.length / limit;
  return new Set(Array.from({ length: limit }, (_, i) => kept[Math.floor(i * step)] as Admitted));
}

/** Whole sessions, in the order of their first statement, as long as they fit into the limit. */
function wholeSessions(kept: readonly Admitted[], limit: number | undefined): ReadonlySet<Admitted> {
  const sessions = Map.groupBy(kept, ({ record }) => sessionOf(record));
  const chosen = new Set<Admitted>();
  for (const statements of sessions.values())
    if (chosen.size + statements.length <= (limit ?? Number.POSITIVE_INFINITY))
      for (const one of statements) chosen.add(one);
  return chosen;
}
