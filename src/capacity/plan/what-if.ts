/** The same plan with something changed: more users, busier sources, quotas, zones, nightly rolls. */
import type { Disturbance } from '../simulate/world.ts';
import type { WhatIf } from '../study/schema.ts';
import { DAY_MS, HOUR_MS, type Workload } from '../workload/workload.ts';
import { type CaseFigures, figuresOf, type GroupSize, sizeGroup, tryCase } from './size.ts';
import {
  clustersOf,
  type GroupWorld,
  keepsPromise,
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
  readonly missing: readonly string[];
}

const NIGHT_MS = 2 * HOUR_MS;
/** Rolls of one night follow each other at this distance at least. */
const BETWEEN_ROLLS_MS = 5 * 60_000;

export function answerWhatIf(world: GroupWorld, planned: number, question: WhatIf): WhatIfAnswer {
  const changed = changedWorld(world, question);
  const size: GroupSize = sizeGroup(changed);
  const needed = (name: string) => size.cases.find((c) => c.case === name)?.clusters ?? null;
  const run = question.rollEveryNight
    ? nightOfRolls(changed, planned)
    : runPlan(changed, { clusters: planned });
  const checked = (name: 'roll' | 'kill') =>
    keepsPromise(tryCase(changed, name, planned, 1), changed.promise);
  if (run.judged.arrived === 0)
    return {
      ...{ name: question.name, group: world.group, withPlan: null },
      ...{ needed: { calm: null, one: null, zone: null }, missing: [NO_QUERY] },
    };
  return {
    ...{ name: question.name, group: world.group, rolled: checked('roll'), lost: checked('kill') },
    withPlan: { ...figuresOf(run), ...keepsPromise(run, changed.promise) },
    needed: { calm: needed('calm'), one: size.planned, zone: needed('zone') },
    missing: quotaIsToBlame(world, changed, size) ? [QUOTA_BREAKS] : size.missing,
  };
}

const NO_QUERY = 'any query: the question leaves this group none';
const QUOTA_BREAKS =
  'a wider quota: by itself, with clusters to spare, it makes users wait longer than was promised, so no number of clusters helps';
/** More than any group is planned with. */
const PLENTY = 256;

/** Whether plenty of clusters keep the promise without the question's quota, and not with it. */
function quotaIsToBlame(world: GroupWorld, changed: GroupWorld, size: GroupSize): boolean {
  if (size.planned !== null || changed.nodes === world.nodes) return false;
  const holds = (w: GroupWorld) => keepsPromise(runPlan(w, { clusters: PLENTY }), w.promise).holds;
  return !holds(changed) && holds({ ...changed, nodes: world.nodes });
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

/** The dump's first night, from 02:00: every cluster of the group in turn. */
function nightOfRolls(world: GroupWorld, clusters: number) {
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
  return runPlan(world, { clusters, fromMs, toMs, disturbances: rolls });
}

function nightOf(workload: Workload, lengthMs: number): { fromMs: number; toMs: number } {
  const intoDay = workload.startMs % DAY_MS;
  const fromMs = Math.min((NIGHT_MS - intoDay + DAY_MS) % DAY_MS, Math.max(0, workload.lengthMs - HOUR_MS));
  return { fromMs, toMs: Math.min(workload.lengthMs, fromMs + Math.max(2 * HOUR_MS, lengthMs)) };
}
