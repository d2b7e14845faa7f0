/** What a statement must answer on any simulated coordinator, worked out without one. */
import { createResultDigest } from '../../trino/result-checksum.ts';
import { fixedTable, type PageLimits, pageFrom, type ResultTable } from './rows.ts';
import { column } from './types.ts';
import { understand } from './understand.ts';

/** Row count and checksum of a result (`measure/record/sample.ts` has the same shape). */
export interface ExpectedRows {
  readonly rows: number;
  readonly checksum: string;
}

const BY_CHUNKS: PageLimits = { pageRows: 1_000, pageBytes: Number.MAX_SAFE_INTEGER };

/**
 * The result of a statement, or undefined where the text alone does not decide it: live system tables, EXECUTE,
 * statements that fail. Statements without a result have zero rows and the checksum ''.
 */
export function expectedResult(sql: string): ExpectedRows | undefined {
  const { action } = understand(sql.trim());
  switch (action.kind) {
    case 'rows':
      return digestOf(action.table);
    case 'write':
      return digestOf(countResult(action.count));
    case 'ddl':
      return { rows: 0, checksum: '' };
    case 'session':
      return action.statementKind === 'execute' ? undefined : { rows: 0, checksum: '' };
    default:
      return undefined;
  }
}

/** The result of a write: one row with the count. */
export function countResult(count: number): ResultTable {
  return fixedTable([column('rows', 'bigint')], [[count]]);
}

function digestOf(table: ResultTable): ExpectedRows {
  const digest = createResultDigest();
  for (let at = 0; at < table.rows; ) {
    const page = pageFrom(table, at, BY_CHUNKS);
    for (const row of JSON.parse(page.json) as unknown[][]) digest.add(row);
    at = page.next;
  }
  return { rows: digest.rows, checksum: digest.hex() };
}
