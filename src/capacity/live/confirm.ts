/** The plan proven by doing it: one cluster rolled and one killed under the planned load, then under more. */
import { join, resolve } from 'node:path';
import type { Objectives } from '../search/trial.ts';
import type { BalancerCheck, Confirmation, ConfirmedLoad } from '../study/record.ts';
import type { Study } from '../study/schema.ts';
import { checkBalancer, overridesFor } from './balancers.ts';
import { highestRate } from './calibrate.ts';
import { type Calibration, calibrateLive } from './calibration.ts';
import { confirmedLoad, isConfirmed, type TriedLoad } from './confirmed-load.ts';
import { poissonPlan } from './draw.ts';
import type { LivePart } from './measure.ts';
import { type LiveSystem, withLiveSystem } from './system.ts';

type ConfirmSettings = NonNullable<Study['confirm']>;

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
  if (calibration.timesMs.length === 0)
    return {
      ...{ title: calibration.title, simulated: calibration.simulated, loads: [], balancers: [] },
      ...{ plannedFrom: 'simulation', confirmed: null, missing: [NOTHING_ENDED] },
    };
  const planned = settings.planned ?? plannedRate(calibration, objectives.p95Ms);
  const loads: ConfirmedLoad[] = [];
  const balancers: BalancerCheck[] = [];
  try {
    await tryAll(part, settings, { calibration, planned, objectives, loads, balancers });
  } catch (error) {
    // What was tried before an interrupt is worth its report.
    if (!part.signal.aborted || loads.length + balancers.length === 0) throw error;
  }
  return {
    ...{ title: calibration.title, simulated: calibration.simulated, loads, balancers },
    sharedMachine: calibration.sharedMachine,
    plannedFrom: settings.planned === undefined ? 'simulation' : 'study',
    confirmed: isConfirmed(loads),
  };
}

const NOTHING_ENDED =
  'a query that ends well on the clusters of `confirm.scenario`; `rehearse run` of that scenario tells what is wrong';

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
        tryLoad(system, { load: planned * times, times, objectives }, settings.duration, study.seed),
      ),
    );
  }
  for (const balancer of settings.balancers) {
    const check = await onStage(part, settings, `balancer-${balancer}`, overridesFor(balancer), (system) =>
      checkBalancer(system, { balancer, calibration, settings, study, warmUpMs: WARM_UP_MS }),
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

async function tryLoad(
  system: LiveSystem,
  tried: TriedLoad,
  durationMs: number,
  seed: number,
): Promise<ConfirmedLoad> {
  const plan = poissonPlan(system.prepared.plan, tried.load, durationMs, seed);
  return confirmedLoad(await system.play(plan, { load: tried.load, withTimeline: true }), tried);
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
