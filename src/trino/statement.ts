/** Shapes of the statement protocol, as a coordinator sends them (io.trino.client.QueryResults). */

export interface QueryError {
  readonly message: string;
  readonly errorCode: number;
  readonly errorName: string;
  readonly errorType: string;
}

export interface TypeSignature {
  readonly rawType: string;
  readonly arguments: readonly unknown[];
}

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly typeSignature: TypeSignature;
}

export interface StatementStats {
  readonly state: string;
  readonly queued: boolean;
  readonly scheduled: boolean;
  readonly nodes: number;
  readonly totalSplits: number;
  readonly queuedSplits: number;
  readonly runningSplits: number;
  readonly completedSplits: number;
  readonly cpuTimeMillis: number;
  readonly wallTimeMillis: number;
  readonly queuedTimeMillis: number;
  readonly elapsedTimeMillis: number;
  readonly processedRows: number;
  readonly processedBytes: number;
  readonly peakMemoryBytes: number;
}

/** Null and empty fields are absent on the wire; an absent `nextUri`, and nothing else, ends a query. */
export interface QueryResults {
  readonly id: string;
  readonly infoUri?: string;
  readonly partialCancelUri?: string;
  readonly nextUri?: string;
  readonly columns?: readonly Column[];
  readonly data?: readonly (readonly unknown[])[];
  readonly stats: Partial<StatementStats> & { readonly state: string };
  readonly error?: QueryError;
  readonly warnings?: readonly unknown[];
  readonly updateType?: string;
  readonly updateCount?: number;
}

/** Answer of GET /v1/info; `coordinatorId` exists from release 478 on. */
export interface ServerInfo {
  readonly nodeVersion: { readonly version: string };
  readonly environment: string;
  readonly coordinator: boolean;
  readonly starting: boolean;
  readonly uptime?: string;
  readonly coordinatorId?: string;
}
