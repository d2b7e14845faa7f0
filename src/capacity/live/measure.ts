/** What is learned of clusters by putting load on them: the ladder over concurrency, the law, the knee. */
import { join, resolve } from 'node:path';
import { seededRandom } from '../../base/random.ts';
import { fitScalability } from '../model/fit.ts';
import { ggkWaitMs } from '../model/queueing.ts';
import type { LadderPoint } from '../model/usl.ts';
import { uslThroughput } from '../model/usl.ts';
import { type KneeResult, searchKnee } from '../search/knee.ts';
import type { Trial } from '../search/trial.ts';
import type { LoadedStudy } from '../study/load.ts';
import type { Measured, QueueingCheck } from '../study/record.ts';
import type { Study } from '../study/schema.ts';
import { calibrate } from './calibrate.ts';
import { type ClusterModel, kneeError } from './knee-error.ts';
import { type LiveSystem, withLiveSystem } from './system.ts';

export interface LivePart {
  readonly loaded: LoadedStudy;
  readonly dir: string;
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

type MeasureSettings = NonNullable<Study['measure']>;

/** Measures the clusters of the scenario that the study names. */
export async function measureClusters(part: LivePart, settings: MeasureSettings): Promise<Measured> {
  const { loaded, note, signal } = part;
  const { study } = loaded;
  const objectives = settings.objectives ?? study.objectives;
  return withLiveSystem(
    {
      ...{
        scenarioFile: resolve(loaded.dir, settings.scenario),
        overrides: [],
        dir: join(part.dir, 'measure'),
      },
      ...{ trialMs: settings.trial, warmUpMs: settings.warmUp, seed: study.seed, note, signal },
      limits: { queued: settings.maxQueued, heap: settings.maxHeap },
    },
    async (system) => {
      const ladder = await climbLadder(system, settings, note);
      const random = seededRandom(study.seed, 'scalability intervals');
      const fit = fitScalability(ladder.points, random);
      const goal = { p95Ms: objectives.p95, drops: objectives.drops, queuedMs: objectives.queueTime };
      const knee = await searchKnee(system, {
        ...{ kind: 'rate', objectives: goal, ...settings.search, signal },
        onTrial: (t) =>
          note(
            `${short(t.load)} queries/s: ${t.verdict}, p95 ${Math.round(t.p95Ms)} ms, ${t.queries} queries${t.reasons.length > 0 ? ` (${t.reasons.join(', ')})` : ''}`,
          ),
      });
      const aloneMs = fit.kind === 'fit' ? 1000 / fit.gamma.value : null;
      const model = modelOf(ladder.alone, fit.kind === 'fit' ? fit : undefined);
      note('simulating the search, to tell how sure its answer is');
      return {
        ...{ from: '', title: system.title, simulated: system.prepared.simulated, knee, fit },
        ...{ p95LimitMs: objectives.p95, aloneMs, recordedMs: recordedMean(system) },
        queueing: queueingCheck(knee, model),
        kneeError:
          knee.kind === 'found' && model !== undefined
            ? await kneeError(knee, model, {
                ...{ kind: 'rate', objectives: { p95Ms: goal.p95Ms, drops: 1 }, ...settings.search, signal },
                ...{ trialMs: settings.trial, warmUpMs: settings.warmUp },
              })
            : null,
      };
    },
  );
}

const short = (x: number) => String(Number(x.toPrecision(3)));

async function climbLadder(system: LiveSystem, settings: MeasureSettings, note: (text: string) => void) {
  const points: LadderPoint[] = [];
  let alone: Trial | undefined;
  for (let repeat = 0; repeat < settings.repeats; repeat++)
    for (const concurrency of settings.ladder) {
      const trial = await system.run('concurrency', concurrency, repeat);
      note(
        `${concurrency} at once: ${trial.stoppedBy === '' ? `${short(trial.throughput)} queries/s` : `stopped, ${trial.stoppedBy}`}${trial.unfit === '' ? '' : `; ${trial.unfit}`}`,
      );
      // Beyond the point of danger nothing more is asked of the clusters; what ended there early is no throughput.
      if (trial.stoppedBy !== '') break;
      // A throughput that a busy generator held down is not the cluster's.
      if (trial.unfit !== '') continue;
      points.push({ concurrency, throughput: trial.throughput });
      alone ??= trial;
    }
  return { points, alone };
}

/** Mean recorded time of the statements that the trials draw from; null where the dump has none. */
function recordedMean({ prepared }: LiveSystem): number | null {
  const times = prepared.plan.queries.flatMap((q) => (q.recordedMs === undefined ? [] : [q.recordedMs]));
  return times.length === 0 ? null : times.reduce((a, b) => a + b, 0) / times.length;
}

/** A cluster as it was measured: its queries alone, its slots, its contention. */
interface MeasuredModel extends ClusterModel {
  readonly fit: FittedLaw;
}

type FittedLaw = Extract<Measured['fit'], { kind: 'fit' }>;

/** Undefined where no slots were seen, or too few queries ran alone. */
function modelOf(alone: Trial | undefined, fit: FittedLaw | undefined): MeasuredModel | undefined {
  if (alone === undefined || fit === undefined || fit.slots === null) return undefined;
  const timesMs = alone.queries.filter((q) => !q.dropped).map((q) => q.responseMs);
  if (timesMs.length < 20) return undefined;
  return { timesMs, slots: fit.slots, contention: { alpha: fit.alpha.value, beta: fit.beta.value }, fit };
}

/** The queueing model with the service times measured alone, at the last rate that held. */
function queueingCheck(knee: KneeResult, model: MeasuredModel | undefined): QueueingCheck | null {
  if (knee.kind !== 'found' || model === undefined) return null;
  const { timesMs: times, slots, contention, fit } = model;
  const mean = times.reduce((a, b) => a + b, 0) / times.length;
  const scv = times.reduce((sum, t) => sum + (t - mean) ** 2, 0) / times.length / mean ** 2;
  const at = knee.trials.filter((t) => t.load === knee.low && t.verdict === 'holds');
  const predicted = calibrate(times, { slots, contention, clusters: 1, rate: knee.low, balancer: 'random' });
  // Under contention a slot is held longer: the time that the law gives with all slots in use.
  const full = (1000 * slots) / uslThroughput(slots, { gamma: fit.gamma.value, ...contention, slots });
  return {
    ...{ rate: knee.low, slots, serviceMeanMs: mean, serviceScv: scv },
    predictedP95Ms: predicted.response.p95,
    measuredP95Ms: at.reduce((sum, t) => sum + t.p95Ms, 0) / Math.max(1, at.length),
    allenCunneenWaitMs: ggkWaitMs(slots, knee.low / 1000, full, 1, scv),
    simulatedWaitMs: predicted.queued.mean,
  };
}
