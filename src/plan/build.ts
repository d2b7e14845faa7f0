/** Records and a scenario become a plan: what is sent, when, in which arm, and what has to come of it. */
import { createHash } from 'node:crypto';
import { seededRandom } from '../base/random.ts';
import type { DumpRecord } from '../dump/record.ts';
import type { Skipped } from '../measure/run-info.ts';
import type { ExpectedResult } from '../measure/sample.ts';
import type { Scenario } from '../scenario/schema.ts';
import {
  isReadOnly,
  normalisedSql,
  type StatementKind,
  significantTokens,
  statementKind,
} from '../trino/sql-kind.ts';
import { expectationOracle } from './expectation.ts';
import { statementHeaders } from './headers.ts';
import { recordedPacing } from './pacing.ts';
import type { Plan, PlannedQuery } from './plan.ts';

export interface PlanOptions {
  /** What a statement's result has to be, where that is known beforehand (simulated clusters). */
  readonly expectedResult?: ((sql: string) => ExpectedResult | undefined) | undefined;
}

const EXAMPLES_KEPT = 5;

/** Builds the plan. Deterministic: the same records, scenario and seed give the same plan. */
export function buildPlan(
  records: readonly DumpRecord[],
  scenario: Scenario,
  options: PlanOptions = {},
): Plan {
  const skipped = new Map<string, { count: number; examples: string[] }>();
  const skip = (reason: string, record: DumpRecord) => {
    const entry = skipped.get(reason) ?? { count: 0, examples: [] };
    entry.count++;
    if (entry.examples.length < EXAMPLES_KEPT) entry.examples.push(place(record));
    skipped.set(reason, entry);
  };
  const kept = records.filter((record) => {
    const reason = reasonToSkip(record, scenario);
    if (reason !== undefined) skip(reason, record);
    return reason === undefined;
  });
  const chosen = thinOut(kept, scenario.dump.limit);
  for (const record of kept) if (!chosen.has(record)) skip('above dump.limit', record);

  const queries = kept.filter((r) => chosen.has(r));
  const planned = withBaseline(plannedQueries(queries, scenario, options), scenario);
  return {
    queries: planned,
    pairs: planned.filter((q) => q.arm === 'baseline').length,
    skipped: [...skipped].map(([reason, { count, examples }]): Skipped => ({ reason, count, examples })),
    sha256: planDigest(planned),
  };
}

function place(record: DumpRecord): string {
  return `${record.origin.file}:${record.origin.line}`;
}

function reasonToSkip(record: DumpRecord, { dump }: Scenario): string | undefined {
  if (dump.sources && !dump.sources.includes(record.source ?? '')) return 'source not in dump.sources';
  if (dump.recordedFailures === 'skip' && record.recorded?.state === 'FAILED') return 'failed when recorded';
  const kind = effectiveKind(record);
  if (kind === 'execute') return 'EXECUTE without the text of its prepared statement';
  if (dump.writes === 'skip' && !isReadOnly(kind)) return `write policy: ${kind} statements are skipped`;
  return undefined;
}

/** EXECUTE is what it executes; without the prepared text nobody can know. */
function effectiveKind(record: DumpRecord): StatementKind {
  const kind = statementKind(record.sql);
  if (kind !== 'execute') return kind;
  const text = preparedText(record);
  return text === undefined ? 'execute' : statementKind(text);
}

/** The text behind `EXECUTE name`, by the whole name; EXECUTE IMMEDIATE and EXPLAIN ANALYZE EXECUTE name none. */
function preparedText({ sql, prepared }: DumpRecord): string | undefined {
  const [execute, word = '', next = 'USING'] = significantTokens(sql);
  if (execute?.toUpperCase() !== 'EXECUTE' || !/^(?:USING|;)$/i.test(next)) return undefined;
  const name = word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word;
  const key = [name, name.toLowerCase()].find((candidate) => Object.hasOwn(prepared, candidate));
  return key === undefined ? undefined : prepared[key];
}

/** At most `limit` records, evenly drawn, so that the day keeps its shape. */
function thinOut(records: readonly DumpRecord[], limit: number | undefined): ReadonlySet<DumpRecord> {
  if (limit === undefined || records.length <= limit) return new Set(records);
  const step = records.length / limit;
  return new Set(Array.from({ length: limit }, (_, i) => records[Math.floor(i * step)] as DumpRecord));
}

function plannedQueries(
  records: readonly DumpRecord[],
  scenario: Scenario,
  options: PlanOptions,
): PlannedQuery[] {
  const oracle = expectationOracle(scenario.expect);
  const arrivals = records.map((r) => r.arrivedAtMs);
  const speed = scenario.load.model === 'recorded' ? scenario.load.speed : 1;
  const intended = recordedPacing(arrivals, speed);
  return records.map((record, seq): PlannedQuery => {
    const expected = oracle(record);
    const expectedResult = options.expectedResult?.(record.sql);
    return {
      seq,
      arm: 'gateway',
      pair: -1,
      gatewayFirst: true,
      // A closed loop has no intended times of its own: a query is due when a slot is free.
      intendedMs: scenario.load.model === 'closed' ? 0 : (intended[seq] ?? 0),
      session: `${record.user}\u0000${record.source ?? ''}`,
      sql: record.sql,
      headers: statementHeaders(record),
      user: record.user,
      source: record.source ?? '',
      kind: effectiveKind(record),
      fingerprint: digest(normalisedSql(record.sql)).slice(0, 12),
      statement: digest(`${record.catalog ?? ''}\u0000${record.schema ?? ''}\u0000${record.sql}`).slice(
        0,
        16,
      ),
      expectedGroup: expected?.group ?? '',
      expectedBecause: expected?.because ?? 'no expectation holds',
      ...(expectedResult === undefined ? {} : { expectedResult }),
      ...(record.recorded?.elapsedMs === undefined ? {} : { recordedMs: record.recorded.elapsedMs }),
      origin: place(record),
    };
  });
}

/**
 * Adds the other member of each pair. A fair seeded coin says which arm takes the recorded instant; the other
 * follows one gap later. So both arms stand equally often in the burst and in its echo, and as often first as
 * second: with the gateway's members always in the burst, two identical ways would differ.
 */
function withBaseline(queries: readonly PlannedQuery[], { baseline, seed, load }: Scenario): PlannedQuery[] {
  const draw = seededRandom(seed, 'baseline-share');
  const coin = seededRandom(seed, 'baseline-order');
  const gapMs = load.model === 'closed' ? 0 : baseline.gap;
  let pairs = 0;
  const all = queries.flatMap((q): PlannedQuery[] => {
    const takesPart =
      isReadOnly(q.kind as StatementKind) && q.expectedGroup !== '' && draw.next() < baseline.share;
    if (!takesPart) return [q];
    const pair = pairs++;
    const gatewayFirst = coin.next() < 0.5;
    const later = q.intendedMs + gapMs;
    const own: PlannedQuery = { ...q, pair, gatewayFirst, intendedMs: gatewayFirst ? q.intendedMs : later };
    const twin: PlannedQuery = {
      ...own,
      arm: 'baseline',
      session: `${q.session}\u0000baseline`,
      intendedMs: gatewayFirst ? later : q.intendedMs,
    };
    return gatewayFirst ? [own, twin] : [twin, own];
  });
  return all.sort((a, b) => a.intendedMs - b.intendedMs);
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
