/** One run: prepare, set the stage, play, record, judge, report. */
import { availableParallelism } from 'node:os';
import { type Clock, systemClock } from '../base/clock.ts';
import { EXIT, errorText, failure, RehearseError } from '../base/errors.ts';
import { isDiskTrouble } from '../base/files.ts';
import { collectAll } from '../base/heap.ts';
import { maskSecrets, maskText } from '../base/secrets.ts';
import type { ComparableRun } from '../compare/comparable.ts';
import type { Watching } from '../dump/watch.ts';
import { type EvidenceKind, gatherEvidence } from '../evidence/gather.ts';
import { withImplied } from '../gates/implied.ts';
import type { Verdict } from '../gates/verdict.ts';
import { eventLog } from '../measure/record/event-log.ts';
import type { RunEvent } from '../measure/record/events.ts';
import { createRecorder, loadRunRecord, writeRunInfo } from '../measure/record/record-folder.ts';
import type { RunInfo } from '../measure/record/run-info.ts';
import type { Sample } from '../measure/record/sample.ts';
import { writeStatementTexts } from '../measure/record/statement-texts.ts';
import { summarise } from '../measure/summarise.ts';
import type { Summary } from '../measure/summary/summary.ts';
import type { ReplayProgress } from '../replay/engine.ts';
import { clusterNews } from '../replay/targets.ts';
import { writeReports, writeRunsPage } from '../report/index.ts';
import { conduct } from './conduct.ts';
import { machineFacts, softwareVersions } from './environment.ts';
import { type FailFast, watchGates } from './fail-fast.ts';
import { createRunFolder, makeFolder, type RunFolder } from './folder.ts';
import { watchHost } from './host.ts';
import { onSamples, storedRun } from './judge.ts';
import { writeJudging } from './judging.ts';
import { withLoad } from './load.ts';
import { type LookFacts, type LookPlace, lookFacts, verdictOver } from './looks.ts';
import { type Prepared, prepareRun } from './prepare.ts';
import { rulesDigests } from './rules-digests.ts';
import {
  folderName,
  refuseIdleShard,
  refuseUnendedShard,
  type ShardOptions,
  startTogether,
} from './shard.ts';
import { type Stage, withStage } from './stage.ts';
import { createTallies } from './tallies.ts';

/** What a front end is told while the run goes on. */
export interface RunWatcher {
  /** One line: what is being done now. */
  note(text: string): void;
  event(event: RunEvent): void;
  /** A query has ended. */
  sample(sample: Sample): void;
  /** The replay has begun; `endsAtMs` on the monotonic clock, undefined where only the queries end it. */
  replayStarted(progress: ReplayProgress, endsAtMs: number | undefined): void;
}

export interface RunOptions {
  readonly scenarioFile: string;
  readonly overrides: readonly string[];
  readonly reportsDir: string;
  /** Words after `rehearse` that repeat the run. */
  readonly command: readonly string[];
  readonly watcher: RunWatcher;
  /** Shows how far the reading of the dump has come. */
  readonly watching?: Watching;
  readonly signal: AbortSignal;
  /** A run kept for comparison, for gates that count from `stored`. */
  readonly base?: ComparableRun;
  /** Where this run stands among several looks at the plan; one by itself where it is absent. */
  readonly look?: LookPlace;
  /** The looks before this one. */
  readonly earlier?: readonly LookFacts[];
  /** Stop as soon as a gate can no longer be met. */
  readonly failFast?: boolean;
  /** Sends one part of the plan, together with others. */
  readonly shard?: ShardOptions | undefined;
}

export interface RunResult {
  readonly dir: string;
  readonly info: RunInfo;
  readonly summary: Summary;
  /** Over this run and the looks before it. */
  readonly verdict: Verdict;
  /** What later looks need of this one. */
  readonly facts: LookFacts;
  readonly interrupted: boolean;
}

/** Runs a scenario to its report. Answers undefined when it was interrupted before the replay had begun. */
export async function runScenario(options: RunOptions): Promise<RunResult | undefined> {
  const { signal } = options;
  // Before a long preparation whose result could then not be written.
  makeFolder(options.reportsDir);
  const prepared = await prepareRun(options.scenarioFile, options.overrides, signal, options.watching);
  // Between one stretch and the next: what the one has left would stand beside what the other needs.
  collectAll();
  const startedAt = new Date();
  refuseUnendedShard(prepared, options.shard);
  refuseIdleShard(prepared, options.shard);
  const folder = createRunFolder(options.reportsDir, folderName(prepared, options.shard), startedAt);
  const info = await record(prepared, folder, startedAt, options, systemClock).catch((error: unknown) => {
    // What is wrong with the input needs no logs to be understood; anything else does.
    if (error instanceof RehearseError && error.exit === EXIT.usage) folder.discard();
    if (isDiskTrouble(error))
      throw failure('OUT_UNUSABLE', { dir: folder.workDir, reason: errorText(error) }, error);
    throw error;
  });
  if (info === undefined) {
    folder.discard();
    return undefined;
  }
  return judged(prepared, folder, info, options).catch((error: unknown) => {
    if (!isDiskTrouble(error)) throw error;
    const reason = `${errorText(error)}; its record is whole: \`rehearse report ${folder.workDir}\` judges it once there is room`;
    throw failure('OUT_UNUSABLE', { dir: folder.workDir, reason }, error);
  });
}

