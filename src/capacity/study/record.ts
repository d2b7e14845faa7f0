/** What a study leaves: everything its report is rendered from, and nothing else. */
import type { DumpReading } from '../../measure/record/run-info.ts';
import type { NoFit, ScalabilityFit } from '../model/fit.ts';
import type { BalancerComparison } from '../plan/balancers.ts';
import type { CountRow } from '../plan/counts.ts';
import type { Exhaustion, HeatMap } from '../plan/headroom.ts';
import type { ModeFigures } from '../plan/modes.ts';
import type { GroupSize } from '../plan/size.ts';
import type { WhatIfAnswer } from '../plan/what-if.ts';
import type { ClusterModel } from '../plan/world.ts';
import type { KneeResult } from '../search/knee.ts';
import type { GrowthEstimate, Peak } from '../workload/profile.ts';

export interface LoadSummary {
  readonly group: string;
  readonly queries: number;
  readonly meanServiceMs: number;
  readonly serviceScv: number;
  readonly burstiness: number;
  readonly peak: Peak;
  /** The group's own, by the dump; null when it cannot be read; absent in older records. */
  readonly growth?: GrowthEstimate | null;
  /** Start of the peak, ISO-8601 in UTC. */
  readonly peakAt: string;
  readonly mix: readonly { readonly source: string; readonly queries: number; readonly work: number }[];
  /** Arrivals and busy slots by quarter of an hour. */
  readonly quarters: readonly {
    readonly atMs: number;
    readonly perSecond: number;
    readonly busySlots: number;
  }[];
}

export interface Measured {
  /** Folder that the measurement was taken over from, '' when it was made now. */
  readonly from: string;
  readonly title: string;
  readonly simulated: boolean;
  readonly knee: KneeResult;
  readonly fit: ScalabilityFit | NoFit;
  /** p95 objective of the search, milliseconds. */
  readonly p95LimitMs: number;
  /** Mean run time of a query alone, measured (1/γ) and as the dump recorded the same statements; milliseconds. */
  readonly aloneMs: number | null;
  readonly recordedMs: number | null;
  /** Wait by the queueing model (Allen–Cunneen, measured service times) at the knee, beside the measured. */
  readonly queueing: QueueingCheck | null;
  /** How sure the knee is; null where it cannot be told, absent in records of before it was asked. */
  readonly kneeError?: KneeError | null;
}

/** The knee in the long run, queries per second, with its 95 % interval, by simulating the same search many times. */
export interface KneeError {
  readonly searches: number;
  readonly trialMs: number;
  /** How much too high the search finds it on average, and its standard deviation; shares of the knee. */
  readonly biasShare: number;
  readonly sdShare: number;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

export interface QueueingCheck {
  readonly rate: number;
  readonly slots: number;
  readonly serviceMeanMs: number;
  readonly serviceScv: number;
  readonly predictedP95Ms: number;
  readonly measuredP95Ms: number;
  readonly allenCunneenWaitMs: number;
  readonly simulatedWaitMs: number;
}

export interface GroupPlan {
  /** p95 that the group was promised, milliseconds; absent in older records. */
  readonly p95Ms?: number;
  /** Time in queues (p95) that it was promised; null where none was, absent in older records. */
  readonly queueMs?: number | null;
  readonly size: GroupSize;
  readonly modes: readonly ModeFigures[];
  readonly heatMap: HeatMap | null;
  readonly exhaustion: Exhaustion | null;
  /** What fewer and more clusters carry, and until when; absent in older records. */
  readonly counts?: readonly CountRow[];
  /** Clusters by the measured knee alone: the peak's work over what one cluster carried; null without a measurement. */
  readonly byKnee: number | null;
}

export interface ConfirmedLoad {
  readonly load: number;
  readonly times: number;
  readonly p95Ms: number;
  /** 95 % interval of the p95; null where too few queries were independent, absent in older records. */
  readonly p95Interval?: readonly [lowMs: number, highMs: number] | null;
  readonly dropShare: number;
  readonly avoidable: number;
  readonly unavoidable: number;
  /** False also where the trial cannot tell. */
  readonly holds: boolean;
  /** The trial cannot tell, for the first of the reasons. */
  readonly unclear?: true;
  readonly reasons: readonly string[];
  readonly actions: readonly string[];
  readonly queries: number;
}

export interface BalancerCheck {
  readonly balancer: string;
  readonly load: number;
  readonly predictedP95Ms: number;
  /** 95 % of the simulations of this load: what the balancer's lots make of it; absent in older records. */
  readonly predictedInterval?: readonly [lowMs: number, highMs: number];
  readonly measuredP95Ms: number;
  /** 95 % interval of the measured one; null where too few queries were independent, absent in older records. */
  readonly measuredInterval?: readonly [lowMs: number, highMs: number] | null;
  /** measured / predicted − 1 */
  readonly error: number;
  readonly variation: number;
  readonly queries: number;
  /** Why the run was no fair one; absent in older records. */
  readonly doubts?: readonly string[];
}

export interface Confirmation {
  readonly title: string;
  readonly simulated: boolean;
  /** All clusters ran on one machine and shared its cores, which no prediction knows of; absent in older records. */
  readonly sharedMachine?: boolean;
  readonly plannedFrom: 'study' | 'simulation';
  readonly loads: readonly ConfirmedLoad[];
  /** Both as promised: the planned load held, the overload did not; null when no load was tried, or a trial cannot tell. */
  readonly confirmed: boolean | null;
  readonly balancers: readonly BalancerCheck[];
  /** Why nothing could be tried; absent where something was. */
  readonly missing?: readonly string[];
}

/** What one answer lacks, for people: what the question was, and what would answer it. */
export interface Missing {
  readonly question: string;
  readonly missing: readonly string[];
}

export interface StudyRecord {
  readonly formatVersion: 1;
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly command: readonly string[];
  readonly seed: number;
  /** The study as resolved. */
  readonly study: unknown;
  readonly dump: DumpReading;
  readonly assumptions: readonly string[];
  readonly scale: number;
  readonly cluster: ClusterModel;
  readonly objectives: { readonly p95Ms: number; readonly queueMs: number | null; readonly drops: number };
  readonly loads: readonly LoadSummary[];
  readonly growth: GrowthEstimate | null;
  readonly measured: Measured | null;
  readonly plans: readonly GroupPlan[];
  readonly balancers: BalancerComparison | null;
  readonly whatIf: readonly WhatIfAnswer[];
  readonly confirmation: Confirmation | null;
  readonly inconclusive: readonly Missing[];
  /** Queries of the dump that belong to no group of the study; absent in older records. */
  readonly leftOut?: number;
  /** Highest arrival rate of all groups together over `load.peakWindow`, of the dump as it is; absent in older records. */
  readonly together?: { readonly at: string; readonly perSecond: number };
  /** By whose clocks hours of the week, nights and peaks are told; absent in older records, which are in UTC. */
  readonly timeZone?: string;
  /** The plan in a few lines: a sum, one line for each group, how sure it is. */
  readonly paragraph: string;
}
