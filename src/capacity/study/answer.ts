/** All that is answered by computing: loads, sizes, modes, heat map, balancers, what-ifs. No load is sent from here. */

import type { DumpRecord } from '../../dump/record.ts';
import type { DumpReading } from '../../measure/record/run-info.ts';
import { expectationOracle } from '../../plan/expectation.ts';
import { compareBalancers } from '../plan/balancers.ts';
import { exhaustionOf, heatMapOf } from '../plan/headroom.ts';
import { compareModes } from '../plan/modes.ts';
import { sizeGroup } from '../plan/size.ts';
import { answerWhatIf, type WhatIfAnswer } from '../plan/what-if.ts';
import type { ClusterModel, GroupWorld } from '../plan/world.ts';
import { type GroupProfile, growthOf, profileOf } from '../workload/profile.ts';
import { MINUTE_MS, type Workload, workloadOf } from '../workload/workload.ts';
import { assumptionsOf } from './assume.ts';
import type { GroupPlan, LoadSummary, Measured, Missing, StudyRecord } from './record.ts';
import type { Study, StudyObjectives } from './schema.ts';

export interface Answers
  extends Pick<
    StudyRecord,
    | 'assumptions'
    | 'cluster'
    | 'objectives'
    | 'scale'
    | 'loads'
    | 'growth'
    | 'plans'
    | 'balancers'
    | 'whatIf'
    | 'inconclusive'
  > {}

