/** A run as one part of several: agreeing on the start, hearing of the others, and saying so in the record. */
import type { Clock } from '../base/clock.ts';
import { failure } from '../base/errors.ts';
import type { Emit } from '../measure/record/event-log.ts';
import type { RunInfo } from '../measure/record/run-info.ts';
import type { Part } from '../replay/source.ts';
import { meet, openMeetingStore } from '../shards/meeting.ts';
import { partCounts } from '../shards/parts.ts';
import type { Prepared } from './prepare.ts';

export interface ShardOptions {
  readonly part: Part;
  /** The same for all parts of a run, and for no other run. */
  readonly run: string;
  /** Address of the store to meet in; without one each part starts when it is ready. */
  readonly storeAddress?: string | undefined;
}

export interface Together {
  /** What of it the replay has to know. */
  readonly conduct: {
    readonly part?: Part;
    readonly startMs?: number;
    /** Aborts when another part has ended the run. */
    readonly endedByOthers?: AbortSignal;
  };
  infoOf(originMs: number): Partial<RunInfo>;
  end(interrupted: boolean): Promise<void>;
}

export function folderName({ scenario }: Prepared, shard: ShardOptions | undefined): string {
  if (shard === undefined) return scenario.name;
  return `${scenario.name}-shard-${shard.part.index + 1}-of-${shard.part.of}`;
}

/** Only the first part knows when a timeline is through; the others need to be told beforehand when to end. */
export function refuseUnendedShard({ scenario }: Prepared, shard: ShardOptions | undefined): void {
  if (shard === undefined || scenario.timeline.length === 0) return;
  const { model, duration, queries, stages } = scenario.load;
  if (duration === undefined && queries === undefined && (model === 'recorded' || stages.length === 0))
    throw failure('USAGE', {
      detail: '--shard with a timeline needs load.duration: only the first shard plays the timeline',
    });
}

/** A closed loop shares out its slots; a shard or thread without any would wait for its turn for ever. */
export function refuseIdleShard({ scenario }: Prepared, shard: ShardOptions | undefined): void {
  const { model, concurrency, stages, threads } = scenario.load;
  const parts = threads * (shard?.part.of ?? 1);
  const slots = Math.max(concurrency, ...stages.map((stage) => stage.to));
  if (shard === undefined || model !== 'closed' || slots >= parts) return;
  throw failure('USAGE', {
    detail: `${slots} slots (load.concurrency) cannot be shared out to ${shard.part.of} shards with ${threads} threads each`,
  });
}

interface Context {
  readonly clock: Clock;
  readonly emit: Emit;
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Waits for the other parts; a run that is no part of anything starts at once. */
export async function startTogether(
  { plan, scenario }: Prepared,
  shard: ShardOptions | undefined,
  { clock, emit, note, signal }: Context,
): Promise<Together> {
  if (shard === undefined) return { conduct: {}, infoOf: () => ({}), end: async () => {} };
  const { part, run, storeAddress } = shard;
  const { startWithin, lostAfter, ...sessions } = {
    ...scenario.shards,
    inSessions: scenario.load.sessions === 'replay',
  };
  const counts = partCounts(plan, part.of, sessions.inSessions);
  const infoAt = (startMs: number, originMs: number): Partial<RunInfo> => ({
    shard: {
      part: part.index + 1,
      of: part.of,
      run,
      startUs: Math.round((startMs - originMs) * 1000),
      counts,
    },
  });
  if (storeAddress === undefined) {
    const startMs = clock.nowMs();
    return { conduct: { part }, infoOf: (originMs) => infoAt(startMs, originMs), end: async () => {} };
  }
  note(`waiting for the other shards of ${run}`);
  const store = await openMeetingStore(storeAddress);
  try {
    const meeting = await meet({
      ...{ store, clock, runId: run, part: part.index + 1, of: part.of, planSha256: plan.sha256, signal },
      ...{ startWithinMs: startWithin, lostAfterMs: lostAfter },
    });
    const ended = new AbortController();
    meeting.watch({
      onLost: (lost) =>
        emit('shard-lost', `shard ${lost} of ${part.of} has not been heard of for ${lostAfter / 1000} s`),
      onAborted: (why) => {
        emit('interrupted', `another shard has ended the run: ${why}`);
        ended.abort(new Error(why));
      },
    });
    return {
      conduct: { part, startMs: meeting.startAtMs, endedByOthers: ended.signal },
      infoOf: (originMs) => infoAt(meeting.startAtMs, originMs),
      async end(interrupted) {
        if (interrupted) await meeting.abort(`shard ${part.index + 1} was interrupted`);
        else await meeting.finish();
        await store.close();
      },
    };
  } catch (error) {
    await store.close().catch(() => undefined);
    throw error;
  }
}
