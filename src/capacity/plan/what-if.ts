/** The same plan with something changed: more users, busier sources, quotas, zones, nightly rolls. */
import type { Disturbance } from '../simulate/world.ts';
import type { WhatIf } from '../study/schema.ts';
import { DAY_MS, HOUR_MS, type Workload } from '../workload/workload.ts';
import { judge } from './judge.ts';
import { tooMuch } from './limits.ts';
import { type CaseFigures, figuresOf, type GroupSize, judgeCase, sizeGroup } from './size.ts';
import {
  clustersOf,
  FEWEST_QUERIES,
  type GroupWorld,
  keepsPromise,
  type PlanRun,
  type PromiseCheck,
  runPlan,
  withMargin,
} from './world.ts';

export interface WhatIfAnswer {
  readonly name: string;
  readonly group: string;
  /** The planned clusters under the changed load. */
  readonly withPlan: (CaseFigures & { readonly holds: boolean; readonly broken: readonly string[] }) | null;
  /** The same with one rolled and with one lost at the peak; absent in older records. */
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

const NIGHT_MS = 2 * HOUR_MS;
/** Rolls of one night follow each other at this distance at least. */
const BETWEEN_ROLLS_MS = 5 * 60_000;

export async function answerWhatIf(
  world: GroupWorld,
  planned: number,
  question: WhatIf,
): Promise<WhatIfAnswer> {
  const changed = changedWorld(world, question);
  const size: GroupSize = await sizeGroup(changed, false);
  const needed = (name: string) => size.cases.find((c) => c.case === name)?.clusters ?? null;
  const run = question.rollEveryNight ? nightOfRolls(changed, planned) : { clusters: planned };
  // A load that is too much for 256 clusters is not simulated on these either.
  const judged = tooMuch(changed).length > 0 ? null : await judge(changed, run);
  const tooFew = judged !== null && judged.result.response.n < FEWEST_QUERIES;
  if (judged?.result.judged.arrived === 0 && !question.rollEveryNight)
    return {
      ...{ name: question.name, group: world.group, withPlan: null },
      ...{ needed: { calm: null, one: null, zone: null }, missing: [NO_QUERY] },
    };
  const checked = async (name: 'roll' | 'kill') => {
    const { broken, holds } = await judgeCase(changed, name, planned);
    return { broken, holds };
  };
  const byQuota = await quotaIsToBlame(world, changed, size);
  return {
    ...{ name: question.name, group: world.group },
    ...(byQuota ? { because: QUOTA_BREAKS } : {}),
    ...(judged === null || tooFew ? {} : { rolled: await checked('roll'), lost: await checked('kill') }),
    withPlan:
      judged === null || tooFew
        ? null
        : { ...figuresOf(judged.result), holds: judged.holds, broken: judged.broken },
    needed: { calm: needed('calm'), one: size.planned, zone: needed('zone') },
    missing: [
      ...(byQuota ? [] : size.missing),
      ...(tooFew && question.rollEveryNight
        ? [
            `at least ${FEWEST_QUERIES} queries while the clusters are rolled (from 02:00 UTC, the dump’s first night); it has ${judged.result.response.n}`,
          ]
        : []),
    ],
  };
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
  const factors = sources.length === 0 ? undefined : factorsOf(world, sources);
  const factor =
    factors === undefined
      ? typeof world.factor === 'number'
        ? world.factor * users
        : world.factor.map((f) => f * users)
      : factors.map((f) => f * users);
  const nodes = openPerUser === undefined ? world.nodes : { ...world.nodes, openPerUser };
  return { ...world, factor, nodes, zones: zones ?? world.zones };
}

function factorsOf({ cluster, factor, workload }: GroupWorld, sources: WhatIf['sources']): Float64Array {
  const own = (i: number) => (typeof factor === 'number' ? factor : (factor[i] ?? 0));
  const patterns = sources.map((s) => ({ ...s, pattern: new RegExp(s.match, 'u') }));
  return Float64Array.from(workload.atMs, (_, i) => {
    const source = workload.sources[workload.source[i] ?? 0] ?? '';
    const tookMs = (workload.serviceMs[i] ?? 0) * cluster.serviceScale;
    const hit = patterns.find(
      (p) => p.pattern.test(source) && (p.shorterThan === undefined || tookMs < p.shorterThan),
    );
    return own(i) * (hit?.factor ?? 1);
  });
}

/** The dump's first night, from 02:00 UTC: every cluster of the group in turn. */
function nightOfRolls(world: GroupWorld, clusters: number): PlanRun {
  const { fromMs, toMs } = nightOf(world.workload, clusters * BETWEEN_ROLLS_MS);
  const beginMs = fromMs - withMargin(world.workload, { fromMs, toMs }).fromMs;
  const rolls = clustersOf(world, clusters).map(
    (c, i): Disturbance => ({
      ...{
        kind: 'roll',
        atMs: beginMs + i * Math.max(BETWEEN_ROLLS_MS, 2 * world.cluster.startMs),
        cluster: c.name,
      },
      ...{ drainMs: world.cluster.drainMs, downMs: world.cluster.startMs },
    }),
  );
  return { clusters, fromMs, toMs, disturbances: rolls };
}

function nightOf(workload: Workload, lengthMs: number): { fromMs: number; toMs: number } {
  const intoDay = workload.startMs % DAY_MS;
  const fromMs = Math.min((NIGHT_MS - intoDay + DAY_MS) % DAY_MS, Math.max(0, workload.lengthMs - HOUR_MS));
  return { fromMs, toMs: Math.min(workload.lengthMs, fromMs + Math.max(2 * HOUR_MS, lengthMs)) };
}
