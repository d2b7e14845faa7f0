/** When queries leave: by the clock (open loop), or when one before them has ended (closed loop). */
import type { Clock } from '../base/clock.ts';
import type { DueQuery } from './source.ts';

export interface ReleaseOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Runs one query to its end; `intendedMs` is on the clock. */
  readonly run: (due: DueQuery, intendedMs: number) => Promise<void>;
}

/**
 * Open loop: at each wake everything that is due is released; nothing waits for an answer, so a stalled system
 * cannot slow the load down. Ties and the statements of one user leave in dump order.
 */
export async function releaseOnTime(queries: Iterable<DueQuery>, options: ReleaseOptions): Promise<void> {
  const { clock, signal, run } = options;
  const startMs = clock.nowMs();
  const open = new Set<Promise<void>>();
  for (const due of queries) {
    const atMs = startMs + due.intendedMs;
    if (clock.nowMs() < atMs) await clock.sleepUntil(atMs, signal).catch(() => undefined);
    if (signal.aborted) break;
    const running = run(due, atMs).finally(() => open.delete(running));
    open.add(running);
  }
  await Promise.all(open);
}

export interface SlotOptions extends ReleaseOptions {
  readonly slots: number;
  /** Once it says so nothing more is started, of what was looked at ahead neither. */
  readonly isOver: () => boolean;
}

/** How many queries a closed loop looks past a busy user, per slot, before it waits. */
const LOOK_AHEAD = 4;

/**
 * Closed loop: so many slots; each takes the next query whose session has none open, so that one user's
 * statements run one after the other in their order.
 */
export async function releaseBySlots(queries: Iterator<DueQuery, void>, options: SlotOptions): Promise<void> {
  const { slots } = options;
  const waiting: DueQuery[] = [];
  const busy = new Set<string>();
  const open = new Set<Promise<void>>();
  let exhausted = false;
  const fill = () => {
    while (!exhausted && waiting.length < slots * LOOK_AHEAD) {
      const next = queries.next();
      if (next.done) exhausted = true;
      else waiting.push(next.value);
    }
  };
  for (;;) {
    fill();
    const index = waiting.findIndex((due) => !busy.has(due.query.session));
    if (options.signal.aborted || options.isOver() || (index < 0 && open.size === 0)) break;
    if (index < 0 || open.size >= slots) {
      await Promise.race(open);
      continue;
    }
    const [due] = waiting.splice(index, 1) as [DueQuery];
    busy.add(due.query.session);
    const running = options.run(due, options.clock.nowMs()).finally(() => {
      busy.delete(due.query.session);
      open.delete(running);
    });
    open.add(running);
  }
  await Promise.all(open);
}
