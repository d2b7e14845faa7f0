/** The plan proven by doing it: one cluster rolled and one killed under the planned load, then under more. */
import { join, resolve } from 'node:path';
import { quantile } from '../../measure/stats/quantile.ts';
import { coordinatorSuffix } from '../../trino/query-id.ts';
import { judgeTrial } from '../search/judge.ts';
import type { Objectives } from '../search/trial.ts';
import type { SimBalancerName } from '../simulate/balancers/index.ts';
import type { BalancerCheck, Confirmation, ConfirmedLoad } from '../study/record.ts';
import type { Study } from '../study/schema.ts';
import { calibrate, highestRate } from './calibrate.ts';
import { poissonPlan } from './draw.ts';
import { isDrop } from './facts.ts';
import type { LivePart } from './measure.ts';
import { type LiveSystem, type LiveTrial, withLiveSystem } from './system.ts';

type ConfirmSettings = NonNullable<Study['confirm']>;

/** What queries take when each is alone, and what that says of the clusters of the scenario. */
interface Calibration {
  readonly timesMs: readonly number[];
  readonly meanMs: number;
  readonly slots: number;
  readonly clusters: number;
  readonly title: string;
  readonly simulated: boolean;
}

const CALIBRATION_MS = 90_000;
/** A trial of minutes scatters: the plan stays so much below the load that is at the limit. */
const MARGIN = 0.95;
const WARM_UP_MS = 2_000;
const NO_LIMITS = { queued: 100_000, heap: 1 };

export async function confirmPlan(part: LivePart, settings: ConfirmSettings): Promise<Confirmation> {
  const { study } = part.loaded;
  const o = settings.objectives ?? study.objectives;
  const objectives: Objectives = { p95Ms: o.p95, drops: o.drops, queuedMs: undefined };
  const calibration = await onStage(part, settings, 'calibration', [], (system) =>
    calibrateLive(system, study),
  );
  const planned = settings.planned ?? plannedRate(calibration, objectives.p95Ms);
  const loads: ConfirmedLoad[] = [];
  const balancers: BalancerCheck[] = [];
  try {
    await tryAll(part, settings, { calibration, planned, objectives, loads, balancers });
  } catch (error) {
    // What was tried before an interrupt is worth its report.
    if (!part.signal.aborted || loads.length + balancers.length === 0) throw error;
  }
  const [atPlan, above] = loads;
  return {
    ...{ title: calibration.title, simulated: calibration.simulated, loads, balancers },
    plannedFrom: settings.planned === undefined ? 'simulation' : 'study',
    confirmed: atPlan === undefined || above === undefined ? null : atPlan.holds && !above.holds,
  };
}

interface Tries {
  readonly calibration: Calibration;
  /** Queries per second. */
  readonly planned: number;
  readonly objectives: Objectives;
  /** What has been tried by now. */
  readonly loads: ConfirmedLoad[];
  readonly balancers: BalancerCheck[];
}

/** Every load, then every balancer, each on a stage of its own; `loads` and `balancers` grow as they end. */
async function tryAll(part: LivePart, settings: ConfirmSettings, tries: Tries): Promise<void> {
  const { study } = part.loaded;
  const { balancers, calibration, loads, objectives, planned } = tries;
  for (const times of settings.tryLoads ? [1, settings.overload] : []) {
    part.note(`confirming at ${short(planned * times)} queries/s, ${times} times the planned load`);
    loads.push(
      await onStage(part, settings, `load-${times}`, [], (system) =>
        oneLoad(system, {
          load: planned * times,
          times,
          durationMs: settings.duration,
          objectives,
          seed: study.seed,
        }),
      ),
    );
  }
  for (const balancer of settings.balancers) {
    const check = await onStage(part, settings, `balancer-${balancer}`, overridesFor(balancer), (system) =>
      checkBalancer(system, balancer, calibration, settings, study),
    );
    part.note(
      `${balancer}: p95 ${Math.round(check.measuredP95Ms)} ms measured, ${Math.round(check.predictedP95Ms)} ms predicted`,
    );
    balancers.push(check);
  }
}

const short = (x: number) => String(Number(x.toPrecision(3)));

function onStage<T>(
  part: LivePart,
  settings: ConfirmSettings,
  name: string,
  overrides: readonly string[],
  use: (system: LiveSystem) => Promise<T>,
): Promise<T> {
  const { loaded, note, signal } = part;
  return withLiveSystem(
    {
      ...{
        scenarioFile: resolve(loaded.dir, settings.scenario),
        overrides,
        dir: join(part.dir, 'confirm', name),
      },
      ...{
        trialMs: settings.duration,
        warmUpMs: WARM_UP_MS,
        limits: NO_LIMITS,
        seed: loaded.study.seed,
        note,
        signal,
      },
    },
    use,
  );
}

/** So few at once that none waits: half of all slots. */
async function calibrateLive(system: LiveSystem, study: Study): Promise<Calibration> {
  const { fleet } = system.prepared.scenario;
  const { maxRunning } = fleet.settings as { maxRunning?: unknown };
  const slots = typeof maxRunning === 'number' ? maxRunning : study.cluster.slots;
  const clusters = fleet.clusters.filter((c) => c.active).length;
  const atOnce = Math.max(1, Math.floor((clusters * slots) / 2));
  const trial = await system.runFor('concurrency', atOnce, 0, CALIBRATION_MS);
  const timesMs = trial.queries.filter((q) => !q.dropped).map((q) => q.responseMs);
  return {
    timesMs,
    meanMs: timesMs.reduce((a, b) => a + b, 0) / Math.max(1, timesMs.length),
    ...{ slots, clusters },
    ...{ title: system.title, simulated: system.prepared.simulated },
  };
}

