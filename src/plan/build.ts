/** Records and a scenario become a plan: what is sent, when, in which arm, and what has to come of it. */
import { createHash } from 'node:crypto';
import { type Random, seededRandom } from '../base/random.ts';
import type { DumpRecord } from '../dump/record.ts';
import type { PlanFacts } from '../measure/record/run-info.ts';
import { ARMS, type Arm, type ExpectedResult } from '../measure/record/sample.ts';
import type { Scenario } from '../scenario/schema.ts';
import { readStatement, type StatementReading } from '../sql/reading.ts';
import { HEADER } from '../trino/headers.ts';
import { isReadOnly, normalisedSql, type StatementKind } from '../trino/sql-kind.ts';
import { type Admitted, admit } from './admit.ts';
import { expectationOracle } from './expectation.ts';
import { statementHeaders } from './headers.ts';
import { recordedPacing } from './pacing.ts';
import type { Plan, PlannedQuery } from './plan.ts';
import { sessionOf } from './sessions.ts';

export interface PlanOptions {
  /** What a statement's result has to be, where that is known beforehand (simulated clusters). */
  readonly expectedResult?: ((sql: string) => ExpectedResult | undefined) | undefined;
  /** What a statement does; read by the grammar here and now, when no readings were made before. */
  readonly readingOf?: ((sql: string) => StatementReading) | undefined;
}

/**
 * Builds the plan. Deterministic: the same records, scenario and seed give the same plan. Throws STATEMENT_REFUSED
 * where the policy refuses one.
 */
export function buildPlan(
  records: readonly DumpRecord[],
  scenario: Scenario,
  options: PlanOptions = {},
): Plan {
  const readingOf = options.readingOf ?? remembered(scenario.safety.readOnlyFunctions);
  const { admitted, skipped, changed } = admit(records, scenario, readingOf);
  const queries = withClones(plannedQueries(admitted, scenario, options), scenario.load);
  const planned = withBaseline(queries, scenario);
  const byArm = countArms(planned);
  return {
    queries: planned,
    pairs: byArm.baseline,
    byArm,
    ...{ skipped, changed },
    facts: factsOf(admitted, scenario.load.clones),
    sha256: planDigest(planned),
  };
}

function factsOf(admitted: readonly Admitted[], clones: number): PlanFacts {
  const errors = new Map<string, number>();
  for (const { record } of admitted) {
    if (record.recorded?.state !== 'FAILED') continue;
    const name = record.recorded.errorName ?? '';
    errors.set(name, (errors.get(name) ?? 0) + clones);
  }
  const records = admitted.length;
  return { records, clones, queries: records * clones, errors: Object.fromEntries(errors) };
}

function remembered(readOnlyFunctions: readonly string[]): (sql: string) => StatementReading {
  const known = new Map<string, StatementReading>();
  return (sql) => {
    const reading = known.get(sql) ?? readStatement(sql, readOnlyFunctions);
    known.set(sql, reading);
    return reading;
  };
}

function plannedQueries(
  admitted: readonly Admitted[],
  scenario: Scenario,
  options: PlanOptions,
): PlannedQuery[] {
  const oracle = expectationOracle(scenario.expect);
  const numbers = new Map<string, number>();
  const intended = intendedTimes(admitted, scenario.load);
  return admitted.map(({ record, sql, kind, changes, executes }, seq): PlannedQuery => {
    const expected = oracle(record);
    const expectedResult = options.expectedResult?.(sql);
    const session = sessionOf(record);
    const sessionNumber = numbers.get(session) ?? numbers.size;
    numbers.set(session, sessionNumber);
    return {
      ...{ seq, arm: 'gateway', pair: -1, gatewayFirst: true, order: ['gateway'] },
      intendedMs: intended[seq] ?? 0,
      ...{ session, sessionNumber, sql, kind },
      headers: {
        ...statementHeaders(record, userFor(record.user, scenario.access)),
        ...encodingHeader(scenario.load),
      },
      ...(changes === undefined ? {} : { changes }),
      ...(executes === undefined ? {} : { executes }),
      user: record.user,
      source: record.source ?? '',
      fingerprint: digest(normalisedSql(sql)).slice(0, 12),
      statement: digest(`${record.catalog ?? ''}\u0000${record.schema ?? ''}\u0000${sql}`).slice(0, 16),
      expectedGroup: expected?.group ?? '',
      expectedBecause: expected?.because ?? 'no expectation holds',
      ...(expectedResult === undefined ? {} : { expectedResult }),
      ...(record.recorded?.elapsedMs === undefined ? {} : { recordedMs: record.recorded.elapsedMs }),
      origin: `${record.origin.file}:${record.origin.line}`,
    };
  });
}

