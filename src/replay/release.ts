/** When queries leave: by the clock (open loop), or when one before them has ended (closed loop). */
import type { Clock } from '../base/clock.ts';
import type { DueQuery } from './source.ts';

export interface ReleaseOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Runs one query to its end; `intendedMs` is on the clock. */
  readonly run: (due: DueQuery, intendedMs: number) => Promise<void>;
  /** Clock milliseconds that intended times count from; now, when not given. */
  readonly startMs?: number;
}

export interface OnTimeOptions extends ReleaseOptions {
  /** A session's statements wait for each other. */
  readonly inSessions?: boolean;
}

/**
 * Open loop: at each wake everything that is due is released; nothing waits for an answer, so a stalled system
 * cannot slow the load down. Ties and the statements of one user leave in dump order.
 *
 * With `inSessions` a statement is due when its time has come and the one before it in its session has ended: nobody asks
 * the second question before the first is answered.
 */
export async function releaseOnTime(queries: Iterable<DueQuery>, options: OnTimeOptions): Promise<void> {
  const { clock, signal } = options;
  const startMs = options.startMs ?? clock.nowMs();
  const run = options.inSessions === true ? afterEachOther(options) : options.run;
  const open = openCount();
  for (const due of queries) {
    const atMs = startMs + due.intendedMs;
    if (clock.nowMs() < atMs) await clock.sleepUntil(atMs, signal).catch(() => undefined);
    if (signal.aborted) break;
    open.add(run(due, atMs));
  }
  await open.none();
}

/** Chains the runs of each session. */
function afterEachOther({ clock, signal, run }: OnTimeOptions): OnTimeOptions['run'] {
  const last = new Map<string, Promise<void>>();
  return (due, atMs) => {
    const { session } = due.query;
    const before = last.get(session);
    const running =
      before === undefined
        ? run(due, atMs)
        : before.then(() => (signal.aborted ? undefined : run(due, Math.max(atMs, clock.nowMs()))));
    const ended = running.finally(() => {
      if (last.get(session) === ended) last.delete(session);
    });
    last.set(session, ended);
    return ended;
  };
}

/** Counts runs, and tells when none is open; a set of promises would be raced over for each of them. */
function openCount() {
  let open = 0;
  let failure: { readonly error: unknown } | undefined;
  let wake = () => {};
  const ended = () => {
    open--;
    wake();
  };
  const fails = (error: unknown) => {
    failure ??= { error };
    ended();
  };
  return {
    get size() {
      return open;
    },
    add(running: Promise<void>): void {
      open++;
      running.then(ended, fails);
    },
    /** Resolves when the next run has ended; rejects when one has failed. */
    async change(): Promise<void> {
      if (failure === undefined)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      if (failure !== undefined) throw failure.error;
    },
    async none(): Promise<void> {
      while (open > 0) await this.change();
      if (failure !== undefined) throw failure.error;
    },
  };
}

export interface SlotOptions extends ReleaseOptions {
  /** How many at once, now. */
  readonly slots: () => number;
  /** Once it says so nothing more is started, of what was looked at ahead neither. */
  readonly isOver: () => boolean;
  /** Pause of a user after a statement, milliseconds. */
  readonly thinkMs?: (() => number) | undefined;
  /** How often `slots` is asked while all wait; needed where it may grow. */
  readonly lookEveryMs?: number | undefined;
}

/** How many queries a closed loop looks past a busy user, per slot, before it waits. */
const LOOK_AHEAD = 4;

/**
 * Closed loop: so many slots; each takes the next query whose session has none open, so that one user's
 * statements run one after the other in their order. A user who thinks keeps the slot.
 */
export async function releaseBySlots(queries: Iterator<DueQuery, void>, options: SlotOptions): Promise<void> {
  const { clock, signal } = options;
  const waiting: DueQuery[] = [];
  const busy = new Set<string>();
  const open = openCount();
  let exhausted = false;
  const fill = () => {
    while (!exhausted && waiting.length < Math.max(1, options.slots()) * LOOK_AHEAD) {
      const next = queries.next();
      if (next.done) exhausted = true;
      else waiting.push(next.value);
    }
  };
  const runOne = async (due: DueQuery): Promise<void> => {
    busy.add(due.query.session);
    try {
      await options.run(due, clock.nowMs());
      const pauseMs = options.thinkMs?.() ?? 0;
      if (pauseMs > 0) await clock.sleepUntil(clock.nowMs() + pauseMs, signal).catch(() => undefined);
    } finally {
      busy.delete(due.query.session);
    }
  };
  for (;;) {
    fill();
    const index = waiting.findIndex((due) => !busy.has(due.query.session));
    if (signal.aborted || options.isOver() || (index < 0 && open.size === 0)) break;
    if (index < 0 || open.size >= options.slots()) {
      await nextChange(open, options);
      continue;
    }
    const [due] = waiting.splice(index, 1) as [DueQuery];
    open.add(runOne(due));
  }
  await open.none();
}

/** A slot that is free, or the time at which there may be more of them. */
async function nextChange(
  open: ReturnType<typeof openCount>,
  { clock, signal, lookEveryMs }: SlotOptions,
): Promise<void> {
  if (lookEveryMs === undefined && open.size > 0) return open.change();
  const look = clock.sleepUntil(clock.nowMs() + (lookEveryMs ?? 10), signal).catch(() => undefined);
  await (open.size > 0 ? Promise.race([open.change(), look]) : look);
}
