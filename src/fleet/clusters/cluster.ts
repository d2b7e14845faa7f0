/** A cluster under test: what a run may do to it and ask of it. */
import type { ClusterSpec } from '../../scenario/schema.ts';
import type { ChildExit } from '../processes/child.ts';
import type { Minder } from '../processes/minder.ts';

/** A running coordinator, whoever started it. A `Child` is one. */
export interface ClusterProcess {
  /** Absent where it is not a process of this machine. */
  readonly pid?: number;
  /** Never rejects; never resolves for what nobody here can watch. */
  readonly exited: Promise<ChildExit>;
  stop(graceMs: number): Promise<void>;
  kill(signal: NodeJS.Signals): void | Promise<void>;
}

/** One coordinator under test. Its address stays the same over restarts. */
export interface Cluster {
  readonly name: string;
  readonly group: string;
  readonly zone: string;
  readonly driver: string;
  readonly url: string;
  /** Where a gateway reaches it: `url`, or a proxy of ours that can break the way; absent means `url`. */
  readonly wayUrl?: string | undefined;
  /** True for one that nobody here may start or stop. */
  readonly keptRunning?: boolean;
  /** Catalog tables a scan of which proves readiness, as the driver knows them. */
  readonly probeTable: string;
  /** Launches the coordinator; resolves when its port is open. */
  launch(signal: AbortSignal): Promise<ClusterProcess>;
  /** The coordinator that runs already, where such a one may be used; undefined when it is down. */
  attach?(signal: AbortSignal): Promise<ClusterProcess | undefined>;
  /** Launches from now on have a wall clock that is so many milliseconds ahead; absent where that cannot be done. */
  skewClock?(aheadMs: number): void;
  /** Changes settings for the next launch; absent where the driver has none that could change. */
  configure?(settings: Readonly<Record<string, unknown>>): void;
}

export interface EventAddress {
  readonly uri: string;
  /** `Authorization: Bearer …` */
  readonly header: { readonly name: string; readonly value: string };
}

/** What every driver gets to prepare its clusters with. */
export interface FleetContext {
  /** Folder of the run: logs, configuration and data of the fleet go below it. */
  readonly dir: string;
  readonly minder: Minder;
  readonly startTimeoutMs: number;
  readonly seed: number;
  /** Stub clusters: file with the simulated service times. */
  readonly serviceTableFile: string;
  /** Where a cluster's event listener is to post to, and the header it is to bring; undefined where none is asked for. */
  readonly eventAddress?: (cluster: string) => EventAddress | undefined;
  /** Environment variables that hold secrets of ours: commands do not get them, and what they print is kept without them. */
  readonly secretEnv?: readonly string[];
  /** One line of progress for people. */
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Prepares one cluster; `spec.settings` holds the fleet's and the cluster's settings, merged. */
export type ClusterDriver = (spec: ClusterSpec, context: FleetContext) => Promise<Cluster>;
