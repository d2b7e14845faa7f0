/** Sends a plan and hands out samples. */
import type { Clock } from '../base/clock.ts';
import { seededRandom } from '../base/random.ts';
import type { Arm, Sample } from '../measure/record/sample.ts';
import { traceToken } from '../measure/record/trace-token.ts';
import type { Plan, PlannedQuery } from '../plan/plan.ts';
import { errorKind } from '../trino/error-kinds.ts';
import { isReadOnly, type StatementKind } from '../trino/sql-kind.ts';
import { CLIENT_PROFILES, type ClientName } from './client-profile.ts';
import type { Driver } from './drivers/driver.ts';
import { DRIVERS, type DriverName } from './drivers/drivers.ts';
import type { TlsSettings } from './http/connection.ts';
import { type ClientSession, createClientSession } from './session.ts';
import { dueOf, isOpenEnded, type LoadShape, release } from './shape.ts';
import { type DueQuery, partRule } from './source.ts';
import { neverSent } from './statement.ts';
import { type StopWhen, stopRule } from './stop.ts';

export interface Target {
  readonly url: string;
  /** Cluster name; '' for a gateway. */
  readonly name: string;
}

/** What of it is plain data, and may be handed to another thread. */
export interface ReplaySettings {
  readonly runId: string;
  readonly seed: number;
  readonly shape: LoadShape;
  readonly stopWhen?: StopWhen | undefined;
  /** What carries the statements; `wire` when not given. */
  readonly driver?: DriverName | undefined;
  readonly client: ClientName;
  readonly queryTimeoutMs: number;
  readonly queueTimeoutMs?: number | undefined;
  /** Of a reading query: its client cancels the rest once it has so many. */
  readonly mostRows?: number | undefined;
  /** Most to one address, on each set of connections. */
  readonly connections: number;
}

export interface ReplayOptions extends ReplaySettings {
  readonly clock: Clock;
  /** Clock milliseconds that sample times count from. */
  readonly originMs: number;
  /** Clock milliseconds of the schedule's origin; the moment of the call when not given. */
  readonly startMs?: number | undefined;
  readonly mayContact: (url: URL) => boolean;
  readonly tls?: TlsSettings | undefined;
  /** Headers that prove who we are, for a statement that begins now. */
  readonly credentials?: (() => Readonly<Record<string, string>>) | undefined;
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
  /** Planned queries by arm: the plan and its repetitions; where the plan does not say how many, what was reached. */
  readonly planned: Readonly<Record<Arm, number>>;
  /** Why it ended before its plan, or undefined. */
  readonly stoppedBecause: string | undefined;
  /** Ends it before its plan as `stopWhen` does: what is open goes on to its end, nothing is started any more. */
  stop(because: string): void;
  /** Resolves when every released query has ended. */
  readonly done: Promise<void>;
}

