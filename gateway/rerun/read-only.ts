/**
 * Whether a statement changes nothing, so that running it again is the same as running it once. Two readers have to say
 * so: Trino's grammar, in a worker thread, which also looks into EXECUTE and EXECUTE IMMEDIATE; and the scan of words,
 * which knows table functions that pass a statement on to a source.
 */
import { isReadOnly, statementKind } from '../../src/trino/sql-kind.ts';
import { type AnalysisRequest, type Analyzer, createAnalyzer } from '../sql/analyzer.ts';

/** Classes of Trino's syntax tree (io.trino.sql.tree) that only read. EXPLAIN ANALYZE runs its statement: not here. */
const READING: ReadonlySet<string> = new Set([
  'Query',
  'Explain',
  'DescribeInput',
  'DescribeOutput',
  'ShowCatalogs',
  'ShowColumns',
  'ShowCreate',
  'ShowFunctions',
  'ShowGrants',
  'ShowRoleGrants',
  'ShowRoles',
  'ShowSchemas',
  'ShowSession',
  'ShowStats',
  'ShowTables',
]);

/** `unknown`: it could not be read, or not in time; then it counts as one that writes. */
export type Reading = 'reads' | 'writes' | 'unknown';

export interface ReadOnlyCheck {
  check(request: AnalysisRequest): Promise<Reading>;
  /** Starts the worker, which takes a second or two to load the grammar, ahead of the first statement. */
  warm(): void;
  close(): Promise<void>;
}

/** A coordinator that dies leaves hundreds of statements to decide on at once: they wait, and are not turned away. */
const MOST_QUEUED = 5_000;
const LONGEST_WAIT_MS = 60_000;
/** Its client is told QUEUED meanwhile; a grammar that was just loaded reads its first statements slowly. */
const TIME_LIMIT_MS = 20_000;

/** Its worker is started when a first query seems to be lost, not before: most gateways never need it. */
export function readOnlyCheck(clientsUseV2Format: boolean): ReadOnlyCheck {
  let analyzer: Analyzer | undefined;
  const started = () => {
    analyzer ??= createAnalyzer({
      clientsUseV2Format,
      workers: 1,
      mostQueued: MOST_QUEUED,
      longestWaitMs: LONGEST_WAIT_MS,
      timeLimitMs: TIME_LIMIT_MS,
    });
    return analyzer;
  };
  return {
    warm: () => started().warm(),
    async check(request) {
      // Without a default catalog names may stay unknown; what kind of statement it is is known all the same.
      const { body, queryType } = await started().analyse(request);
      if (queryType === '') return 'unknown';
      return READING.has(queryType) && isReadOnly(statementKind(body)) ? 'reads' : 'writes';
    },
    async close() {
      await analyzer?.close();
    },
  };
}

/** Statements that begin so are not worth keeping: they write, or change the session. Comments hide a beginning. */
const OBVIOUS_OTHER =
  /^\s*(?:INSERT|UPDATE|DELETE|MERGE|CREATE|DROP|ALTER|TRUNCATE|COMMENT|GRANT|REVOKE|DENY|ANALYZE|REFRESH|CALL|START|COMMIT|ROLLBACK|SET|RESET|USE|PREPARE|DEALLOCATE)\b/i;
const BEGINNING_BYTES = 40;

/** True for a statement whose first word says that it will not be run again; a cheap look at each one. */
export function isObviouslyNoQuery(sql: Buffer): boolean {
  return OBVIOUS_OTHER.test(sql.toString('latin1', 0, BEGINNING_BYTES));
}
