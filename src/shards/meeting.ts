/**
 * Shards of one run agree on a start: each claims its part, all wait until all are there, the last one sets the time. While they
 * run they beat; one that stops beating is told by the others, and any of them can end the run for all.
 */
import { randomUUID } from 'node:crypto';
import { type Clock, sleep } from '../base/clock.ts';
import { errorText, failure, RehearseError } from '../base/errors.ts';
import { formatMs } from '../base/units.ts';
import { mysqlStore } from './mysql.ts';
import { postgresStore } from './postgres.ts';
import { type MeetingStore, TABLES } from './store.ts';

export interface MeetingOptions {
  readonly store: MeetingStore;
  readonly clock: Clock;
  /** The same for all shards of a run, and for no other run. */
  readonly runId: string;
  /** Counted from 1. */
  readonly part: number;
  readonly of: number;
  /** All shards have to have made the same plan. */
  readonly planSha256: string;
  /** How long the others may take to come. */
  readonly startWithinMs: number;
  /** One that has not beaten for so long is lost. */
  readonly lostAfterMs: number;
  readonly signal: AbortSignal;
}

export interface Meeting {
  /** When all start, on the clock's monotonic milliseconds. */
  readonly startAtMs: number;
  /** Beats, and tells of shards that are lost (each once) and of a run that another one has ended. */
  watch(events: { readonly onLost: (part: number) => void; readonly onAborted: (why: string) => void }): void;
  /** Says that this part is through. */
  finish(): Promise<void>;
  /** Ends the run for all. */
  abort(why: string): Promise<void>;
}

const POLL_MS = 200;
const BEAT_MS = 1_000;
/** From the moment that all are there until the start: every shard has seen it by then. */
const COUNTDOWN_MS = 2_000;

/** Opens the store that a URL names (`mysql://…`, `postgresql://…`). Throws STORE_UNREACHABLE without the password in it. */
export async function openMeetingStore(address: string): Promise<MeetingStore> {
  const url = URL.parse(address);
  const open = url === null ? undefined : STORES[url.protocol.replace(':', '')];
  if (url === null || open === undefined)
    throw failure('USAGE', {
      detail: 'the store of shards is an address such as mysql://user:password@host/db or postgresql://…',
    });
  try {
    const store = await open(url);
    for (const table of TABLES) await store.run(table);
    return store;
  } catch (error) {
    if (error instanceof RehearseError) throw error;
    const hint = 'Shards need a database of their own or one that they may make tables in.';
    throw failure(
      'STORE_UNREACHABLE',
      { kind: url.protocol.replace(':', ''), where: url.host, reason: errorText(error), hint },
      error,
    );
  }
}

const STORES: Readonly<Record<string, (url: URL) => Promise<MeetingStore>>> = {
  mysql: mysqlStore,
  mariadb: mysqlStore,
  postgres: postgresStore,
  postgresql: postgresStore,
};

/** Claims a part and waits until all are there. Throws SHARD_REFUSED when they cannot start together. */
export async function meet(options: MeetingOptions): Promise<Meeting> {
  const { store, runId, part, clock } = options;
  const owner = randomUUID();
  await claim(options, owner);
  await store.run('UPDATE rehearse_shard SET ready = 1 WHERE run_id = ? AND part = ?', [runId, part]);
  const startAtDbMs = await barrier(options);
  const startAtMs = startAtDbMs - (await offsetMs(store, clock));
  const beating = new AbortController();
  return {
    startAtMs,
    watch: (events) => void beat(options, events, AbortSignal.any([beating.signal, options.signal])),
    async finish() {
      beating.abort();
      await store.run('UPDATE rehearse_shard SET finished = 1 WHERE run_id = ? AND part = ?', [runId, part]);
    },
    async abort(why) {
      beating.abort();
      await abortRun(options, why);
    },
  };
}

async function claim(options: MeetingOptions, owner: string): Promise<void> {
  const { store, runId, part, of, planSha256, lostAfterMs } = options;
  await store.insertOnce('rehearse_run', { run_id: runId, plan_sha256: planSha256, parts: of });
  const { rows } = await store.run(
    'SELECT plan_sha256, parts, start_at_ms, aborted FROM rehearse_run WHERE run_id = ?',
    [runId],
  );
  const run = rows[0];
  const refuse = (reason: string) => failure('SHARD_REFUSED', { shard: `${part}/${of}`, run: runId, reason });
  if (run?.plan_sha256 !== planSha256)
    throw refuse('another shard has made another plan: scenario, dump, seed or version differ');
  if (Number(run.parts) !== of) throw refuse(`another shard counts ${run.parts} parts`);
  if (run.aborted != null) throw refuse(`the run was ended: ${run.aborted}`);
  if (run.start_at_ms != null) throw refuse('the run has begun already');
  const nowMs = await store.nowMs();
  const mine = { run_id: runId, part, owner, ready: 0, finished: 0, beat_at_ms: Math.round(nowMs) };
  if (await store.insertOnce('rehearse_shard', mine)) return;
  // A pod that was replaced before the start leaves its claim behind; one that lives beats.
  const { changed } = await store.run(
    'UPDATE rehearse_shard SET owner = ?, ready = 0, beat_at_ms = ? WHERE run_id = ? AND part = ? AND beat_at_ms < ?',
    [owner, Math.round(nowMs), runId, part, Math.round(nowMs - lostAfterMs)],
  );
  if (changed === 0) throw refuse('another process has claimed this part');
}

