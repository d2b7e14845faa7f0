/** The life of queries on one simulated coordinator: registered, queued, running, ended, forgotten. */
import type { Clock } from '../../base/clock.ts';
import type { StubConfig } from '../config.ts';
import { type StubError, stubError } from '../errors.ts';
import { Plants } from '../plants.ts';
import { understandingCache } from '../text/understanding-cache.ts';
import { type Admission, admission } from './admission.ts';
import type { ClientSession } from './client.ts';
import { type SharedWork, sharedWork } from './contention.ts';
import { type EventSender, eventSender } from './event-listener.ts';
import { liveNodes, liveQueries } from './listings.ts';
import { LongPolls } from './long-polls.ts';
import { type Done, isEnded, isTask, type Query, registeredQuery, rowsLeft } from './query.ts';
import { type Phase, type Readiness, readiness } from './readiness.ts';
import { serviceTimes } from './service-time.ts';
import { drawSlugKey, queryIdSource } from './tokens.ts';
import { planWork, type WorkWorld } from './work.ts';

/** Counts since process start. */
export interface Totals {
  posts: number;
  polls: number;
  /** Requests for queries that this process never had, or has forgotten. */
  unknownIds: number;
}

export class Coordinator {
  readonly config: StubConfig;
  readonly suffix: string;
  readonly clock: Clock;
  readonly readiness: Readiness;
  readonly longPolls: LongPolls;
  readonly plants: Plants;
  readonly events: EventSender;
  readonly totals: Totals = { posts: 0, polls: 0, unknownIds: 0 };
  readonly transactions = new Set<string>();
  readonly #abortedTransactions = new Set<string>();
  readonly #startedMs: number;
  readonly #nextId: (wallMs: number) => string;
  readonly #queries = new Map<string, Query>();
  /** Ended queries in the order of their end, for forgetting. */
  #ended: Query[] = [];
  readonly #group: Admission<Query>;
  readonly #world: WorkWorld;
  /** Work under contention; undefined where statements do not slow each other down. */
  readonly #shared: SharedWork<Query> | undefined;
  readonly #sweeper: NodeJS.Timeout;
  #failures: { readonly error: StubError; left: number } | undefined;