function encodingHeader({ dataEncoding }: Scenario['load']): Record<string, string> {
  return dataEncoding.length === 0 ? {} : { [HEADER.queryDataEncoding]: dataEncoding.join(',') };
}

/** Impersonation: who a recorded user's statements are asked as. */
function userFor(user: string, { runAs, users }: Scenario['access']): string {
  return (Object.hasOwn(users, user) ? users[user] : undefined) ?? runAs ?? user;
}

/** Only recorded times are known beforehand: a rate has times of its own, and a closed loop has none. */
function intendedTimes(admitted: readonly Admitted[], load: Scenario['load']): readonly number[] {
  if (load.model !== 'recorded') return [];
  const arrivals = admitted.map(({ record }) => record.arrivedAtMs);
  return recordedPacing(arrivals, { speed: load.speed, maxGapMs: load.maxGap });
}

/**
 * N times the users, not N times the haste: each copy asks everything that its original asked, a shift later, in a session
 * of its own.
 */
function withClones(
  queries: readonly PlannedQuery[],
  { clones, cloneShift, model }: Scenario['load'],
): PlannedQuery[] {
  if (clones === 1) return [...queries];
  const sessions = queries.reduce((most, q) => Math.max(most, q.sessionNumber + 1), 0);
  const copies = Array.from({ length: clones }, (_, copy) =>
    queries.map((q): PlannedQuery => {
      if (copy === 0) return q;
      return {
        ...q,
        seq: q.seq + copy * queries.length,
        session: `${q.session}\u0000${copy}`,
        sessionNumber: q.sessionNumber + copy * sessions,
        intendedMs: q.intendedMs + (model === 'recorded' ? copy * cloneShift : 0),
      };
    }),
  );
  // A closed loop and a rate take the queries in their order: the copies of a statement stand side by side.
  if (model !== 'recorded') return queries.flatMap((_, i) => copies.map((copy) => copy[i] as PlannedQuery));
  return copies.flat().sort((a, b) => a.intendedMs - b.intendedMs);
}

/**
 * Adds the other members of each pair. A fair seeded draw says which arm takes the recorded instant; the others
 * follow one gap apart. So all arms stand equally often in the burst and in its echo: with the gateway's members
 * always in the burst, two identical ways would differ.
 */
function withBaseline(queries: readonly PlannedQuery[], { baseline, seed, load }: Scenario): PlannedQuery[] {
  const draw = seededRandom(seed, 'baseline-share');
  const coin = seededRandom(seed, 'baseline-order');
  const noise = seededRandom(seed, 'noise-share');
  const gapMs = load.model === 'closed' ? 0 : baseline.gap;
  let pairs = 0;
  const all = queries.flatMap((q): PlannedQuery[] => {
    const takesPart =
      isReadOnly(q.kind as StatementKind) &&
      q.expectedGroup !== '' &&
      // Its text was prepared in the session of the gateway's arm.
      q.executes === undefined &&
      draw.next() < baseline.share;
    if (!takesPart) return [q];
    const pair = pairs++;
    const order = shuffled(noise.next() < baseline.noise ? ARMS : PAIR, coin);
    const gatewayFirst = order.indexOf('gateway') < order.indexOf('baseline');
    return order.map((arm, place) => ({
      ...{ ...q, arm, pair, order, gatewayFirst },
      session: arm === 'gateway' ? q.session : `${q.session}\u0000${arm}`,
      intendedMs: q.intendedMs + place * gapMs,
    }));
  });
  return all.sort((a, b) => a.intendedMs - b.intendedMs);
}

const PAIR: readonly Arm[] = ['gateway', 'baseline'];

/** All orders are equally likely (Fisher and Yates). */
function shuffled(arms: readonly Arm[], random: Random): readonly Arm[] {
  const order = [...arms];
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j] as Arm, order[i] as Arm];
  }
  return order;
}

function countArms(queries: readonly PlannedQuery[]): Readonly<Record<Arm, number>> {
  const counts: Record<Arm, number> = { gateway: 0, baseline: 0, noise: 0 };
  for (const { arm } of queries) counts[arm]++;
  return counts;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function planDigest(queries: readonly PlannedQuery[]): string {
  const hash = createHash('sha256');
  for (const q of queries)
    hash.update(
      JSON.stringify([
        ...[q.seq, q.arm, q.pair, q.intendedMs.toFixed(3), q.sql, q.headers, q.expectedGroup],
        ...(q.executes === undefined ? [] : [q.executes]),
      ]),
    );
  return hash.digest('hex');
}
