/** Records and a scenario become a plan: what is sent, when, in which arm, and what has to come of it. */
import { createHash } from 'node:crypto';
import { type Random, seededRandom } from '../base/random.ts';
import type { DumpRecord } from '../dump/record.ts';
import { ARMS, type Arm, type ExpectedResult } from '../measure/sample.ts';
import type { Scenario } from '../scenario/schema.ts';
import { readStatement, type StatementReading } from '../sql/reading.ts';
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
  const planned = withBaseline(plannedQueries(admitted, scenario, options), scenario);
  const byArm = countArms(planned);
  return {
    queries: planned,
    pairs: byArm.baseline,
    byArm,
    ...{ skipped, changed },
    sha256: planDigest(planned),
  };
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
  const arrivals = admitted.map(({ record }) => record.arrivedAtMs);
  const speed = scenario.load.model === 'recorded' ? scenario.load.speed : 1;
  const intended = recordedPacing(arrivals, speed);
  return admitted.map(({ record, sql, kind }, seq): PlannedQuery => {
    const expected = oracle(record);
    const expectedResult = options.expectedResult?.(sql);
    return {
      seq,
      arm: 'gateway',
      pair: -1,
      gatewayFirst: true,
      order: ['gateway'],
      // A closed loop has no intended times of its own: a query is due when a slot is free.
      intendedMs: scenario.load.model === 'closed' ? 0 : (intended[seq] ?? 0),
      session: sessionOf(record),
      sql,
      headers: statementHeaders(record),
      user: record.user,
      source: record.source ?? '',
      kind,
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
      isReadOnly(q.kind as StatementKind) && q.expectedGroup !== '' && draw.next() < baseline.share;
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
      JSON.stringify([q.seq, q.arm, q.pair, q.intendedMs.toFixed(3), q.sql, q.headers, q.expectedGroup]),
    );
  return hash.digest('hex');
}
