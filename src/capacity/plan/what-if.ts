/** The same plan with something changed: more users, busier sources, quotas, zones, nightly rolls. */
import { finder } from '../../base/regex.ts';
import type { WhatIf } from '../study/schema.ts';
import { type Peak, peakUnder } from '../workload/profile.ts';
import { judge } from './judge.ts';
import { tooMuch } from './limits.ts';
import { type Night, noNight, rollAllAtNight } from './nights.ts';
import { type CaseFigures, figuresOf, type GroupSize, judgeCase, sizeGroup } from './size.ts';
import { FEWEST_QUERIES, type GroupWorld, keepsPromise, type PromiseCheck, runPlan } from './world.ts';

export interface WhatIfAnswer {
  readonly name: string;
  readonly group: string;
  /** The planned clusters under the changed load: at its peak, or in the night of rolls where one is asked for. */
  readonly withPlan: (CaseFigures & { readonly holds: boolean; readonly broken: readonly string[] }) | null;
  /** The night in which all clusters are rolled; absent where that was not asked. */
  readonly night?: Night;
  /** When the peak is then, ISO-8601; absent where it is the present one, and in older records. */
  readonly peakAt?: string;
  /** The same at the peak with one rolled and with one lost at the peak; absent in older records. */
  readonly rolled?: PromiseCheck;
  readonly lost?: PromiseCheck;
  /** Clusters needed then: calm, with one lost, with a zone lost. */
  readonly needed: {
    readonly calm: number | null;
    readonly one: number | null;
    readonly zone: number | null;
  };
  /** Why no number of clusters is enough; absent where that is not so, and in older records. */
  readonly because?: string;
  readonly missing: readonly string[];
}

export async function answerWhatIf(
  world: GroupWorld,
  planned: number,
  question: WhatIf,
): Promise<WhatIfAnswer> {
  const changed = changedWorld(world, question);
  const size: GroupSize = await sizeGroup(changed, false);
  const needed = (name: string) => size.cases.find((c) => c.case === name)?.clusters ?? null;
  // A load that is too much for 256 clusters is not simulated on these either.
  const isTooMuch = tooMuch(changed).length > 0;
  const judged = isTooMuch ? null : await judge(changed, { clusters: planned });
  if (judged?.result.judged.arrived === 0)
    return {
      ...{ name: question.name, group: world.group, withPlan: null },
      ...{ needed: { calm: null, one: null, zone: null }, missing: [NO_QUERY] },
    };
  const night = question.rollEveryNight && !isTooMuch ? await rollAllAtNight(changed, planned) : null;
  const checked = async (name: 'roll' | 'kill') => {
    const { broken, holds } = await judgeCase(changed, name, planned);
    return { broken, holds };
  };
  const byQuota = await quotaIsToBlame(world, changed, size);
  const isTried = judged !== null && judged.result.response.n >= FEWEST_QUERIES;
  const atPeak = isTried ? { ...figuresOf(judged.result), holds: judged.holds, broken: judged.broken } : null;
  const atNight = night === null ? null : { ...night.figures, holds: night.holds, broken: night.broken };
  return {
    ...{ name: question.name, group: world.group },
    ...(byQuota ? { because: QUOTA_BREAKS } : {}),
    ...(isTried ? { rolled: await checked('roll'), lost: await checked('kill') } : {}),
    ...(night === null ? {} : { night: night.night }),
    ...(changed.peak.fromMs === world.peak.fromMs ? {} : { peakAt: momentOf(changed) }),
    withPlan: question.rollEveryNight ? atNight : atPeak,
    needed: { calm: needed('calm'), one: size.planned, zone: needed('zone') },
    missing: [
      ...(byQuota ? [] : size.missing),
      ...(question.rollEveryNight && !isTooMuch && night === null ? [noNight(world.timeZone)] : []),
    ],
  };
}

function momentOf({ peak, workload }: GroupWorld): string {
  return new Date(workload.startMs + peak.fromMs).toISOString();
}

const NO_QUERY = 'any query: the question leaves this group none';
const QUOTA_BREAKS =
  'the quota by itself, with clusters to spare, makes users wait longer than was promised, so no number of clusters helps';
/** More than any group is planned with. */
const PLENTY = 256;

/** Whether plenty of clusters keep the promise without the question's quota, and not with it. */
async function quotaIsToBlame(world: GroupWorld, changed: GroupWorld, size: GroupSize): Promise<boolean> {
  if (size.planned !== null || changed.nodes === world.nodes || tooMuch(changed).length > 0) return false;
  const holds = async (w: GroupWorld) =>
    keepsPromise(await runPlan(w, { clusters: PLENTY }), w.promise).holds;
  return !(await holds(changed)) && (await holds({ ...changed, nodes: world.nodes }));
}

function changedWorld(world: GroupWorld, { openPerUser, sources, users, zones }: WhatIf): GroupWorld {
  const factor = factorUnder(world, sources, users);
  const nodes = openPerUser === undefined ? world.nodes : { ...world.nodes, openPerUser };
  const changed = { ...world, factor, nodes, zones: zones ?? world.zones };
  return typeof factor === 'number' ? changed : { ...changed, peak: peakOfChanged(changed, factor) };
}

/** Where some sources grow more than others, the peak may be another one. */
function peakOfChanged({ peak, spreadMs, workload }: GroupWorld, factor: Float64Array): Peak {
  return peakUnder(workload, (i) => factor[i] as number, peak.toMs - peak.fromMs, spreadMs);
}

function factorUnder(world: GroupWorld, sources: WhatIf['sources'], users: number): number | Float64Array {
  if (sources.length > 0) return factorsOf(world, sources).map((f) => f * users);
  return typeof world.factor === 'number' ? world.factor * users : world.factor.map((f) => f * users);
}

function factorsOf({ cluster, factor, workload }: GroupWorld, sources: WhatIf['sources']): Float64Array {
  const own = (i: number) => (typeof factor === 'number' ? factor : (factor[i] ?? 0));
  const hits = sources.map((s) => {
    const found = finder(s.match);
    return { ...s, bySource: workload.sources.map(found) };
  });
  return Float64Array.from(workload.atMs, (_, i) => {
    const source = workload.source[i] ?? 0;
    const tookMs = (workload.serviceMs[i] ?? 0) * cluster.serviceScale;
    const hit = hits.find(
      (p) => p.bySource[source] && (p.shorterThan === undefined || tookMs < p.shorterThan),
    );
    return own(i) * (hit?.factor ?? 1);
  });
}