export interface AnswerOptions {
  readonly study: Study;
  readonly records: readonly DumpRecord[];
  readonly reading: DumpReading;
  readonly measured: Measured | null;
  readonly cluster: ClusterModel;
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Queries whose group the study names; without expectations all are one group. */
export function studyWorkload(study: Study, records: readonly DumpRecord[]): Workload {
  const oracle = expectationOracle(study.expect);
  return workloadOf(records, (record) =>
    study.expect.length === 0 ? (record.routedTo?.group ?? 'all') : oracle(record)?.group,
  );
}

export async function answerStudy(options: AnswerOptions): Promise<Answers> {
  const { cluster, measured, note, signal, study } = options;
  const workload = studyWorkload(study, options.records);
  const profiles = profileOf(workload, study.load.peakWindow);
  const growth = growthOf(workload);
  const missing: Missing[] = [];
  const plans: GroupPlan[] = [];
  for (const profile of profiles) {
    note(`sizing ${profile.group}`);
    plans.push(planOf(worldOf(study, workload, profile, cluster), profile, growth, measured, study, missing));
    await breathe(signal);
  }
  if (study.load.growth === 'dump' && growth === null)
    missing.push({
      question: 'When does growth use up the headroom?',
      missing: [`a dump of 14 days or more (this one holds ${days(workload)}), or load.growth in the study`],
    });
  note('comparing balancers');
  const balancers = busiestComparison(study, workload, profiles, cluster, plans);
  await breathe(signal);
  const whatIf: WhatIfAnswer[] = [];
  for (const question of study.whatIf)
    for (const profile of profiles) {
      const planned = plans.find((p) => p.size.group === profile.group)?.size.planned;
      if (planned === null || planned === undefined) continue;
      note(`what if: ${question.name} (${profile.group})`);
      whatIf.push(answerWhatIf(worldOf(study, workload, profile, cluster), planned, question));
      await breathe(signal);
    }
  return {
    assumptions: assumptionsOf(study, cluster, measured, workload.timesKnown),
    ...{ cluster, growth, plans, balancers, whatIf, scale: study.load.scale },
    objectives: promised(study.objectives),
    loads: profiles.map((p) => loadSummary(p, workload)),
    inconclusive: missing,
  };
}

/** Lets signals and the progress line through between long computations. */
async function breathe(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
}

export function promised(o: StudyObjectives): StudyRecord['objectives'] {
  return { p95Ms: o.p95, queueMs: o.queueTime ?? null, drops: o.drops };
}

export function worldOf(
  study: Study,
  workload: Workload,
  profile: GroupProfile,
  cluster: ClusterModel,
): GroupWorld {
  const { gateway, objectives } = study;
  const g = workload.groups.indexOf(profile.group);
  const { scale } = study.load;
  return {
    ...{ group: profile.group, workload, peak: profile.peak, cluster, zones: study.zones, seed: study.seed },
    // Other groups have clusters of their own; their queries are left out.
    factor:
      workload.groups.length === 1 ? scale : Float64Array.from(workload.group, (x) => (x === g ? scale : 0)),
    nodes: {
      ...{
        count: gateway.nodes,
        reportEveryMs: gateway.reportEvery,
        retryElsewhere: true,
        holdMs: gateway.hold,
      },
      openPerUser: gateway.openPerUser ?? Number.POSITIVE_INFINITY,
    },
    ...{ balancer: gateway.balancer, detectMs: gateway.detect },
    promise: { p95Ms: objectives.p95, queueMs: objectives.queueTime, drops: objectives.drops },
  };
}

function planOf(
  world: GroupWorld,
  profile: GroupProfile,
  growth: ReturnType<typeof growthOf>,
  measured: Measured | null,
  study: Study,
  missing: Missing[],
): GroupPlan {
  const size = sizeGroup(world);
  if (size.missing.length > 0)
    missing.push({ question: `How many clusters does ${world.group} need?`, missing: size.missing });
  const calm = size.cases.find((c) => c.case === 'calm')?.clusters ?? null;
  const { headroom, planned } = size;
  const endMs = world.workload.startMs + world.workload.lengthMs;
  return {
    size,
    modes: calm === null || planned === null ? [] : compareModes(world, calm, planned),
    heatMap: headroom === null ? null : heatMapOf(world.workload, profile, headroom.calm),
    exhaustion: headroom === null ? null : exhaustionOf(headroom.kill, study.load.growth, growth, endMs),
    byKnee: byKnee(profile, study, measured),
  };
}

/** The peak's work over the work that one measured cluster carries at its knee in the long run (lower end), rounded up. */
function byKnee(profile: GroupProfile, study: Study, measured: Measured | null): number | null {
  if (measured?.knee.kind !== 'found' || measured.aloneMs === null) return null;
  const carried = ((measured.kneeError?.low ?? measured.knee.low) * measured.aloneMs) / 1000;
  const scale = measured.simulated ? 1 : measured.aloneMs / (measured.recordedMs ?? measured.aloneMs);
  return Math.ceil((profile.peak.busySlots * study.load.scale * scale) / carried);
}

function busiestComparison(
  study: Study,
  workload: Workload,
  profiles: readonly GroupProfile[],
  cluster: ClusterModel,
  plans: readonly GroupPlan[],
) {
  const busiest = [...profiles].sort((a, b) => b.peak.busySlots - a.peak.busySlots)[0];
  const size = plans.find((p) => p.size.group === busiest?.group)?.size;
  if (busiest === undefined || size === undefined || size.planned === null || size.headroom === null)
    return null;
  return compareBalancers(worldOf(study, workload, busiest, cluster), {
    clusters: size.planned,
    // Near the limit of what the plan carries: where choices tell.
    times: Math.max(1, 0.95 * size.headroom.calm),
    balancers: study.balancers,
    staleReportEveryMs: study.gateway.staleReportEvery,
  });
}

const QUARTER_MS = 15 * MINUTE_MS;

function loadSummary(profile: GroupProfile, workload: Workload): LoadSummary {
  const { perMinute, workPerMinute, ...rest } = profile;
  const quarters = Array.from({ length: Math.ceil(perMinute.length / 15) }, (_, q) => {
    const sum = (values: Uint32Array | Float64Array) =>
      (values.subarray(15 * q, 15 * q + 15) as Float64Array).reduce((a, b) => a + b, 0);
    return {
      atMs: q * QUARTER_MS,
      perSecond: sum(perMinute) / (QUARTER_MS / 1000),
      busySlots: sum(workPerMinute) / QUARTER_MS,
    };
  });
  return { ...rest, peakAt: new Date(workload.startMs + profile.peak.fromMs).toISOString(), quarters };
}

function days({ lengthMs }: Workload): string {
  const n = lengthMs / (24 * 60 * MINUTE_MS);
  return n < 1.5 ? `${Math.round(n * 24)} hours` : `${Math.floor(n)} days`;
}
