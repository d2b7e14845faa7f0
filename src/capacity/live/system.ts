/**
 * Clusters and a gateway as a system under test: the stage of a scenario is set once and many trials are played on it,
 * by the machinery of ordinary runs. Works with whatever drivers the scenario names.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, pollUntil, systemClock } from '../../base/clock.ts';
import { writeJson } from '../../base/files.ts';
import { askOpenQueries } from '../../fleet/probe.ts';
import { eventLog } from '../../measure/record/event-log.ts';
import type { RunEvent } from '../../measure/record/events.ts';
import type { GeneratorHealth } from '../../measure/record/run-info.ts';
import type { Sample } from '../../measure/record/sample.ts';
import type { Plan } from '../../plan/plan.ts';
import { type ClusterNews, clusterNews } from '../../replay/targets.ts';
import { conduct } from '../../run/conduct.ts';
import { withLoad } from '../../run/load.ts';
import { type Prepared, prepareRun } from '../../run/prepare.ts';
import { type Stage, withStage } from '../../run/stage.ts';
import { createTallies } from '../../run/tallies.ts';
import { type LoadKind, longEnoughMs, type SystemUnderTest, type Trial } from '../search/trial.ts';
import { closedPlan, poissonPlan } from './draw.ts';
import { trialOf } from './facts.ts';
import { type SafetyLimits, watchClusters } from './watch.ts';

export interface LiveOptions {
  readonly scenarioFile: string;
  readonly overrides: readonly string[];
  /** Folder for logs and the clusters' data. */
  readonly dir: string;
  readonly trialMs: number;
  readonly warmUpMs: number;
  readonly limits: SafetyLimits;
  readonly seed: number;
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What a trial leaves beside its judgement: who ran what. */
export interface LiveTrial extends Trial {
  readonly samples: readonly Sample[];
  readonly events: readonly RunEvent[];
  readonly clusterOf: ReadonlyMap<string, string>;
}

export interface LiveSystem extends SystemUnderTest {
  readonly prepared: Prepared;
  readonly clusters: readonly string[];
  run(kind: LoadKind, load: number, repeat: number): Promise<LiveTrial>;
  /** The same for another length than the usual, milliseconds after the warm-up. */
  runFor(kind: LoadKind, load: number, repeat: number, trialMs: number): Promise<LiveTrial>;
  /** Plays a plan instead of a trial's load, with the scenario's own timeline or none; measured for `trialMs` after the warm-up. */
  play(plan: Plan, options: PlayOptions): Promise<LiveTrial>;
}

export interface PlayOptions {
  readonly load: number;
  readonly withTimeline: boolean;
  /** The usual length of a trial when not given. */
  readonly trialMs?: number;
}

const DRAIN_TIMEOUT_MS = 60_000;
/** Statements prepared for a closed loop; it ends by the clock. */
const MOST_PER_SECOND = 400;

/** Sets the stage, lets `use` try it, and takes everything down. */
export async function withLiveSystem<T>(
  options: LiveOptions,
  use: (system: LiveSystem) => Promise<T>,
): Promise<T> {
  const prepared = await prepareRun(options.scenarioFile, options.overrides, options.signal);
  const clock = systemClock;
  const originMs = clock.nowMs();
  const events: RunEvent[] = [];
  const { clusters, driver } = prepared.scenario.fleet;
  const news = clusterNews();
  const tallies = createTallies();
  const emit = eventLog(clock, originMs, (event) => {
    news.note(event);
    tallies.note(event);
    events.push(event);
  });
  mkdirSync(options.dir, { recursive: true });
  const { dir, note, signal } = options;
  return withStage({ prepared, dir, clock, emit, note, onProcess: () => {}, signal }, async (stage) => {
    const title = `${clusters.length} ${driver} cluster${clusters.length === 1 ? '' : 's'}, gateway: ${stage.gateway.title}`;
    const parts = { options, prepared, clock, originMs, events, news, tallies, emit, stage };
    return use({ ...liveSystem(parts), prepared, title, clusters: clusters.map((c) => c.name) });
  });
}

interface Parts {
  readonly options: LiveOptions;
  readonly prepared: Prepared;
  readonly clock: Clock;
  readonly originMs: number;
  readonly events: readonly RunEvent[];
  readonly news: ClusterNews;
  readonly tallies: ReturnType<typeof createTallies>;
  readonly emit: ReturnType<typeof eventLog>;
  readonly stage: Stage;
}

