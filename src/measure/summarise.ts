/** From a run's record to its summary: a pure function, so that any old run can be judged again. */
import { seededRandom } from '../base/random.ts';
import { actionSummaries } from './analyses/actions.ts';
import { distribution } from './analyses/distribution.ts';
import { errorRows } from './analyses/errors.ts';
import { heldUp } from './analyses/held-up.ts';
import { latencyRows, pairedRows } from './analyses/latency.ts';
import { routing } from './analyses/routing.ts';
import { statements } from './analyses/statements.ts';
import { stickiness } from './analyses/stickiness.ts';
import { timeline } from './analyses/timeline.ts';
import { computeFigures } from './figures/figures.ts';
import { assertConservation, countOutcomes, isComplete, phaseRows } from './ledger/counts.ts';
import { ledgerSummary } from './ledger/fates.ts';
import { buildLedger, type Ledger } from './ledger/ledger.ts';
import type { Outside } from './ledger/measured.ts';
import { overhead } from './overhead/overhead.ts';
import { comparePairs } from './overhead/pairs.ts';
import { type Places, placesOf, recordsAt } from './record/columns.ts';
import type { RunRecord } from './record/run-info.ts';
import type { DropRow, Summary } from './summary/summary.ts';
import { lateness, validityChecks } from './validity/validity.ts';

export interface SummariseOptions {
  /** Bootstrap resamples behind the bounds of quantile shifts: 2000, or 10 000 for a release report. */
  readonly resamples?: number;
  /** Confidence of all intervals, 0.95 unless a gate may look several times (Bonferroni). */
  readonly confidence?: number;
}

/** Judges a run. Throws when the sums do not hold: that is a bug in us, and no summary is better than a wrong one. */
export function summarise(record: RunRecord, options: SummariseOptions = {}): Summary {
  const { info } = record;
  const ledger = buildLedger(record);
  const phases = phaseRows(ledger);
  assertConservation(ledger, info, phases);
  const pairs = comparePairs(ledger);
  const noise = comparePairs(ledger, 'noise');
  const late = lateness(record.samples);
  const routes = routing(ledger, info.judge.routingToleranceMs);
  const totalOf = (places: Places) => ({
    planned: places.length,
    counts: countOutcomes(ledger, places),
  });
  const parts = {
    formatVersion: 1,
    confidence: options.confidence ?? 0.95,
    durationMs: ledger.endUs / 1000,
    total: totalOf(ledger.gateway),
    outside: outsideCounts(ledger),
    baselineTotal: totalOf(ledger.baseline),
    ...(ledger.noise.length === 0 ? {} : { noiseTotal: totalOf(ledger.noise) }),
    errors: errorRows(ledger, info),
    cutShort: ledger.gateway.filter((place) => ledger.samples.enoughRows.at(place) >= 0).length,
    phases,
    drops: dropRows(ledger),
    actions: actionSummaries(record, ledger),
    overhead: overhead(record.samples, pairs, noise, {
      ...options,
      random: seededRandom(info.seed, 'quantile shifts'),
    }),
    latency: [
      ...latencyRows(ledger, options.confidence),
      ...pairedRows(ledger, pairs, noise, options.confidence),
    ],
    routing: routes,
    stickiness: stickiness(ledger),
    ledger: ledgerSummary(ledger, isComplete(info)),
    distribution: distribution(ledger, info.judge.routingToleranceMs),
    statements: statements(ledger, pairs, record.texts ?? new Map()),
    timeline: timeline(ledger),
    validity: validityChecks(record, ledger, routes, late),
    heldUp: heldUp(ledger),
    gatewaysLost: record.events.filter((event) => event.type === 'gateway-lost').length,
  } as const;
  const skipped = info.skipped.reduce((sum, s) => sum + s.count, 0);
  const figures = computeFigures({ ...parts, skipped, lateness: late });
  return { ...parts, figures };
}

function outsideCounts({ entries, gateway }: Ledger): NonNullable<Summary['outside']> {
  const of = (which: Outside) => gateway.filter((place) => entries.outside.at(place) === which).length;
  return { warmUp: of('warm-up'), coolDown: of('cool-down') };
}

/** Every drop of both arms, in the order of time. */
function dropRows(ledger: Ledger): readonly DropRow[] {
  const { entries } = ledger;
  const dropped = placesOf(entries).filter((place) => entries.dropped.at(place));
  return recordsAt(entries, dropped)
    .sort((a, b) => a.atUs - b.atUs)
    .map(({ sample, outcome, blame, kill, owner, phase, action, atUs, cause }) => ({
      seq: sample.seq,
      arm: sample.arm,
      queryId: sample.queryId,
      cluster: owner?.cluster ?? sample.target,
      group: sample.expectedGroup,
      user: sample.user,
      source: sample.source,
      phase: ledger.phases[phase]?.name ?? '',
      action,
      outcome,
      blame: blame ?? 'avoidable',
      kill: kill?.name ?? '',
      atMs: atUs / 1000,
      cause,
      detail: sample.detail,
    }));
}
