/** All that is answered by computing: loads, sizes, modes, heat map, balancers, what-ifs. No load is sent from here. */

import { formatMs, formatShare } from '../../base/units.ts';
import { compareBalancers } from '../plan/balancers.ts';
import { countsOf } from '../plan/counts.ts';
import { exhaustionOf, type Growth, heatMapOf } from '../plan/headroom.ts';
import { compareModes } from '../plan/modes.ts';
import { sizeGroup } from '../plan/size.ts';
import { answerWhatIf, type WhatIfAnswer } from '../plan/what-if.ts';
import type { ClusterModel, GroupWorld } from '../plan/world.ts';
import { localTime } from '../workload/local-time.ts';
import {
  FEWEST_GROWTH_DAYS,
  type GroupProfile,
  type GrowthEstimate,
  growthOf,
  profileOf,
} from '../workload/profile.ts';
import { knownShare } from '../workload/residents.ts';
import { DAY_MS, MINUTE_MS, ofGroup, type Workload } from '../workload/workload.ts';
import { assumptionsOf } from './assume.ts';
import type { StudyLoad } from './dump.ts';
import type { GroupPlan, LoadSummary, Measured, Missing, StudyRecord } from './record.ts';
import { objectivesOf, peakWindowOf, type Study, type StudyObjectives } from './schema.ts';

export interface Answers
  extends Pick<
    StudyRecord,
    | 'assumptions'
    | 'cluster'
    | 'objectives'
    | 'scale'
    | 'leftOut'
    | 'together'
    | 'loads'
    | 'growth'
    | 'plans'
    | 'balancers'
    | 'whatIf'
    | 'inconclusive'
  > {}

