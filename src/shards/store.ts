/**
 * Where shards of one run meet: a database that teams run already. All times in it are the database's own, so that the clocks
 * of the machines need not agree.
 */

/** A few statements that both engines understand, with `?` for values. */
export interface MeetingStore {
  /** Affected rows for a change, the rows for a question. */
  run(
    sql: string,
    values?: readonly (string | number | null)[],
  ): Promise<{ rows: readonly Row[]; changed: number }>;
  /** INSERT that does nothing where the key is there already: its words differ by engine. */
  insertOnce(table: string, values: Readonly<Record<string, string | number | null>>): Promise<boolean>;
  /** Milliseconds since the epoch, by the database's clock. */
  nowMs(): Promise<number>;
  close(): Promise<void>;
}

export type Row = Readonly<Record<string, string | number | null>>;

export const TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS rehearse_run (
    run_id VARCHAR(190) NOT NULL PRIMARY KEY,
    plan_sha256 VARCHAR(64) NOT NULL,
    parts INT NOT NULL,
    start_at_ms BIGINT NULL,
    aborted VARCHAR(500) NULL
  )`,
  `CREATE TABLE IF NOT EXISTS rehearse_shard (
    run_id VARCHAR(190) NOT NULL,
    part INT NOT NULL,
    owner VARCHAR(64) NOT NULL,
    ready INT NOT NULL,
    finished INT NOT NULL,
    beat_at_ms BIGINT NOT NULL,
    PRIMARY KEY (run_id, part)
  )`,
];
