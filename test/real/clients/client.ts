/** What every official client is put through, and what it must say afterwards. */

/** A client's own words for what it got. */
export interface Said {
  /** One row of two columns, as text. */
  readonly simple: readonly string[];
  /** A result of many pages: how many rows, and the sum of the first column. */
  readonly pages: Totals;
  /** About 50 MB of rows. */
  readonly large: Totals;
  /** `SELECT ? + 1` with 41; undefined where the client has no prepared statements. */
  readonly prepared?: string;
  /** How many of eight transactions of three statements went through; undefined where it has none. */
  readonly transactions?: number;
  /** What SHOW SESSION says of `query_max_run_time` after it was set to 77m. */
  readonly session: string;
  /** The error's name or text for a table that is not there. */
  readonly error: string;
}

export interface Totals {
  readonly rows: number;
  readonly sum: number;
}

export const PAGES = 'SELECT orderkey, * FROM tpch.tiny.lineitem';
export const LARGE = 'SELECT orderkey, * FROM tpch.sf1.orders WHERE orderkey <= 1600000';
export const MISSING = 'SELECT * FROM tpch.tiny.nope';
export const TRANSACTIONS = 8;
/** The session property that makes a coordinator answer with rows in pages, whatever the client can take. */
export const DIRECT = 'spooling_enabled';

/** Runs for minutes; the comment tells one client's from another's. */
export const slowSql = (client: string): string =>
  `SELECT /* ${client} */ count(*) FROM tpch.sf1.lineitem a CROSS JOIN tpch.tiny.lineitem b`;

/** A query under way that can be cancelled as a user of the client would. */
export interface Running {
  /** `id` is the query's, as the coordinator knows it. */
  cancel(id: string): Promise<void>;
}

export interface ClientUnderTest {
  readonly name: string;
  /** Installs what it needs; a reason for people when that is impossible here. */
  ready(): Promise<string | undefined>;
  /** All cases but the cancel and what is spooled. */
  run(url: string): Promise<Said>;
  /** The many pages twice, spooled, one after the other; undefined where the client cannot ask for that. */
  readonly spooled?: (url: string) => Promise<readonly Totals[]>;
  /** Starts a statement. */
  start(url: string, sql: string): Promise<Running>;
}
