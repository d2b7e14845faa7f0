/** What a run knows of itself: the part of the record that is neither sample nor event. */
import type { RunEvent } from './events.ts';
import type { Samples } from './samples.ts';
import type { Told } from './told.ts';

/** Place of a row in a dump; lines count from 1 and name the row's first line. */
export interface Origin {
  readonly file: string;
  readonly line: number;
}

/** A row that could not be read as a query, and why. */
export interface BadRow {
  readonly origin: Origin;
  readonly reason: string;
}

/** What reading a dump taught; printed, recorded with the run, and shown in the report. */
export interface DumpReading {
  readonly files: readonly string[];
  /** Name of the format and why it was taken for it. */
  readonly format: string;
  readonly because: string;
  readonly rows: number;
  readonly accepted: number;
  readonly badRows: number;
  /** The first bad rows, at most 20. */
  readonly firstBad: readonly BadRow[];
  /** Bad rows by reason (reason with its specifics removed). */
  readonly badByReason: Readonly<Record<string, number>>;
  /** Files of which only a part was read, as asked, and why; absent where all of them were read, and in older records. */
  readonly cuts?: readonly string[];
  /** What may be wrong with what was read, and cannot be told from it; absent in older records. */
  readonly doubts?: readonly string[];
  /** What this source cannot tell: `client tags`, `session properties` … */
  readonly lost: readonly string[];
  readonly firstAtMs: number | null;
  readonly lastAtMs: number | null;
  /** Digest over the accepted records, so that two runs can prove they read the same dump. */
  readonly sha256: string;
}

export interface Skipped {
  readonly reason: string;
  readonly count: number;
  readonly examples: readonly string[];
}

/** What the run knew of itself; written to run.json at the start and completed at the end. */
export interface RunInfo {
  readonly formatVersion: 1;
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly interrupted: boolean;
  /** Why the run was stopped before its end, when a gate could no longer be met (fail-fast). */
  readonly stopped?: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly seed: number;
  /** The scenario as resolved, secrets masked. */
  readonly scenario: unknown;
  readonly scenarioFile: string;
  /** SHA-256 of the file's bytes; absent in older records. */
  readonly scenarioSha256?: string;
  /** SHA-256 of each file of routing rules at the start, by the scenario's key that names it; absent in older records. */
  readonly rules?: Readonly<Record<string, string>>;
  /** Words after `rehearse` that repeat this run, called in the project's folder. */
  readonly command: readonly string[];
  /** `simulated` clusters are stubs; the report says so in its first lines. */
  readonly simulated: boolean;
  readonly gateway: string;
  readonly baseline: string;
  readonly clusters: readonly {
    readonly name: string;
    readonly group: string;
    readonly driver: string;
    readonly zone: string;
  }[];
  readonly planned: {
    readonly gateway: number;
    readonly baseline: number;
    /** Absent in records that were written before there was a noise arm. */
    readonly noise?: number;
    readonly pairs: number;
    readonly sha256: string;
  };
  /** One round of the plan; absent in older records. */
  readonly plan?: PlanFacts;
  /** Why the replay ended before it was through with its plan; absent where it was through, and in older records. */
  readonly endedBecause?: string;
  readonly dump: DumpReading | null;
  readonly skipped: readonly Skipped[];
  /** What was sent in another form than recorded (EXPLAIN, sandbox), by the safety policy. */
  readonly changed?: readonly Skipped[];
  /** Of a run in parts: which part this record is. */
  readonly shard?: ShardInfo;
  /** Of a record merged from parts. */
  readonly shards?: ShardsInfo;
  /** Phase boundaries are events; the settings the judge needs are here. */
  readonly judge: JudgeSettings;
  readonly generator: GeneratorHealth | null;
  /** How the clusters told of their queries; absent in older records. */
  readonly evidence?: 'listener' | 'list' | 'none';
  /** Of a merged record: why what the clusters told is not all. */
  readonly evidenceDoubt?: string;
  /** What has to be in the other files; absent in older records and in those of runs that were killed. */
  readonly written?: Written;
}

