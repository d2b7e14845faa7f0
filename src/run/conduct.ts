/** Plays a scenario on its stage: the replay and the timeline, side by side, on one clock. */
import type { Clock } from '../base/clock.ts';
import type { Emit } from '../measure/record/event-log.ts';
import type { Arm, Sample } from '../measure/record/sample.ts';
import { stagesFrom } from '../plan/pacing.ts';
import type { PlannedQuery } from '../plan/plan.ts';
import { contactRule } from '../plan/safety/contact.ts';
import { credentialsOf } from '../replay/access.ts';
import { type ReplayProgress, startReplay, type Target } from '../replay/engine.ts';
import { preciseClock } from '../replay/precise/clock.ts';
import type { LoadShape } from '../replay/shape.ts';
import type { Part } from '../replay/source.ts';
import { playTimeline } from '../roll/timeline.ts';
import { expandTimeline } from '../scenario/expand.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Prepared } from './prepare.ts';
import type { Stage } from './stage.ts';
import type { Tallies } from './tallies.ts';
import type { ActiveClusters } from './targets.ts';

export interface ConductOptions {
  readonly prepared: Prepared;
  readonly runId: string;
  readonly clock: Clock;
  readonly originMs: number;
  readonly emit: Emit;
  readonly active: ActiveClusters;
  readonly tallies: Tallies;
  readonly onSample: (sample: Sample) => void;
  /** Called once the replay runs; `endsAtMs` is when the plan and the timeline should be through. */
  readonly onStart: (progress: ReplayProgress, endsAtMs: number) => void;
  readonly signal: AbortSignal;
  /** What this process sends of the plan; the timeline is the first part's. */
  readonly part?: Part | undefined;
  /** Aborts when another part has ended the run. */
  readonly endedByOthers?: AbortSignal | undefined;
  /** Agreed start, clock milliseconds; now, when not given. */
  readonly startMs?: number | undefined;
}

/**
 * Resolves when every query has ended and the timeline is through; an abort ends both early. Answers how many
 * queries each arm had planned in the end, repetitions of the plan included.
 */
export async function conduct(stage: Stage, options: ConductOptions): Promise<Readonly<Record<Arm, number>>> {
  const { prepared, clock, emit, tallies, endedByOthers } = options;
  const signal =
    endedByOthers === undefined ? options.signal : AbortSignal.any([options.signal, endedByOthers]);
  const { scenario, plan } = prepared;
  if (options.startMs !== undefined) await clock.sleepUntil(options.startMs - HEAD_START_MS, signal);
  const startMs = options.startMs ?? clock.nowMs();
  const actions = (options.part?.index ?? 0) === 0 ? expandTimeline(scenario) : [];
  const lastActionMs = actions.at(-1)?.at ?? 0;
  let wantedUntilMs = actions.length === 0 ? startMs : Number.POSITIVE_INFINITY;
  emit('phase', actions.length === 0 ? 'replay' : 'before', { action: -1 });
  emit('replay-started', `${plan.queries.length} queries planned, ${plan.pairs} of them in pairs`);
  const { load } = scenario;
  const pacer = preciseClock();
  const replay = startReplay(plan, {
    ...{ clock: pacer, originMs: options.originMs, runId: options.runId, seed: scenario.seed, signal },
    ...{
      shape: { ...loadShape(load), part: options.part },
      startMs,
      stopWhen: { ...load.stopWhen, lateByMs: load.stopWhen.lateBy },
    },
    ...{
      driver: load.driver,
      client: load.client,
      queryTimeoutMs: load.queryTimeout,
      queueTimeoutMs: load.queueTimeout,
      mostRows: load.mostRows,
      connections: load.connections,
    },
    mayContact: contactRule(scenario.safety.allowHosts),
    credentials: credentialsOf(prepared.access, () => clock.nowMs()),
    tls: prepared.access.tls,
    targetOf: targetRule(stage, options),
    wanted: () => clock.nowMs() < wantedUntilMs,
    onSample: (sample) => {
      tallies.sample(sample);
      options.onSample(sample);
    },
  });
  const planMs = load.duration ?? stagesMs(load) ?? plan.queries.at(-1)?.intendedMs ?? 0;
  options.onStart(replay.progress, startMs + Math.max(planMs, lastActionMs + scenario.settle));

  // Without its gateway a timeline has nobody to ask and nothing to show; the queries go on and tell what is lost.
  const lost = new AbortController();
  stage.onGatewayLost(() => lost.abort(new Error('the gateway has ended')));
  const timeline = playTimeline(actions, startMs, {
    ...{ clock, emit, fleet: stage.fleet, admin: stage.gateway.admin, ways: stage.ways },
    ...{ nodes: stage.gateway.nodes, storeFile: stage.gateway.storeFile, tally: tallies.of },
    signal: AbortSignal.any([signal, lost.signal]),
    healthyTimeoutMs: scenario.fleet.startTimeout,
    detectionMs: scenario.judge.detection,
  }).finally(() => {
    if (actions.length > 0) wantedUntilMs = clock.nowMs() + scenario.settle;
  });
  // A bug in the timeline must not leave the replay running under a record that is closed.
  const [replayed, played] = await Promise.allSettled([replay.done, timeline]);
  await pacer.close();
  if (replayed.status === 'rejected') throw replayed.reason;
  if (played.status === 'rejected') throw played.reason;
  if (replay.stoppedBecause !== undefined) emit('replay-stopped', replay.stoppedBecause);
  emit('replay-finished', `${replay.progress.ended} queries ended`);
  return replay.planned;
}

/** The agreed start is a little ahead when the replay is made ready for it. */
const HEAD_START_MS = 100;

function loadShape(load: Scenario['load']): LoadShape {
  const start = load.model === 'rate' ? load.rate : load.concurrency;
  return {
    model: load.model,
    stages: stagesFrom(start, load.stages),
    arrivals: load.arrivals,
    thinkMs: load.thinkTime,
    durationMs: load.duration,
    mostQueries: load.queries,
    inSessions: load.sessions === 'replay',
  };
}

function stagesMs({ model, stages }: Scenario['load']): number | undefined {
  if (model === 'recorded' || stages.length === 0) return undefined;
  return stages.reduce((sum, stage) => sum + stage.for, 0);
}

/** Where each query goes: the gateway's arm to the gateway, the other to the cluster that should own it. */
function targetRule(stage: Stage, options: ConductOptions): (query: PlannedQuery) => Target | undefined {
  const { fleet, gateway, baselineGateway } = stage;
  const throughGateway = gateway.url === undefined ? undefined : { url: gateway.url, name: '' };
  const throughSecond =
    baselineGateway?.url === undefined ? undefined : { url: baselineGateway.url, name: '' };
  const fallbackGroup = fleet.clusters[0]?.group ?? '';
  const direct = (query: PlannedQuery): Target | undefined => {
    const group = query.expectedGroup === '' ? fallbackGroup : query.expectedGroup;
    const name = options.active.ownerOf(group, query.seq);
    return name === undefined ? undefined : { url: fleet.cluster(name).url, name };
  };
  return (query) => (query.arm === 'gateway' ? throughGateway : throughSecond) ?? direct(query);
}