function liveSystem(parts: Parts): Pick<LiveSystem, 'run' | 'runFor' | 'play'> {
  const { options, prepared } = parts;
  let trials = 0;
  const runFor: LiveSystem['runFor'] = (kind, load, repeat, trialMs) => {
    const wholeMs = options.warmUpMs + trialMs;
    const loaded = loadedBy(prepared, kind, load, wholeMs, options.seed + 7919 * repeat);
    return trial({ ...parts, options: { ...options, trialMs } }, loaded, load, ++trials);
  };
  return {
    runFor,
    run: (kind, load, repeat) =>
      runFor(kind, load, repeat, kind === 'rate' ? longEnoughMs(load, options.trialMs) : options.trialMs),
    async play(plan, { load, trialMs = options.trialMs, withTimeline }) {
      const timeline = withTimeline ? prepared.scenario.timeline : [];
      const scenario = {
        ...prepared.scenario,
        load: { ...plainLoad(prepared), model: 'recorded' as const },
        timeline,
      };
      const played = { ...parts, options: { ...options, trialMs } };
      return trial(played, { ...prepared, scenario, plan }, load, ++trials);
    },
  };
}

/** A trial goes to the limit of the clusters, where queries wait, each on a connection of its own. */
const TRIAL_CONNECTIONS = 2_000;

/** The scenario's load without whatever would change a trial's own times, or be a limit before the clusters are. */
function plainLoad({ scenario }: Prepared): Prepared['scenario']['load'] {
  const { duration: _, maxGap: __, queries: ___, ...rest } = scenario.load;
  const connections = Math.max(rest.connections, TRIAL_CONNECTIONS);
  return { ...rest, connections, sessions: 'independent', speed: 1, clones: 1, stages: [], thinkTime: 0 };
}

/** The scenario with a trial's load in place of its own, and nothing that happens meanwhile. */
function loadedBy(prepared: Prepared, kind: LoadKind, load: number, wholeMs: number, seed: number): Prepared {
  const own = plainLoad(prepared);
  const ofTrial =
    kind === 'rate'
      ? { ...own, model: 'recorded' as const, duration: undefined }
      : { ...own, model: 'closed' as const, concurrency: load, duration: wholeMs };
  const plan =
    kind === 'rate'
      ? poissonPlan(prepared.plan, load, wholeMs, seed)
      : closedPlan(prepared.plan, Math.ceil((MOST_PER_SECOND * wholeMs) / 1000), seed);
  return { ...prepared, plan, scenario: { ...prepared.scenario, timeline: [], load: ofTrial } };
}

async function trial(parts: Parts, prepared: Prepared, load: number, number: number): Promise<LiveTrial> {
  const { clock, originMs, options, stage } = parts;
  const danger = new AbortController();
  let stoppedBy = '';
  const beginMs = clock.nowMs();
  const firstEvent = parts.events.length;
  const watch = watchClusters(stage.fleet.clusters, options.limits, clock, (reason) => {
    if (stoppedBy === '') stoppedBy = reason;
    danger.abort(new Error(reason));
  });
  const samples: Sample[] = [];
  let health: GeneratorHealth | undefined;
  try {
    await withLoad(stage, { prepared, runId: `capacity-${number}`, news: parts.news }, async (load) => {
      await conduct(stage, {
        ...{ prepared, load, clock, originMs, emit: parts.emit, tallies: parts.tallies },
        onSample: (sample) => samples.push(sample),
        onStart: () => {},
        signal: AbortSignal.any([options.signal, danger.signal]),
      });
      health = load.health();
    });
  } catch (error) {
    if (stoppedBy === '') throw error;
  } finally {
    await watch.stop();
  }
  options.signal.throwIfAborted();
  const queuedMean = watch.meanQueued(beginMs + options.warmUpMs);
  const originUs = (beginMs - originMs) * 1000;
  const { trialMs, warmUpMs } = options;
  const limits = prepared.scenario.judge;
  const facts = trialOf(samples, {
    ...{ load, originUs, stoppedBy, queuedMean, trialMs, warmUpMs, health, limits },
  });
  await untilAtRest(parts);
  const events = parts.events.slice(firstEvent);
  writeJson(join(options.dir, 'trials', `${String(number).padStart(3, '0')}.json`), { ...facts, load });
  return { ...facts, samples, events, clusterOf: suffixes(parts.events) };
}

/** The next trial begins when no cluster has a query of this one any more. */
async function untilAtRest({ clock, options, stage }: Parts): Promise<void> {
  const wait = { everyMs: 100, timeoutMs: DRAIN_TIMEOUT_MS, signal: options.signal };
  await pollUntil(clock, wait, async () => {
    const open = await Promise.all(stage.fleet.clusters.map((c) => askOpenQueries(c.url)));
    return open.every((n) => n === undefined || n === 0) ? true : undefined;
  });
}

function suffixes(events: readonly RunEvent[]): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const { type, suffix, cluster } of events)
    if (type === 'cluster-incarnation' && suffix !== undefined && cluster !== undefined)
      map.set(suffix, cluster);
  return map;
}
