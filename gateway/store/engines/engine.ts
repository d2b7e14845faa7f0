/** What differs between the databases: one file each implements this, and the statements are the same for all. */
import type { Dialect, Kysely } from 'kysely';
import type { Tables } from '../tables.ts';
import type { Trouble } from '../trouble.ts';

export type StoreKind = 'sqlite' | 'mysql' | 'postgresql';

/** How much text a column holds; undefined: as much as one likes. */
export interface ColumnLimit {
  readonly unit: 'characters' | 'bytes';
  readonly most: number;
}

/** The columns of a table by name. */
export type Columns = ReadonlyMap<string, ColumnLimit | undefined>;

export interface Engine {
  readonly kind: StoreKind;
  /** Its address as it may be shown. */
  readonly where: string;
  readonly dialect: Dialect;
  /** How an INSERT says what to do about a row that is there already. */
  readonly onConflict: 'conflict-clause' | 'duplicate-key-clause';
  /** The type that holds text of any length. */
  readonly longText: 'text' | 'longtext';
  /** What follows the columns of a new table: any text must fit, whatever the database's own character set is. */
  readonly tableOptions: '' | 'character set utf8mb4';
  /** Whether the Java gateway can work on this kind of database. */
  readonly isShareable: boolean;
  /** The history keeps no more rows than these, the newest; undefined: as many as the retention leaves. */
  readonly mostHistoryRows: number | undefined;
  /** Of a table that unqualified names reach; undefined when there is none of that name. */
  columns(db: Kysely<Tables>, table: string): Promise<Columns | undefined>;
  /** Runs the task while no other gateway's task runs on this database; undone when it fails, where DDL can be. */
  exclusively(db: Kysely<Tables>, task: (db: Kysely<Tables>) => Promise<void>): Promise<void>;
  /**
   * A text that is another one whenever anybody may have written; undefined where that cannot be told. Asking costs less
   * than a statement.
   */
  stamp(): Promise<string | undefined>;
  /** The longest statement that the server takes, in bytes. */
  longestStatementBytes(db: Kysely<Tables>): Promise<number>;
  /** What an error of this driver means; undefined when it is none that is told apart. */
  troubleOf(error: unknown): Trouble | undefined;
}

/** How long a node waits for another one to bring the tables up to date. */
export const LONGEST_LOCK_WAIT_MS = 60_000;
export const LOCK_RETRY_MS = 100;
/** Names the lock; the same in every version, or two versions would not exclude each other. */
export const LOCK_NAME = 'rehearse_schema';