export interface AnswerOptions {
  readonly study: Study;
  readonly load: StudyLoad;
  readonly measured: Measured | null;
  readonly cluster: ClusterModel;
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

export async function answerStudy(options: AnswerOptions): Promise<Answers> {
  const { cluster, measured, note, signal, study } = options;
  const { leftOut, reading, workload } = options.load;
  const profiles = profileOf(workload, (group) => peakWindowOf(study, group), spreadOf(study));
  const growth = growthOf(workload, undefined, study.timeZone);
  const seen = new Map(workload.groups.map((group, g) => [group, growthOf(workload, g, study.timeZone)]));
  const missing: Missing[] = [];
  const plans: GroupPlan[] = [];
  for (const profile of profiles) {
    note(`sizing ${profile.group}`);
    const own = growthIn(study, profile.group, seen.get(profile.group) ?? null);
    plans.push(
      await planOf(
        worldOf(study, workload, profile, cluster, signal),
        profile,
        own,
        measured,
        study,
        missing,
      ),
    );
    await breathe(signal);
    if (own === null) missing.push(growthMissing(profile.group, workload));
  }
  note('comparing balancers');
  const balancers = await busiestComparison(study, workload, profiles, cluster, plans, missing, signal);
  await breathe(signal);
  const whatIf: WhatIfAnswer[] = [];
  for (const question of study.whatIf)
    for (const profile of profiles) {
      const planned = plans.find((p) => p.size.group === profile.group)?.size.planned;
      if (planned === null || planned === undefined) continue;
      note(`what if: ${question.name} (${profile.group})`);
      const answer = await answerWhatIf(
        worldOf(study, workload, profile, cluster, signal),
        planned,
        question,
      );
      whatIf.push(answer);
      if (answer.missing.length > 0)
        missing.push({
          question: `What if ${question.name} (${profile.group})?`,
          missing: answer.missing,
        });
      await breathe(signal);
    }
  return {
    assumptions: assumptionsOf(study, cluster, measured, {
      ...{ timesKnown: workload.timesKnown, leftOut, reading, plans },
    }),
    ...{ leftOut, together: togetherOf(profiles, workload.startMs) },
    ...{ cluster, growth, plans, balancers, whatIf, scale: study.load.scale },
    objectives: promised(study.objectives),
    loads: profiles.map((p) => ({ ...loadSummary(p, workload), growth: seen.get(p.group) ?? null })),
    inconclusive: missing,
  };
}

/** The study's word on a group's growth, or what the dump shows of it; null when neither tells. */
function growthIn({ load }: Study, group: string, seen: GrowthEstimate | null): Growth | null {
  const given = typeof load.growth === 'object' ? (load.growth[group] ?? 'dump') : load.growth;
  return given === 'dump' ? seen : { perMonth: given };
}

function growthMissing(group: string, workload: Workload): Missing {
  const isShort = workload.lengthMs < FEWEST_GROWTH_DAYS * DAY_MS;
  return {
    question: `When does growth use up the headroom of ${group}?`,
    missing: [
      isShort
        ? `a dump of ${FEWEST_GROWTH_DAYS} days or more (this one holds ${days(workload)}), or load.growth in the study`
        : `queries of ${group} on each whole day of the dump, or load.growth in the study`,
    ],
  };
}

/** Around a minute so much is taken for alike: only where the dump is a sample. */
function spreadOf({ load }: Study): number {
  return load.scale > 1 ? load.spread : 0;
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
  signal: AbortSignal,
): GroupWorld {
  const { gateway } = study;
  const objectives = objectivesOf(study, profile.group);
  return {
    ...{ group: profile.group, peak: profile.peak, cluster, zones: study.zones, seed: study.seed, signal },
    // Other groups have clusters of their own; their queries are left out.
    ...{ workload: ofGroup(workload, profile.group), factor: study.load.scale },
    spreadMs: study.load.scale > 1 ? study.load.spread : undefined,
    turnMs: study.load.turn,
    nodes: {
      ...{
        count: gateway.nodes,
        reportEveryMs: gateway.reportEvery,
        retryElsewhere: true,
        holdMs: gateway.hold,
      },
      openPerUser: gateway.openPerUser ?? Number.POSITIVE_INFINITY,
    },
    ...{ balancer: gateway.balancer, detectMs: gateway.detect, timeZone: study.timeZone },
    promise: { p95Ms: objectives.p95, queueMs: objectives.queueTime, drops: objectives.drops },
  };
}

async function planOf(
  world: GroupWorld,
  profile: GroupProfile,
  growth: Growth | null,
  measured: Measured | null,
  study: Study,
  missing: Missing[],
): Promise<GroupPlan> {
  const size = await sizeGroup(world);
  if (size.missing.length > 0)
    missing.push({ question: `How many clusters does ${world.group} need?`, missing: size.missing });
  missing.push(...begunBefore(world));
  if (size.drainTooShort !== undefined)
    missing.push({
      question: `Does a roll of ${world.group} at its peak lose no more than promised?`,
      missing: [size.drainTooShort],
    });
  const calm = size.cases.find((c) => c.case === 'calm')?.clusters ?? null;
  const { headroom, planned } = size;
  const { lengthMs, startMs } = world.workload;
  const endMs = localTime(world.timeZone)(startMs + lengthMs);
  return {
    ...{ size, p95Ms: world.promise.p95Ms, queueMs: world.promise.queueMs ?? null },
    modes: calm === null || planned === null ? [] : await compareModes(world, calm, planned),
    heatMap: headroom === null ? null : heatMapOf(world.workload, profile, headroom.calm, world.timeZone),
    exhaustion: headroom === null ? null : exhaustionOf(headroom.kill, growth, endMs, headroom.killAtLeast),
    counts: await countsOf(world, size, growth, endMs),
    byKnee: byKnee(profile, study, measured),
  };
}

/** So much of a window's queries may come while the dump does not yet know what runs. */
const UNKNOWN_STRETCH = 0.05;
const KNOWN_SHARE = 0.95;

/** A peak at the dump's begin, of queries that run long: what was begun before the dump is not in it, and the plan too small. */
function begunBefore({ cluster, group, peak, workload }: GroupWorld): Missing[] {
  const judgedFromMs = peak.fromMs + UNKNOWN_STRETCH * (peak.toMs - peak.fromMs);
  const share = knownShare(workload, judgedFromMs, cluster.serviceScale);
  if (share >= KNOWN_SHARE) return [];
  return [
    {
      question: `What ran in ${group} when its peak began?`,
      missing: [
        `a dump that begins earlier: the peak begins ${formatMs(peak.fromMs)} after it, and of the work in progress then it knows some ${formatShare(share)}, since the rest was begun before; the plan may be too small`,
      ],
    },
  ];
}

/** The peak's work over the work that one measured cluster carries at its knee in the long run (lower end), rounded up. */
function byKnee(profile: GroupProfile, study: Study, measured: Measured | null): number | null {
  if (measured?.knee.kind !== 'found' || measured.aloneMs === null) return null;
  const carried = ((measured.kneeError?.low ?? measured.knee.low) * measured.aloneMs) / 1000;
  const scale = measured.simulated ? 1 : measured.aloneMs / (measured.recordedMs ?? measured.aloneMs);
  return Math.ceil((profile.peak.busySlots * study.load.scale * scale) / carried);
}

async function busiestComparison(
  study: Study,
  workload: Workload,
  profiles: readonly GroupProfile[],
  cluster: ClusterModel,
  plans: readonly GroupPlan[],
  missing: Missing[],
  signal: AbortSignal,
) {
  const byWork = [...profiles].sort((a, b) => b.peak.busySlots - a.peak.busySlots);
  const sizeOf = (group: string | undefined) => plans.find((p) => p.size.group === group)?.size;
  const busiest = byWork.find((p) => sizeOf(p.group)?.planned !== null);
  if (byWork[0] !== undefined && busiest !== byWork[0])
    missing.push({
      question: `Which balancer suits ${byWork[0].group}, the busiest group?`,
      missing: [
        `a plan for it${busiest === undefined ? '' : `; the balancers are compared on ${busiest.group} instead`}`,
      ],
    });
  const size = sizeOf(busiest?.group);
  if (busiest === undefined || size === undefined || size.planned === null || size.headroom === null)
    return null;
  return compareBalancers(worldOf(study, workload, busiest, cluster, signal), {
    clusters: size.planned,
    // Near the limit of what the plan carries: where choices tell.
    times: Math.max(1, 0.95 * size.headroom.calm),
    balancers: study.balancers,
    staleReportEveryMs: study.gateway.staleReportEvery,
  });
}

/** The busiest stretch of all groups together, by arrivals: peaks of groups at different times do not add up. */
function togetherOf(profiles: readonly GroupProfile[], startMs: number) {
  const windowMs = Math.min(...profiles.map(({ peak }) => peak.toMs - peak.fromMs));
  const minutes = profiles[0]?.perMinute.length ?? 0;
  const all = Array.from({ length: minutes }, (_, m) =>
    profiles.reduce((sum, p) => sum + (p.perMinute[m] ?? 0), 0),
  );
  const width = Math.max(1, Math.min(minutes, Math.round(windowMs / MINUTE_MS)));
  let sum = 0;
  let best = { from: 0, sum: -1 };
  for (const [m, arrived] of all.entries()) {
    sum += arrived - (all[m - width] ?? 0);
    if (m >= width - 1 && sum > best.sum) best = { from: m - width + 1, sum };
  }
  const at = new Date(startMs + best.from * MINUTE_MS).toISOString();
  return { at, perSecond: (best.sum * 1000) / (width * MINUTE_MS) };
}

const QUARTER_MS = 15 * MINUTE_MS;

function loadSummary(profile: GroupProfile, workload: Workload): LoadSummary {
  const { perMinute, workPerMinute, ...rest } = profile;
  const quarters = Array.from({ length: Math.ceil(perMinute.length / 15) }, (_, q) => {
    const sum = (values: Float64Array) => values.subarray(15 * q, 15 * q + 15).reduce((a, b) => a + b, 0);
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