/** What the plan of the gateway's arm is made of, before anything of it is repeated. */
export interface PlanFacts {
  /** Queries of the dump. */
  readonly records: number;
  /** How often each stands in the plan (`load.clones`). */
  readonly clones: number;
  /** Both multiplied. */
  readonly queries: number;
  /** Queries that failed when they were recorded, by error name; '' where none was kept. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Lines of the record's files, as far as they were written. */
export interface Written {
  readonly events: number;
  readonly samples: number;
  readonly told: number;
  /** SHA-256 of samples.parquet as it was written; absent in older records. */
  readonly samplesSha256?: string;
}

export interface ShardInfo {
  /** Counted from 1. */
  readonly part: number;
  readonly of: number;
  /** Name of the run that the parts belong to. */
  readonly run: string;
  /** The agreed start on this record's clock: what the parts have in common. */
  readonly startUs: number;
  /** Queries of the plan by part. */
  readonly counts: readonly number[];
}

export interface ShardsInfo {
  readonly run: string;
  readonly of: number;
  readonly present: readonly number[];
  /** Ids of the parts' own records, which their queries' trace tokens begin with; absent in older records. */
  readonly ids?: readonly string[];
  /** Parts without a record, with what they had of the plan. */
  readonly lost: readonly { readonly part: number; readonly queries: number; readonly share: number }[];
}

export interface JudgeSettings {
  /** Around each activation change either cluster is right; one health period. */
  readonly routingToleranceMs: number;
  /** After a kill the gateway may need this long to notice. */
  readonly detectionMs: number;
  /** What is meant to start in the first and the last so many milliseconds of the load is in no figure of time. */
  readonly warmUpMs: number;
  /** Absent in records that were written before there was one. */
  readonly coolDownMs?: number;
  /** Lateness limits of the method's validity block. */
  readonly lagP99LimitMs: number;
  readonly lagMaxLimitMs: number;
  /** The others; absent in records that were written before they could be set. */
  readonly connectionWaitLimitMs?: number;
  readonly eventLoopLimit?: number;
  readonly clockStepLimitMs?: number;
}

/** What the load generator measured of itself; with several threads each figure is that of the worst. */
export interface GeneratorHealth {
  /** Threads that carried the load; absent in older and in merged records. */
  readonly threads?: number;
  readonly eventLoopDelayP99Ms: number;
  readonly eventLoopDelayMaxMs: number;
  /** Share of time the event loop was busy, worst 10 s window, 0..1. */
  readonly eventLoopUtilisationMax: number;
  readonly gcMaxMs: number;
  readonly gcShare: number;
  /** Wall clock against monotonic clock over the run, milliseconds. */
  readonly clockStepMs: number;
  readonly host?: HostHealth;
}

/** What the machine did meanwhile; absent where it could not be read. */
export interface HostHealth {
  readonly cores: number;
  /** Share of the machine's time that its hypervisor gave to others. */
  readonly stealShare: number;
  /** Least share of idle time in any ten seconds. */
  readonly leastIdleShare: number;
  /** Highest load average (one minute). */
  readonly mostLoad: number;
  /** Time for which a quota kept us from running, milliseconds. */
  readonly throttledMs: number;
  /** Open files and sockets of the generator against its limit. */
  readonly descriptorShare: number;
  /** The load generator, the gateways and the clusters that run here. */
  readonly processes: readonly ProcessLoad[];
}

export interface ProcessLoad {
  readonly name: string;
  /** Processor cores kept busy, on average and in the worst ten seconds. */
  readonly meanCores: number;
  readonly worstCores: number;
  readonly mostMiB: number;
}

/** Everything the judge reads: a run folder, loaded. */
export interface RunRecord {
  /** What the clusters told; absent in records that were written before they were asked. */
  readonly told?: readonly Told[];
  /** Why that is not all they told, as far as the files show it; '' or absent for no reason. */
  readonly toldDoubt?: string;
  readonly info: RunInfo;
  readonly samples: Samples;
  /** Why the samples are not those that the run wrote, as far as their digest shows it; absent for no reason. */
  readonly samplesDoubt?: string;
  readonly events: readonly RunEvent[];
  /** Statement shapes by fingerprint; absent where nobody needs them. */
  readonly texts?: ReadonlyMap<string, string>;
}
