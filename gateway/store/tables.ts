/**
 * The rows. `gateway_backend` and `query_history` are the Java gateway's, column by column, so that both gateways can
 * share one database; tables of our own begin with `rehearse_`.
 */

export interface BackendRow {
  name: string;
  routing_group: string | null;
  /** What the API calls proxyTo. */
  backend_url: string;
  external_url: string | null;
  /** SQLite and MySQL answer 0 or 1. */
  active: boolean | number | null;
}

export interface QueryRow {
  query_id: string;
  query_text: string | null;
  /** Milliseconds since the epoch. */
  created: number;
  backend_url: string;
  user_name: string | null;
  source: string | null;
  routing_group: string | null;
  external_url: string | null;
}

/** One row per version of our own tables that was put in force. */
export interface SchemaRow {
  version: number;
  applied_at: number;
}

/** Who changed what through the API. */
export interface ChangeRow {
  /** Sorts by time. */
  id: string;
  /** Milliseconds since the epoch, like all times here. */
  changed_at: number;
  actor: string;
  /** Address that the change came from. */
  origin: string;
  action: string;
  kind: string;
  name: string;
  before_text: string | null;
  after_text: string | null;
}

/** Which backend the queries of one coordinator process live at. */
export interface CoordinatorRow {
  suffix: string;
  backend_url: string;
  seen_at: number;
}

export interface TransactionRow {
  transaction_id: string;
  backend_url: string;
  seen_at: number;
}

/** Queries that run so long that the clean-up would take their history row. */
export interface OpenQueryRow {
  query_id: string;
  seen_at: number;
}

/** A query that was run again on another cluster and goes on under its first id. */
export interface RerunRow {
  /** The one that the client has. */
  query_id: string;
  rerun_id: string;
  backend_url: string;
  lost_backend_url: string;
  cause: string;
  rerun_at: number;
}

/** Made by Flyway, the migration library of the Java gateway. */
export interface FlywayRow {
  installed_rank: number;
  version: string | null;
  description: string;
  type: string;
  script: string;
  checksum: number | null;
  installed_by: string;
  execution_time: number;
  success: boolean | number;
}

export interface Tables {
  gateway_backend: BackendRow;
  query_history: QueryRow;
  flyway_schema_history: FlywayRow;
  rehearse_schema: SchemaRow;
  rehearse_change: ChangeRow;
  rehearse_coordinator: CoordinatorRow;
  rehearse_transaction: TransactionRow;
  rehearse_open_query: OpenQueryRow;
  rehearse_rerun: RerunRow;
}
