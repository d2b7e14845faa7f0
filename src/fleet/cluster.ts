/** A cluster under test: what a run may do to it and ask of it. */
import type { ClusterSpec } from '../scenario/schema.ts';
import type { Child } from './child.ts';
import type { Minder } from './minder.ts';

/** One coordinator the run may start and stop. Its address stays the same over restarts. */
export interface Cluster {
  readonly name: string;
  readonly group: string;
  readonly zone: string;
  readonly driver: string;
  readonly url: string;
  /** Catalog tables a scan of which proves readiness, as the driver knows them. */
  readonly probeTable: string;
  /** Launches the coordinator process; resolves when its port is open. */
  launch(signal: AbortSignal): Promise<Child>;
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
  /** One line of progress for people. */
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Prepares one cluster; `spec.settings` holds the fleet's and the cluster's settings, merged. */
export type ClusterDriver = (spec: ClusterSpec, context: FleetContext) => Promise<Cluster>;