/** A little below the highest rate at which all clusters but one meet the objective, by simulation. */
function plannedRate(c: Calibration, p95Ms: number): number {
  const left = c.clusters - 1;
  const saturated = (left * c.slots * 1000) / c.meanMs;
  const system = {
    slots: c.slots,
    clusters: left,
    contention: { alpha: 0, beta: 0 },
    balancer: 'least-loaded' as const,
  };
  const range = { low: 0, high: saturated, within: () => 0.01 * saturated };
  return MARGIN * highestRate(c.timesMs, system, p95Ms, range);
}

async function oneLoad(
  system: LiveSystem,
  o: { load: number; times: number; durationMs: number; objectives: Objectives; seed: number },
): Promise<ConfirmedLoad> {
  const plan = poissonPlan(system.prepared.plan, o.load, o.durationMs, o.seed);
  const trial = await system.play(plan, { load: o.load, withTimeline: true });
  const lost = lossesOf(trial);
  const judged = judgeTrial(trial, { ...o.objectives, drops: 1 });
  const avoidableShare = lost.avoidable / Math.max(1, trial.queries.length);
  const late = judged.verdict === 'unclear' ? judged.reasons : [];
  const holds =
    late.length === 0 && judged.p95Ms <= o.objectives.p95Ms && avoidableShare <= o.objectives.drops;
  return {
    ...{ load: o.load, times: o.times, p95Ms: judged.p95Ms, dropShare: judged.dropShare, holds, ...lost },
    reasons: [
      ...late,
      ...(judged.p95Ms > o.objectives.p95Ms
        ? [`p95 ${Math.round(judged.p95Ms)} ms, the objective is ${o.objectives.p95Ms} ms`]
        : []),
      ...(avoidableShare > o.objectives.drops ? [`${lost.avoidable} avoidable drops`] : []),
    ],
    actions: trial.events
      .filter((e) => e.type === 'roll-finished' || e.type === 'cluster-killed' || e.type === 'roll-failed')
      .map((e) => e.text),
    queries: trial.queries.length,
  };
}

/** In flight on a killed cluster: unavoidable; anything else that was lost: avoidable. */
function lossesOf({ clusterOf, events, samples }: LiveTrial): { avoidable: number; unavoidable: number } {
  const killedAt = new Map(
    events.flatMap((e) =>
      e.type === 'cluster-killed' && e.cluster !== undefined ? [[e.cluster, e.atUs] as const] : [],
    ),
  );
  const dropped = samples.filter((s) => isDrop(s) && s.end !== 'never-sent' && s.end !== 'cancelled');
  const unavoidable = dropped.filter((s) => {
    const at = killedAt.get(clusterOf.get(coordinatorSuffix(s.queryId) ?? '') ?? '');
    return at !== undefined && s.sentUs <= at;
  }).length;
  return { unavoidable, avoidable: dropped.length - unavoidable };
}

/** The bundled gateway's settings for a simulated balancer. */
function overridesFor(balancer: SimBalancerName): string[] {
  if (balancer !== 'query-count-stale') return [`gateway.config.routing.balancer=${balancer}`];
  return ['gateway.config.routing.balancer=query-count', 'gateway.config.compat=strict'];
}

async function checkBalancer(
  system: LiveSystem,
  balancer: SimBalancerName,
  c: Calibration,
  settings: ConfirmSettings,
  study: Study,
): Promise<BalancerCheck> {
  const rate = (settings.utilisation * c.clusters * c.slots * 1000) / c.meanMs;
  const lengthMs = Math.max(settings.duration, (settings.compared * 1000) / rate);
  const trial = await system.runFor('rate', rate, 0, lengthMs);
  const times = Float64Array.from(
    trial.queries.filter((q) => !q.dropped),
    (q) => q.responseMs,
  ).sort();
  const measuredP95Ms = quantile(times, 0.95);
  const contention = { alpha: study.cluster.alpha, beta: study.cluster.beta };
  const predicted = calibrate(c.timesMs, {
    slots: c.slots,
    contention,
    clusters: c.clusters,
    rate,
    balancer,
  });
  const predictedP95Ms = predicted.response.p95;
  return {
    ...{ balancer, load: rate, predictedP95Ms, measuredP95Ms, queries: trial.queries.length },
    error: measuredP95Ms / predictedP95Ms - 1,
    variation: variationOf(trial),
  };
}

/** Coefficient of variation of the clusters' shares over windows of five seconds. */
function variationOf({ clusterOf, samples }: LiveTrial): number {
  const names = [...new Set(clusterOf.values())];
  const windows = Map.groupBy(
    samples.filter((s) => s.queryId !== ''),
    (s) => Math.floor(s.sentUs / 5e6),
  );
  const values = [...windows.values()].map((own) => {
    const counts = names.map(
      (n) => own.filter((s) => clusterOf.get(coordinatorSuffix(s.queryId) ?? '') === n).length,
    );
    const mean = own.length / names.length;
    return Math.sqrt(counts.reduce((sum, x) => sum + (x - mean) ** 2, 0) / names.length) / mean;
  });
  return values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
}