/** Judges what was recorded, writes the reports, and gives the folder its name. */
async function judged(
  prepared: Prepared,
  folder: RunFolder,
  info: RunInfo,
  options: RunOptions,
): Promise<RunResult> {
  const { watcher } = options;
  watcher.note('judging');
  collectAll();
  const loaded = await loadRunRecord(folder.workDir);
  const { events } = loaded;
  const whole = { ...loaded, info, texts: loaded.texts ?? new Map() };
  const { look = null, earlier = [] } = options;
  const summary = summarise(whole, look === null ? {} : { confidence: look.confidence });
  const stored = storedRun(whole, summary, options.base);
  writeJudging(folder.workDir, { formatVersion: 1, look, earlier, stored: stored ?? null });
  const facts = lookFacts(info.id, look?.confirms ?? false, summary, stored);
  const verdict = onSamples(info, verdictOver([...earlier, facts], withImplied(prepared.scenario.gates)));
  writeReports(folder.workDir, { info, summary, verdict, events });
  if (!folder.publish())
    watcher.note(`${options.reportsDir}/latest is no link of ours, so it was left as it is`);
  listRuns(options.reportsDir, watcher);
  return { dir: folder.finalDir, info, summary, verdict, facts, interrupted: info.interrupted };
}

/** The list is a convenience: what is wrong with it, or with another run beside this one, must not hide the verdict. */
function listRuns(reportsDir: string, { note }: RunWatcher): void {
  try {
    if (writeRunsPage(reportsDir) === undefined)
      note(`${reportsDir}/index.html is no list of ours, so it was left as it is`);
  } catch (error) {
    note(`the list of runs in ${reportsDir} could not be written: ${errorText(error)}`);
  }
}

function withHost(info: RunInfo, host: NonNullable<RunInfo['generator']>['host']): RunInfo {
  if (host === undefined || info.generator === null) return info;
  return { ...info, generator: { ...info.generator, host } };
}

/** A disk that is full ends the run as an interrupt does: what it has started is stopped, what is written is kept. */
function diskGuard() {
  const broken = new AbortController();
  return {
    signal: broken.signal,
    fail: (error: unknown) => broken.abort(error),
    keep(write: () => void) {
      try {
        if (!broken.signal.aborted) write();
      } catch (error) {
        broken.abort(error);
      }
    },
    /** Throws the first failure of all. */
    async close(...all: readonly { close(): Promise<void> }[]) {
      const closed = await Promise.allSettled(all.map((one) => one.close()));
      for (const one of closed) if (one.status === 'rejected') broken.abort(one.reason);
      if (broken.signal.aborted) throw broken.signal.reason;
    },
  };
}