/** Starts the replay. */
export function startReplay(plan: Plan, options: ReplayOptions): Replay {
  const { clock, shape, signal } = options;
  const mine = plan.queries.filter(partRule(shape.part ?? { index: 0, of: 1 }, shape.inSessions === true));
  const openEnded = isOpenEnded(shape);
  const planned: Record<Arm, number> = { gateway: 0, baseline: 0, noise: 0 };
  if (!openEnded) for (const query of mine) planned[query.arm]++;
  const progress = { planned: openEnded ? 0 : mine.length, released: 0, open: 0, ended: 0, troubled: 0 };
  const stop = stopRule(options.stopWhen ?? {}, progress);
  const stopped = new AbortController();
  // At once, also while the next query is not due for long.
  const look = () => {
    if (stop.because !== undefined) stopped.abort();
  };
  const startMs = options.startMs ?? clock.nowMs();
  const runner = createRunner(options);
  const sent = new Set<PlannedQuery>();
  const record = (sample: Sample) => {
    progress.ended++;
    if (isTrouble(sample)) progress.troubled++;
    look();
    options.onSample(sample);
  };
  const run = async (due: DueQuery, intendedMs: number): Promise<void> => {
    progress.released++;
    stop.released(clock.nowMs() - intendedMs);
    look();
    if (due.round === 0 && !openEnded) sent.add(due.query);
    if (due.round > 0 || openEnded) planned[due.query.arm]++;
    progress.planned = Math.max(progress.planned, progress.released);
    progress.open++;
    record(await runner.run(due, intendedMs));
    progress.open--;
  };
  const leaveUnsent = () => {
    for (const query of mine) {
      if (sent.has(query)) continue;
      if (stop.because !== undefined) planned[query.arm]--;
      else record(neverSent(query, runner.toUs(startMs + query.intendedMs)));
    }
    progress.planned = Object.values(planned).reduce((sum, n) => sum + n, 0);
  };
  const queries = dueOf(plan, shape, options.seed, options.wanted);
  const { seed } = options;
  const released = release(queries, shape, {
    clock,
    signal: AbortSignal.any([signal, stopped.signal]),
    run,
    startMs,
    seed,
  });
  const done = released.then(() => (openEnded ? undefined : leaveUnsent())).finally(() => runner.close());
  return {
    ...{ progress, planned, done },
    stop(because) {
      stop.end(because);
      look();
    },
    get stoppedBecause() {
      return stop.because;
    },
  };
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
type Drivers = Readonly<Record<'heads' | 'tails' | 'unpaired', Driver>>;

function driverFor({ arm, pair }: PlannedQuery, drivers: Drivers, seed: number): Driver {
  if (pair < 0) return drivers.unpaired;
  const heads = seededRandom(seed + pair, 'connections').next() < 0.5;
  return heads === (arm === 'baseline') ? drivers.heads : drivers.tails;
}

const SAMPLE_SEED_LABEL = 'client-retries';

/** Runs single queries: their connections, sessions and numbers. */
function createRunner(options: ReplayOptions) {
  const { clock, originMs, signal, queryTimeoutMs, mayContact, connections, tls } = options;
  const newDriver = () =>
    DRIVERS[options.driver ?? 'wire'].create({
      ...{ clock, connections, mayContact, signal },
      ...(tls === undefined ? {} : { tls }),
    });
  const drivers: Drivers = { heads: newDriver(), tails: newDriver(), unpaired: newDriver() };
  const sessions = new Map<string, { readonly round: number; readonly client: ClientSession }>();
  const toUs = (ms: number) => Math.round((ms - originMs) * 1000);
  /** Where the plan begins again, its clients are new ones: what they left at its end is not what its beginning was judged by. */
  const sessionOf = ({ query: { session }, round }: DueQuery): ClientSession | undefined => {
    if (options.shape.inSessions !== true) return undefined;
    const known = sessions.get(session);
    if (known !== undefined && known.round === round) return known.client;
    const client = createClientSession();
    sessions.set(session, { round, client });
    return client;
  };
  return {
    toUs,
    async run(due: DueQuery, intendedMs: number): Promise<Sample> {
      const { query } = due;
      const intendedUs = toUs(intendedMs);
      const target = options.targetOf(query);
      if (target === undefined) return neverSent(query, intendedUs);
      return driverFor(query, drivers, options.seed).run(query, intendedUs, toUs(clock.nowMs()), {
        ...{ clock, originMs, signal, queryTimeoutMs, queueTimeoutMs: options.queueTimeoutMs },
        mostRows: isReadOnly(query.kind as StatementKind) ? options.mostRows : undefined,
        profile: CLIENT_PROFILES[options.client],
        // Seeded by the query, so that its pauses do not depend on what other queries drew before.
        random: seededRandom(options.seed + query.seq, SAMPLE_SEED_LABEL),
        url: target.url,
        target: target.name,
        traceToken: traceToken(options.runId, query),
        session: sessionOf(due),
        credentials: options.credentials?.(),
      });
    },
    async close(): Promise<void> {
      await Promise.all(Object.values(drivers).map((driver) => driver.close()));
    },
  };
}
