/**
 * What is kept of a run to compare others with it: small enough for git, and enough to say of a difference how sure it
 * is. Times stand in histograms, one for each stretch of the plan, so that the same queries meet in both runs.
 */

import { maskSecrets } from '../base/secrets.ts';
import { createHistogram, encodeHistogram, recordUs } from '../measure/analyses/histogram.ts';
import { buildLedger, type Ledger } from '../measure/ledger/ledger.ts';
import { intoBlocks } from '../measure/overhead/estimate.ts';
import { type Column, groupPlaces, numbersAt, type Places } from '../measure/record/columns.ts';
import type { JudgeSettings, RunInfo, RunRecord } from '../measure/record/run-info.ts';
import type { OutcomeCounts } from '../measure/summary/outcome.ts';
import type { Figure, Summary } from '../measure/summary/summary.ts';
import type { Standing } from './standing.ts';

export type Clock = 'response' | 'service';

export interface StatementTimes {
  readonly fingerprint: string;
  /** The statement without its literals; absent in stored runs, which keep no SQL. */
  readonly text?: string;
  readonly n: number;
  /** All service times together, milliseconds: what the statement costs. */
  readonly totalMs: number;
  /** Service times in microseconds, ascending; evenly thinned when there are many. */
  readonly serviceUs: readonly number[];
}

export interface ComparableRun {
  readonly formatVersion: 1;
  readonly kind: 'rehearse-comparable-run';
  readonly id: string;
  readonly name: string;
  readonly startedAt: string;
  readonly plan: { readonly sha256: string; readonly queries: number };
  /** The verdict it was given; absent in older stored runs, and while a run is being judged. */
  readonly verdict?: Standing;
  /** As resolved, secrets masked; absent in older stored runs, as are the judge's settings. */
  readonly scenario?: unknown;
  readonly judge?: JudgeSettings;
  /** What another run should have alike before its times are held against these. */
  readonly environment: Readonly<Record<string, string>>;
  readonly planned: number;
  readonly counts: OutcomeCounts;
  readonly figures: Readonly<Record<string, Figure>>;
  /** Finished queries of the gateway arm, between warm-up and cool-down, by clock: one HdrHistogram (V2, base64, microseconds) a stretch. */
  readonly blocks: Readonly<Record<Clock, readonly string[]>>;
  readonly statements: readonly StatementTimes[];
}

/** Statements kept, the costliest first. */
const MOST_STATEMENTS = 200;
/** Times kept of one statement. */
const MOST_TIMES = 60;

/** Takes out of a run what a comparison needs. */
export function comparableRun(record: RunRecord, summary: Summary, verdict?: Standing): ComparableRun {
  const { info } = record;
  const finished = finishedInPlanOrder(buildLedger(record));
  const { intendedUs, lastUs, sentUs } = record.samples;
  const blocks = intoBlocks(finished);
  const histograms = (from: Column<number>) =>
    blocks.map((block) => {
      const histogram = createHistogram();
      for (const place of block) recordUs(histogram, lastUs.at(place) - from.at(place));
      return encodeHistogram(histogram);
    });
  return {
    ...{ formatVersion: 1, kind: 'rehearse-comparable-run' },
    ...{ id: info.id, name: info.name, startedAt: info.startedAt },
    plan: { sha256: info.planned.sha256, queries: info.planned.gateway },
    ...(verdict === undefined ? {} : { verdict }),
    ...{ scenario: maskSecrets(info.scenario), judge: info.judge, environment: environmentOf(info) },
    ...{ planned: summary.total.planned, counts: summary.total.counts, figures: summary.figures },
    blocks: {
      response: histograms(intendedUs),
      service: histograms(sentUs),
    },
    statements: statementTimes(record, finished),
  };
}

/** The first round's queries and their repetitions, each at its place in the plan. */
function finishedInPlanOrder({ entries, gateway, samples }: Ledger): Places {
  return gateway
    .filter((place) => entries.outcome.at(place) === 'finished' && entries.outside.at(place) === undefined)
    .sort((a, b) => samples.seq.at(a) - samples.seq.at(b));
}

function statementTimes({ samples, texts }: RunRecord, finished: Places): readonly StatementTimes[] {
  const { fingerprint: shapeOf, lastUs, sentUs } = samples;
  const byFingerprint = groupPlaces(finished, (place) => shapeOf.at(place));
  return Array.from(byFingerprint, ([fingerprint, places]): StatementTimes => {
    const ascending = numbersAt(places, (i) => lastUs.at(i) - sentUs.at(i)).sort();
    const kept = Math.min(MOST_TIMES, ascending.length);
    const place = (i: number) => Math.floor(((i + 0.5) * ascending.length) / kept);
    const text = texts?.get(fingerprint);
    return {
      fingerprint,
      ...(text === undefined ? {} : { text }),
      n: ascending.length,
      totalMs: ascending.reduce((sum, us) => sum + us, 0) / 1000,
      serviceUs: Array.from({ length: kept }, (_, i) => ascending[place(i)] ?? 0),
    };
  })
    .sort((a, b) => b.totalMs - a.totalMs)
    .slice(0, MOST_STATEMENTS);
}

/** Before the key of a scenario that names a file of routing rules: what stood in it. */
export const RULES = 'content of ';

/** Versions, machine, what was under test: one text each. */
function environmentOf(info: RunInfo): Readonly<Record<string, string>> {
  const entries = Object.entries({
    ...prefixed('version of ', info.versions),
    ...prefixed('machine: ', info.machine),
    ...prefixed(RULES, shortDigests(info.rules ?? {})),
    gateway: info.gateway,
    baseline: info.baseline,
    clusters: info.clusters.map((c) => `${c.name} (${c.group}, ${c.driver})`).join(', '),
    simulated: info.simulated ? 'yes' : 'no',
    dump: info.dump?.sha256.slice(0, 16) ?? 'none',
    seed: info.seed,
  });
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

const shortDigests = (digests: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(digests).map(([key, sha256]) => [key, sha256.slice(0, 16)]));

function prefixed(prefix: string, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}