/** Waits until all parts are ready; answers the start by the database's clock. */
async function barrier(options: MeetingOptions): Promise<number> {
  const { store, runId, part, of, clock, startWithinMs, signal } = options;
  const untilMs = clock.nowMs() + startWithinMs;
  for (;;) {
    signal.throwIfAborted();
    const nowMs = Math.round(await store.nowMs());
    await store.run('UPDATE rehearse_shard SET beat_at_ms = ? WHERE run_id = ? AND part = ?', [
      nowMs,
      runId,
      part,
    ]);
    const { rows } = await store.run('SELECT start_at_ms, aborted FROM rehearse_run WHERE run_id = ?', [
      runId,
    ]);
    const refuse = (reason: string) =>
      failure('SHARD_REFUSED', { shard: `${part}/${of}`, run: runId, reason });
    if (rows[0]?.aborted != null) throw refuse(`the run was ended: ${rows[0].aborted}`);
    if (rows[0]?.start_at_ms != null) return Number(rows[0].start_at_ms);
    const there = await readyParts(store, runId);
    if (there.length >= of)
      await store.run('UPDATE rehearse_run SET start_at_ms = ? WHERE run_id = ? AND start_at_ms IS NULL', [
        nowMs + COUNTDOWN_MS,
        runId,
      ]);
    else if (clock.nowMs() > untilMs) {
      const missing = Array.from({ length: of }, (_, i) => i + 1).filter((n) => !there.includes(n));
      const why = `shard ${missing.join(', ')} of ${of} did not come within ${formatMs(startWithinMs)}`;
      await abortRun(options, why);
      throw refuse(why);
    } else await sleep(clock, POLL_MS, signal);
  }
}

async function readyParts(store: MeetingStore, runId: string): Promise<number[]> {
  const { rows } = await store.run('SELECT part FROM rehearse_shard WHERE run_id = ? AND ready = 1', [runId]);
  return rows.map((row) => Number(row.part));
}

async function abortRun({ store, runId }: MeetingOptions, why: string): Promise<void> {
  await store.run('UPDATE rehearse_run SET aborted = ? WHERE run_id = ? AND aborted IS NULL', [
    why.slice(0, 500),
    runId,
  ]);
}

/** The database's clock less ours, by the quickest of a few questions. */
async function offsetMs(store: MeetingStore, clock: Clock): Promise<number> {
  let [offset, shortest] = [0, Number.POSITIVE_INFINITY];
  for (let i = 0; i < 5; i++) {
    const before = clock.nowMs();
    const theirs = await store.nowMs();
    const took = clock.nowMs() - before;
    if (took < shortest) [offset, shortest] = [theirs - before - took / 2, took];
  }
  return offset;
}

type Watching = Parameters<Meeting['watch']>[0];

async function beat(options: MeetingOptions, events: Watching, signal: AbortSignal): Promise<void> {
  const { store, runId, part, clock, lostAfterMs } = options;
  const told = new Set<number>();
  while (!signal.aborted) {
    try {
      const nowMs = Math.round(await store.nowMs());
      await store.run('UPDATE rehearse_shard SET beat_at_ms = ? WHERE run_id = ? AND part = ?', [
        nowMs,
        runId,
        part,
      ]);
      const lost = await store.run(
        'SELECT part FROM rehearse_shard WHERE run_id = ? AND finished = 0 AND beat_at_ms < ?',
        [runId, nowMs - lostAfterMs],
      );
      for (const row of lost.rows) {
        if (told.has(Number(row.part))) continue;
        told.add(Number(row.part));
        events.onLost(Number(row.part));
      }
      const { rows } = await store.run('SELECT aborted FROM rehearse_run WHERE run_id = ?', [runId]);
      if (rows[0]?.aborted != null) return events.onAborted(String(rows[0].aborted));
    } catch {
      // The load goes on without its store; the others tell that this one does not beat.
    }
    await sleep(clock, BEAT_MS, signal).catch(() => undefined);
  }
}
