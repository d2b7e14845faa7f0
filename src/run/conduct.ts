/** Plays a scenario on its stage: the replay and the timeline, side by side, on one clock. */
import type { Clock } from '../base/clock.ts';
import { errorText } from '../base/errors.ts';
import { formatCount, formatMs } from '../base/units.ts';
import type { Emit } from '../measure/record/event-log.ts';
import type { Arm, Sample } from '../measure/record/sample.ts';
import type { Replay, ReplayProgress } from '../replay/engine.ts';
import type { Generator } from '../replay/generator.ts';
import type { Part } from '../replay/source.ts';
import { playTimeline } from '../roll/timeline.ts';
import { expandTimeline } from '../scenario/expand.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Prepared } from './prepare.ts';
import type { Stage } from './stage.ts';
import type { Tallies } from './tallies.ts';

export interface ConductOptions {
  readonly prepared: Prepared;
  /** Made ready for this plan, and not started yet. */
  readonly load: Generator;
  readonly clock: Clock;
  readonly originMs: number;
  readonly emit: Emit;
  readonly tallies: Tallies;
  readonly onSample: (sample: Sample) => void;
  /** Called once the replay runs; `endsAtMs` is when the plan and the timeline should be through, where that is known. */
  readonly onStart: (progress: ReplayProgress, endsAtMs: number | undefined) => void;
  readonly signal: AbortSignal;
  /** What this process sends of the plan; the timeline is the first part's. */
  readonly part?: Part | undefined;
  /** Aborts when another part has ended the run. */
  readonly endedByOthers?: AbortSignal | undefined;
  /** Agreed start, clock milliseconds; now, when not given. */
  readonly startMs?: number | undefined;
}

export interface Conducted {
  /** Queries of each arm in the end, repetitions of the plan included. */
  readonly planned: Readonly<Record<Arm, number>>;
  /** Why the replay ended before it was through with its plan; absent where it was, and where this run was stopped. */
  readonly endedBecause?: string;
}

/** Resolves when every query has ended and the timeline is through; an abort ends both early. */
export async function conduct(stage: Stage, options: ConductOptions): Promise<Conducted> {
  const { prepared, clock, emit, tallies, endedByOthers } = options;
  const signal =
    endedByOthers === undefined ? options.signal : AbortSignal.any([options.signal, endedByOthers]);
  const { scenario, plan } = prepared;
  if (options.startMs !== undefined) await clock.sleepUntil(options.startMs - HEAD_START_MS, signal);
  const startMs = options.startMs ?? clock.nowMs() + options.load.headStartMs;
  const actions = (options.part?.index ?? 0) === 0 ? expandTimeline(scenario) : [];
  const lastActionMs = actions.at(-1)?.at ?? 0;
  emit('phase', actions.length === 0 ? 'replay' : 'before', { action: -1 });
  emit('replay-started', `${plan.queries.length} queries planned, ${plan.pairs} of them in pairs`);
  const { load } = scenario;
  const replay = options.load.start({
    ...{ originMs: options.originMs, startMs, signal },
    wantedUntilMs: actions.length === 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY,
    onSample: (sample) => {
      tallies.sample(sample);
      options.onSample(sample);
    },
  });
  const planMs = load.duration ?? stagesMs(load) ?? plan.queries.at(-1)?.intendedMs ?? 0;
  // A closed loop without a duration takes as long as its queries do.
  const isOpenEnded = load.model === 'closed' && load.duration === undefined && load.stages.length === 0;
  const endsAtMs = startMs + Math.max(planMs, lastActionMs + scenario.settle);
  options.onStart(replay.progress, isOpenEnded && actions.length === 0 ? undefined : endsAtMs);

  // Without its gateway a timeline has nobody to ask and nothing to show; the queries go on and tell what is lost. Without
  // queries it would show nothing either.
  const lost = new AbortController();
  stage.onGatewayLost(() => lost.abort(new Error('the gateway has ended')));
  replay.done.catch(() => lost.abort(new Error('the replay has failed')));
  const timeline = playTimeline(actions, startMs, {
    ...{ clock, emit, fleet: stage.fleet, admin: stage.gateway.admin, ways: stage.ways },
    ...{ nodes: stage.gateway.nodes, storeFile: stage.gateway.storeFile, tally: tallies.of },
    signal: AbortSignal.any([signal, lost.signal]),
    healthyTimeoutMs: scenario.fleet.startTimeout,
    detectionMs: scenario.judge.detection,
  }).finally(() => {
    if (actions.length > 0) options.load.wantUntil(clock.nowMs() + scenario.settle);
  });
  // A bug in the timeline must not leave the replay running under a record that is closed.
  const [replayed, played] = await Promise.allSettled([replay.done, timeline]);
  if (replayed.status === 'rejected') throw replayed.reason;
  if (played.status === 'rejected') throw played.reason;
  if (replay.stoppedBecause !== undefined) emit('replay-stopped', replay.stoppedBecause);
  emit('replay-finished', `${replay.progress.ended} queries ended`);
  const { planned } = replay;
  const endedBecause = endOf(scenario.load, replay, options);
  return { planned, ...(endedBecause === undefined ? {} : { endedBecause }) };
}

/** Why a replay that was not interrupted has ended where its plan does not say; undefined where it went through its plan. */
export function endOf(
  load: Scenario['load'],
  { planned, stoppedBecause }: Pick<Replay, 'planned' | 'stoppedBecause'>,
  { endedByOthers, part }: Pick<ConductOptions, 'endedByOthers' | 'part'> = {},
): string | undefined {
  if (endedByOthers?.aborted === true)
    return `another shard has ended the run: ${errorText(endedByOthers.reason)}`;
  const sent = Object.values(planned).reduce((sum, n) => sum + n, 0);
  return stoppedBecause ?? limitOf(load, part === undefined ? sent : undefined);
}

/** The setting that ends a replay which its plan does not end; `sent` is undefined where other parts send, too. */
function limitOf(load: Scenario['load'], sent: number | undefined): string | undefined {
  const { duration, queries } = load;
  const count = queries === undefined ? undefined : `load.queries (${formatCount(queries)}) was reached`;
  const time = duration === undefined ? undefined : `load.duration (${formatMs(duration)}) was over`;
  if (count !== undefined && time !== undefined && queries !== undefined)
    return sent === undefined ? `${count}, or ${time}` : sent >= queries ? count : time;
  const byStages = stagesMs(load);
  const stages = byStages === undefined ? undefined : 'its stages were over (load.stages)';
  return count ?? (duration !== undefined && duration <= (byStages ?? duration) ? time : stages);
}

/** The agreed start is a little ahead when the replay is made ready for it. */
const HEAD_START_MS = 100;

function stagesMs({ model, stages }: Scenario['load']): number | undefined {
  if (model === 'recorded' || stages.length === 0) return undefined;
  return stages.reduce((sum, stage) => sum + stage.for, 0);
}
