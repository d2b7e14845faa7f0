/** The tables, as the Java gateway's migrations make them, so that both gateways can share one database. */

export interface BackendRow {
  name: string;
  routing_group: string;
  /** What the API calls proxyTo. */
  backend_url: string;
  external_url: string;
  /** 0 or 1: MySQL and SQLite both keep booleans as numbers. */
  active: number;
}

export interface QueryRow {
  query_id: string;
  query_text: string;
  /** Milliseconds since the epoch. */
  created: number;
  backend_url: string;
  user_name: string;
  source: string;
  routing_group: string;
  external_url: string;
}

export interface Tables {
  gateway_backend: BackendRow;
  query_history: QueryRow;
}