/** Plays the scenario and writes the record; undefined when the replay never began. */
async function record(
  prepared: Prepared,
  folder: RunFolder,
  startedAt: Date,
  options: RunOptions,
  clock: Clock,
): Promise<RunInfo | undefined> {
  const { watcher, signal } = options;
  const originMs = clock.nowMs();
  const recorder = await createRecorder(folder.workDir);
  const news = clusterNews();
  const tallies = createTallies();
  // A run that is stopped because it is lost ends like an interrupted one, but its verdict is a failure, not a silence.
  const lost = new AbortController();
  const kind = evidenceKind(prepared);
  let info: RunInfo = { ...initialInfo(prepared, folder.id, startedAt, options), evidence: kind };
  const failFast = watcherOf(options, prepared, info, (why) => lost.abort(new Error(why)));
  const disk = diskGuard();
  const ending = AbortSignal.any([signal, disk.signal]);
  const emit = eventLog(clock, originMs, (event) => {
    news.note(event);
    tallies.note(event);
    disk.keep(() => recorder.event(event));
    failFast.event(event);
    watcher.event(event);
  });
  const evidence = await gatherEvidence({ kind, dir: folder.workDir, clock, originMs, onTrouble: disk.fail });
  writeRunInfo(folder.workDir, info);
  writeStatementTexts(folder.workDir, prepared.plan.queries);
  emit('run-started', `${prepared.scenario.name}: ${prepared.plan.queries.length} queries planned`);
  let began = false;
  try {
    const host = watchHost();
    const stageOptions = {
      ...{ prepared, dir: folder.workDir, clock, emit, note: watcher.note, signal: ending },
      ...{ onProcess: host.add, eventAddress: evidence.addressFor },
    };
    await withStage(stageOptions, async (stage) => {
      info = { ...info, gateway: stage.gateway.title, baseline: baselineTitle(stage) };
      began = true;
      const part = options.shard?.part;
      await withLoad(stage, { prepared, runId: folder.id, news, part }, async (load) => {
        const together = await startTogether(prepared, options.shard, stageOptions);
        info = { ...info, ...together.infoOf(originMs) };
        evidence.follow(stage.fleet);
        const { planned, ...ended } = await conduct(stage, {
          ...{ prepared, load, clock, originMs, emit, tallies },
          signal: AbortSignal.any([ending, lost.signal]),
          onSample: (sample) => {
            disk.keep(() => recorder.sample(sample));
            failFast.sample(sample);
            watcher.sample(sample);
          },
          onStart: (progress, endsAtMs) => watcher.replayStarted(progress, endsAtMs),
          ...together.conduct,
        });
        await together.end(signal.aborted);
        info = { ...info, ...ended, planned: { ...info.planned, ...planned }, generator: load.health() };
      });
      info = withHost(info, host.stop());
      await evidence.settle();
    });
  } catch (error) {
    if (!ending.aborted && !lost.signal.aborted) throw error;
  } finally {
    if (signal.aborted) emit('interrupted', 'interrupted by the user');
    else if (lost.signal.aborted) emit('warning', `stopped: ${errorText(lost.signal.reason)}`);
    await disk.close(evidence, recorder);
  }
  if (!began) return undefined;
  const stopped = lost.signal.aborted && !signal.aborted ? errorText(lost.signal.reason) : undefined;
  info = {
    ...{ ...info, finishedAt: new Date().toISOString(), interrupted: signal.aborted },
    ...(stopped === undefined ? {} : { stopped }),
    written: { ...recorder.counts, told: evidence.lines() },
  };
  writeRunInfo(folder.workDir, info);
  return info;
}

/** Looks out for gates that are lost, where that is wanted. */
function watcherOf(
  { failFast, shard }: RunOptions,
  { scenario }: Prepared,
  info: RunInfo,
  onLost: (why: string) => void,
): FailFast {
  return watchGates(failFast === true ? withImplied(scenario.gates) : [], onLost, {
    info,
    hasDirect: info.planned.baseline + (info.planned.noise ?? 0) > 0,
    isWhole: shard === undefined,
  });
}

/** Only clusters that the run sets up itself can be told where to send their events. */
function evidenceKind({ scenario, simulated }: Prepared): EvidenceKind {
  const { clusters, driver, settings } = scenario.fleet;
  const tells = (own: Readonly<Record<string, unknown>>) => ({ ...settings, ...own }).eventListener === true;
  return simulated || (driver === 'trino' && clusters.every((c) => tells(c.settings))) ? 'listener' : 'list';
}

function baselineTitle({ baselineGateway }: Stage): string {
  return baselineGateway?.title ?? 'straight to the cluster that should own the query';
}

function initialInfo(prepared: Prepared, id: string, startedAt: Date, options: RunOptions): RunInfo {
  const { scenario, plan, reading } = prepared;
  const { judge, load } = scenario;
  return {
    formatVersion: 1,
    id,
    ...{ name: scenario.name, description: maskText(scenario.description), seed: scenario.seed },
    startedAt: startedAt.toISOString(),
    finishedAt: null,
    interrupted: false,
    versions: softwareVersions(load.driver),
    machine: { ...machineFacts(), parallelism: availableParallelism() },
    scenario: maskSecrets(scenario),
    scenarioFile: prepared.file,
    scenarioSha256: prepared.fileSha256,
    rules: rulesDigests(scenario, prepared.dir),
    command: options.command,
    simulated: prepared.simulated,
    gateway: scenario.gateway.driver,
    baseline: scenario.baseline.through,
    clusters: scenario.fleet.clusters.map((c) => ({
      ...{ name: c.name, group: c.group, zone: c.zone },
      driver: scenario.fleet.driver,
    })),
    planned: {
      ...plan.byArm,
      pairs: plan.pairs,
      sha256: plan.sha256,
    },
    plan: plan.facts,
    dump: reading,
    skipped: plan.skipped,
    changed: plan.changed,
    judge: {
      routingToleranceMs: judge.routingTolerance,
      detectionMs: judge.detection,
      warmUpMs: load.warmUp,
      coolDownMs: load.coolDown,
      lagP99LimitMs: judge.lagP99,
      lagMaxLimitMs: judge.lagMax,
      connectionWaitLimitMs: judge.connectionWait,
      eventLoopLimit: judge.eventLoop,
      clockStepLimitMs: judge.clockStep,
    },
    generator: null,
  };
}
