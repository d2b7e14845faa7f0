/** Sends a plan and hands out samples. */
import type { Clock } from '../base/clock.ts';
import { seededRandom } from '../base/random.ts';
import type { Arm, Sample } from '../measure/sample.ts';
import type { Plan, PlannedQuery } from '../plan/plan.ts';
import { errorKind } from '../trino/error-kinds.ts';
import { CLIENT_PROFILES, type ClientName } from './client-profile.ts';
import { releaseBySlots, releaseOnTime } from './release.ts';
import { type DueQuery, dueQueries } from './source.ts';
import { neverSent, runStatement } from './statement.ts';
import { createWire, type Wire } from './wire.ts';

export interface Target {
  readonly url: string;
  /** Cluster name; '' for a gateway. */
  readonly name: string;
}

export interface ReplayOptions {
  readonly clock: Clock;
  /** Clock milliseconds that sample times count from. */
  readonly originMs: number;
  readonly runId: string;
  readonly seed: number;
  readonly model: 'recorded' | 'closed';
  readonly concurrency: number;
  /** Closed loop only: start nothing after this time, and repeat the plan until then. */
  readonly durationMs?: number | undefined;
  readonly client: ClientName;
  readonly queryTimeoutMs: number;
  readonly connections: number;
  readonly mayContact: (url: URL) => boolean;
  /** Where a query goes now; undefined when nothing can take it, which is a failure of ours. */
  readonly targetOf: (query: PlannedQuery) => Target | undefined;
  /** True while the plan has to begin again at its end, because the timeline is not through. */
  readonly wanted: () => boolean;
  readonly onSample: (sample: Sample) => void;
  /** Aborting ends the replay: open queries are cancelled, and what was not sent is recorded so. */
  readonly signal: AbortSignal;
}

/** Live counts for the progress line. */
export interface ReplayProgress {
  /** The plan, and what its repetitions have added so far. */
  readonly planned: number;
  readonly released: number;
  readonly open: number;
  readonly ended: number;
  /** Gateway queries that ended badly, and not by a fault of their own. */
  readonly troubled: number;
}

export interface Replay {
  readonly progress: ReplayProgress;
  /** Planned queries by arm: the plan and its repetitions; with a duration, what was reached in it. */
  readonly planned: Readonly<Record<Arm, number>>;
  /** Resolves when every released query has ended. */
  readonly done: Promise<void>;
}

/** Starts the replay; the schedule's origin is the moment of the call. */
export function startReplay(plan: Plan, options: ReplayOptions): Replay {
  const wires = createWires(options);
  const progress = { planned: plan.queries.length, released: 0, open: 0, ended: 0, troubled: 0 };
  const toUs = (ms: number) => Math.round((ms - options.originMs) * 1000);
  const startMs = options.clock.nowMs();
  const byDuration = options.model === 'closed' && options.durationMs !== undefined;
  const endMs = startMs + (byDuration ? (options.durationMs ?? 0) : Number.POSITIVE_INFINITY);
  const planned: Record<Arm, number> = byDuration ? { gateway: 0, baseline: 0, noise: 0 } : { ...plan.byArm };
  const sent = new Set<PlannedQuery>();
  const record = (sample: Sample) => {
    progress.ended++;
    if (isTrouble(sample)) progress.troubled++;
    options.onSample(sample);
  };
  const run = async (due: DueQuery, intendedMs: number): Promise<void> => {
    progress.released++;
    if (due.round === 0) sent.add(due.query);
    if (due.round > 0 || byDuration) planned[due.query.arm]++;
    progress.planned = Math.max(progress.planned, progress.released);
    progress.open++;
    record(await runQuery(due.query, intendedMs, wires, options));
    progress.open--;
  };
  const recordUnsent = () => {
    for (const query of plan.queries)
      if (!sent.has(query)) record(neverSent(query, toUs(startMs + query.intendedMs)));
  };
  const release = { clock: options.clock, signal: options.signal, run };
  // The first round always, later ones while they are needed; with a duration, until it is over.
  const queries = dueQueries(plan, (round) => byDuration || round === 0 || options.wanted());
  const released =
    options.model === 'recorded'
      ? releaseOnTime(queries, release)
      : releaseBySlots(queries, {
          ...release,
          slots: options.concurrency,
          isOver: () => options.clock.nowMs() >= endMs,
        });
  const done = released
    .then(() => (byDuration ? undefined : recordUnsent()))
    .finally(() => Promise.all(Object.values(wires).map((wire) => wire.close())));
  return { progress, planned, done };
}

function isTrouble({ arm, end, errorName, errorType }: Sample): boolean {
  if (arm !== 'gateway' || end === 'finished') return false;
  return end !== 'query-error' || errorKind(errorName, errorType) !== 'own';
}

/**
 * The members of pairs have connections of their own, which queries outside pairs neither warm nor occupy. There are
 * two sets of them, and a coin says for each pair which one its baseline takes; the others take the other one. A
 * connection keeps what it has learnt for its whole life, so with a set for each arm two identical arms would differ
 * a little, run by run.
 */
type Wires = Readonly<Record<'heads' | 'tails' | 'unpaired', Wire>>;

function createWires(options: ReplayOptions): Wires {
  return { heads: createWire(options), tails: createWire(options), unpaired: createWire(options) };
}

function wireFor({ arm, pair }: PlannedQuery, wires: Wires, seed: number): Wire {
  if (pair < 0) return wires.unpaired;
  const heads = seededRandom(seed + pair, 'connections').next() < 0.5;
  return heads === (arm === 'baseline') ? wires.heads : wires.tails;
}

const SAMPLE_SEED_LABEL = 'client-retries';

function runQuery(
  query: PlannedQuery,
  intendedMs: number,
  wires: Wires,
  options: ReplayOptions,
): Promise<Sample> {
  const { clock, originMs, signal, queryTimeoutMs } = options;
  const intendedUs = Math.round((intendedMs - originMs) * 1000);
  const target = options.targetOf(query);
  if (target === undefined) return Promise.resolve(neverSent(query, intendedUs));
  const releasedUs = Math.round((clock.nowMs() - originMs) * 1000);
  return runStatement(query, intendedUs, releasedUs, {
    ...{ clock, originMs, signal, queryTimeoutMs },
    wire: wireFor(query, wires, options.seed),
    profile: CLIENT_PROFILES[options.client],
    // Seeded by the query, so that its pauses do not depend on what other queries drew before.
    random: seededRandom(options.seed + query.seq, SAMPLE_SEED_LABEL),
    url: target.url,
    target: target.name,
    traceToken: `${options.runId}-${query.arm.charAt(0)}${query.seq}`,
  });
}