  constructor(config: StubConfig, clock: Clock, startedMs: number, suffix: string) {
    this.config = config;
    this.plants = new Plants(config.plants);
    this.events = eventSender(config);
    this.clock = clock;
    this.suffix = suffix;
    this.readiness = readiness(config.startup);
    this.longPolls = new LongPolls(clock);
    this.#startedMs = startedMs;
    this.#nextId = queryIdSource(suffix);
    this.#group = admission(config, (query: Query) => this.#start(query));
    const { alpha, beta } = config.contention;
    if (alpha > 0 || beta > 0)
      this.#shared = sharedWork(clock, config.contention, (query) => this.#finishWork(query));
    this.#world = {
      config,
      serviceTimes: serviceTimes(config),
      understand: understandingCache(),
      transactions: this.transactions,
      abortedTransactions: this.#abortedTransactions,
      kill: (id, message) => this.#killFromSql(id, message),
      liveTable: (name) => (name === 'nodes' ? liveNodes(this) : liveQueries(this)),
    };
    const every = Math.max(20, Math.min(1_000, config.clientTimeoutMs / 4));
    this.#sweeper = setInterval(() => this.#sweep(), every);
    this.#sweeper.unref();
  }

  /** Milliseconds since the process started. */
  uptimeMs(): number {
    return this.clock.nowMs() - this.#startedMs;
  }

  phase(): Phase {
    return this.readiness.phase(this.uptimeMs());
  }

  get running(): number {
    return this.#group.running;
  }

  get queued(): number {
    return this.#group.queued;
  }

  /** Queries that Trino would list: submitted at least. Newest last. */
  *listed(): Generator<Query> {
    for (const query of this.#queries.values()) if (query.phase !== 'registered') yield query;
  }

  /** Queries that have not ended, those never polled among them. */
  open(): number {
    return this.#queries.size - this.#ended.length;
  }

  find(id: string): Query | undefined {
    return this.#queries.get(id);
  }

  /** Takes a POST: an id and nothing more. */
  register(sql: string, session: ClientSession): Query {
    const createdWallMs = this.clock.wallMs();
    const query = registeredQuery({
      id: this.#nextId(createdWallMs),
      slugKey: drawSlugKey(),
      sql,
      session,
      createdWallMs,
      createdMs: this.clock.nowMs(),
    });
    this.#queries.set(query.id, query);
    return query;
  }

  /**
   * The first poll: the statement is analysed and gets in line. A coordinator that still starts has accepted the
   * POST and fails here, as release 476 was seen to.
   */
  submit(query: Query): void {
    query.isTold = true;
    this.events.created(query);
    if (this.phase() === 'starting') {
      this.fail(query, stubError('SERVER_STARTING_UP', 'Trino server is still initializing'));
      return;
    }
    const planned = planWork(query, this.#world);
    if ('errorName' in planned) {
      this.fail(query, planned);
      return;
    }
    const failure = this.#plantedFailure(query) ?? this.#takeFailure();
    const catalogs = planned.scans.map((t) => t.catalog ?? query.session.catalog);
    query.work = planned.work;
    query.admit = () => failure ?? this.#scanError(catalogs);
    query.scans = catalogs.length > 0;
    query.phase = 'queued';
    const isFull = query.plant === 'queue-full';
    if (isFull) this.plants.note(query.session.traceToken, query.plant ?? 'queue-full');
    else if (this.#group.submit(query) !== 'full') return;
    query.phase = 'registered';
    this.fail(query, stubError('QUERY_QUEUE_FULL', 'Too many queued queries for "global"'));
  }

  #plantedFailure({ plant, session }: Query): StubError | undefined {
    if (plant !== 'fail-task') return undefined;
    this.plants.note(session.traceToken, plant);
    return stubError('REMOTE_TASK_ERROR', 'Planted: a task has failed');
  }

  #scanError(catalogs: readonly (string | undefined)[]): StubError | undefined {
    const now = this.uptimeMs();
    if (catalogs.every((catalog) => this.readiness.canScan(catalog, now))) return undefined;
    return stubError('NO_NODES_AVAILABLE', 'No nodes available to run query');
  }

  /** The next n submitted statements fail with an error. */
  failNext(error: StubError, n: number): void {
    this.#failures = n > 0 ? { error, left: n } : undefined;
  }

  #takeFailure(): StubError | undefined {
    if (this.#failures === undefined) return undefined;
    const { error } = this.#failures;
    this.#failures.left--;
    if (this.#failures.left <= 0) this.#failures = undefined;
    return error;
  }

  #start(query: Query): void {
    query.phase = 'running';
    query.dispatched = true;
    query.startedMs = this.clock.nowMs();
    const error = query.admit?.();
    if (error !== undefined) {
      this.fail(query, error);
      return;
    }
    if (isTask(query) && query.work?.serviceMs === 0) {
      this.#doAtOnce(query);
      return;
    }
    const coldMs = query.scans ? this.readiness.takeColdScanMs() : 0;
    this.#workFor(query, plantedMs(query) ?? (query.work?.serviceMs ?? 0) + coldMs);
    this.#wake(query);
  }

  /** The result of a query, spoilt where that is planted. */
  #result(query: Query): Done | StubError {
    const outcome = query.work?.finish() ?? { headers: [] };
    const { plant } = query;
    if ('errorName' in outcome || outcome.table === undefined || outcome.table.rows === 0) return outcome;
    if (plant !== 'lose-row' && plant !== 'change-row') return outcome;
    this.plants.note(query.session.traceToken, plant);
    const { table } = outcome;
    const last = table.rows - 1;
    if (plant === 'lose-row') return { ...outcome, table: { ...table, rows: last } };
    const row = (index: number) =>
      index === last ? JSON.stringify(table.columns.map(() => 'planted')) : table.row(index);
    return { ...outcome, table: { ...table, row } };
  }

  #workFor(query: Query, ms: number): void {
    clearTimeout(query.timer);
    query.dueMs = this.clock.nowMs() + ms;
    if (this.#shared === undefined) query.timer = setTimeout(() => this.#finishWork(query), ms);
    else this.#shared.begin(query, ms);
  }

  /**
   * A worker is gone with what it was doing. Without fault-tolerant execution what runs fails; with it the lost part
   * is done again, which takes `redoMs` more.
   */
  loseWorker(redoMs: number | undefined): void {
    for (const query of this.#queries.values()) {
      if (query.phase !== 'running' || query.done !== undefined) continue;
      if (redoMs === undefined) this.fail(query, stubError('REMOTE_HOST_GONE', 'Node is gone'));
      else this.#workFor(query, Math.max(0, query.dueMs - this.clock.nowMs()) + redoMs);
    }
  }

  /** What the coordinator does itself has failed before its client hears that it began; procedures take longer. */
  #doAtOnce(query: Query): void {
    const outcome = query.work?.finish() ?? { headers: [] };
    if ('errorName' in outcome) {
      query.dispatched = query.work?.updateType === 'CALL';
      this.fail(query, outcome);
      return;
    }
    query.done = outcome;
    this.#end(query, 'finished');
    this.#wake(query);
  }

  #finishWork(query: Query): void {
    const outcome = this.#result(query);
    if ('errorName' in outcome) {
      this.fail(query, outcome);
      return;
    }
    query.done = outcome;
    if (rowsLeft(query) === 0) this.#end(query, 'finished');
    this.#wake(query);
  }

  /** The client has got the last rows: only now does the query give up its place. */
  rowsRead(query: Query): void {
    if (query.phase === 'running' && query.done !== undefined && rowsLeft(query) === 0) {
      this.#end(query, 'finished');
    }
  }

  /** Ends a query with an error; does nothing to one that has ended. */
  fail(query: Query, error: StubError): void {
    if (isEnded(query)) return;
    query.error = error;
    const { transactionId = '' } = query.session;
    if (this.transactions.has(transactionId)) this.#abortedTransactions.add(transactionId);
    this.#end(query, 'failed');
    this.#wake(query);
  }

  /** Cuts the result off: the query finishes with the rows it has sent. */
  cancelRest(query: Query): void {
    if (query.phase !== 'running') return;
    const table = query.done?.table;
    query.done = { headers: [], ...query.done, ...(table && { table: { ...table, rows: query.rowsSent } }) };
    this.#end(query, 'finished');
    this.#wake(query);
  }

  #end(query: Query, phase: 'finished' | 'failed'): void {
    const before = query.phase;
    if (query.isTold) this.events.completed(query, query.error?.errorName ?? '');
    clearTimeout(query.timer);
    this.#shared?.drop(query);
    query.timer = undefined;
    query.phase = phase;
    query.endedMs = this.clock.nowMs();
    this.#ended.push(query);
    if (before === 'running') this.#group.release();
    else this.#group.withdraw(query);
  }

  #wake(query: Query): void {
    for (const waiter of query.waiters) if (!waiter.done) waiter.done = waiter.settle(false);
    query.waiters = query.waiters.filter((waiter) => !waiter.done);
  }

  #killFromSql(id: string, message: string): StubError | undefined {
    const query = this.#queries.get(id);
    if (query === undefined || query.phase === 'registered') {
      return stubError('NOT_FOUND', `Target query not found: ${id}`);
    }
    if (isEnded(query)) return stubError('NOT_SUPPORTED', `Target query is not running: ${id}`);
    this.fail(query, killedError(message));
    return undefined;
  }

  #sweep(): void {
    const now = this.clock.nowMs();
    const limit = now - this.config.clientTimeoutMs;
    for (const query of this.#queries.values()) {
      if (isEnded(query) || query.touchedMs > limit || isWaitedFor(query)) continue;
      if (query.phase === 'registered') this.#queries.delete(query.id);
      else this.fail(query, stubError('ABANDONED_QUERY', abandonedText(query, this.config.clientTimeoutMs)));
    }
    this.#forget(now - this.config.history.minAgeMs);
  }

  #forget(endedBefore: number): void {
    const surplus = this.#ended.length - this.config.history.maxQueries;
    let gone = 0;
    while (gone < surplus && (this.#ended[gone]?.endedMs ?? Infinity) < endedBefore) {
      this.#queries.delete(this.#ended[gone]?.id ?? '');
      gone++;
    }
    if (gone > 0) this.#ended = this.#ended.slice(gone);
  }

  /** Stops all timers; nothing is answered any more. */
  close(): void {
    clearInterval(this.#sweeper);
    this.#shared?.close();
    this.longPolls.close();
    for (const query of this.#queries.values()) clearTimeout(query.timer);
  }
}

const HOUR_MS = 3_600_000;

/** How long a query works on that is planted not to end. */
function plantedMs({ plant }: Query): number | undefined {
  return plant === 'hang' || plant === 'leave-running' ? HOUR_MS : undefined;
}

/** The error of a query that somebody killed by its id. */
export function killedError(message: string): StubError {
  return stubError('ADMINISTRATIVELY_KILLED', `Query killed. Message: ${message === '' ? 'none' : message}`);
}

function isWaitedFor(query: Query): boolean {
  return query.waiters.some((waiter) => !waiter.done);
}

function abandonedText(query: Query, timeoutMs: number): string {
  return `Query ${query.id} was abandoned by the client: its results have not been asked for in ${timeoutMs} ms`;
}
