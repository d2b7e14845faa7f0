/** Is a coordinator ready to run queries? Answered by scanning tables through the normal statement protocol. */
import { errorKind } from '../../src/trino/error-kinds.ts';
import { type Ask, catalogsToSearch, scanOf, tablesOfCatalog } from './find-table.ts';
import type { StatementOutcome } from './statement.ts';

/** What to scan: named tables, named catalogs (a table of each is found), or whatever can be found. */
export type ScanWish =
  | { readonly kind: 'table'; readonly table: string }
  | { readonly kind: 'catalogs'; readonly catalogs: readonly string[] }
  | { readonly kind: 'any' };

export type ScanVerdict =
  | { readonly kind: 'ready'; readonly tables: readonly string[] }
  /** Nothing to scan was found; time since the start has to do. */
  | { readonly kind: 'no-table' }
  /** The cluster is full or slow: a queue or a late scan says nothing about its health. */
  | { readonly kind: 'busy'; readonly reason: string }
  | { readonly kind: 'not-yet'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** The one state of a late scan that says something about the cluster: it has no workers. */
const NO_WORKERS = 'WAITING_FOR_RESOURCES';

/** Scans; `known` are tables that answered before, so that they need not be looked for again. */
export async function scan(ask: Ask, wish: ScanWish, known: readonly string[]): Promise<ScanVerdict> {
  if (wish.kind === 'table') return scanAll(ask, [wish.table]);
  if (known.length > 0) return scanAll(ask, known);
  if (wish.kind === 'catalogs') return scanEachCatalog(ask, wish.catalogs);
  for (const catalog of await catalogsToSearch(ask)) {
    const verdict = await scanCatalog(ask, catalog);
    if (verdict.kind !== 'no-table') return verdict;
  }
  return { kind: 'no-table' };
}

async function scanAll(ask: Ask, tables: readonly string[]): Promise<ScanVerdict> {
  for (const table of tables) {
    const verdict = judge(await ask(scanOf(table)), table);
    if (verdict !== 'row') return verdict === 'empty' ? emptyTable(table) : verdict;
  }
  return { kind: 'ready', tables };
}

function emptyTable(table: string): ScanVerdict {
  return { kind: 'failed', reason: `the scan of ${table} returned no row; name a table that has one` };
}

async function scanEachCatalog(ask: Ask, catalogs: readonly string[]): Promise<ScanVerdict> {
  const tables: string[] = [];
  for (const catalog of catalogs) {
    const verdict = await scanCatalog(ask, catalog);
    if (verdict.kind === 'no-table') {
      return { kind: 'not-yet', reason: `no table with a row was found in catalog ${catalog}` };
    }
    if (verdict.kind !== 'ready') return verdict;
    tables.push(...verdict.tables);
  }
  return { kind: 'ready', tables };
}

/** The first table of a catalog that has a row. A table that cannot be read for its own reasons is passed over. */
async function scanCatalog(ask: Ask, catalog: string): Promise<ScanVerdict> {
  for (const table of await tablesOfCatalog(ask, catalog)) {
    const verdict = judge(await ask(scanOf(table)), table);
    if (verdict === 'row') return { kind: 'ready', tables: [table] };
    if (verdict !== 'empty' && verdict.kind !== 'failed') return verdict;
  }
  return { kind: 'no-table' };
}

function judge(outcome: StatementOutcome, table: string): 'row' | 'empty' | ScanVerdict {
  const what = `the scan of ${table}`;
  switch (outcome.kind) {
    case 'finished':
      return outcome.rows.length > 0 ? 'row' : 'empty';
    case 'unreachable':
      return { kind: 'not-yet', reason: `${what}: ${outcome.reason}` };
    case 'timeout': {
      const reason = `${what} was still ${outcome.state} when its time was up`;
      return { kind: outcome.state === NO_WORKERS ? 'not-yet' : 'busy', reason };
    }
    case 'failed': {
      const reason = `${what} failed with ${outcome.errorName}: ${outcome.message}`;
      const kind = errorKind(outcome.errorName, outcome.errorType);
      if (kind === 'capacity') return { kind: 'busy', reason };
      return kind === 'own' ? { kind: 'failed', reason } : { kind: 'not-yet', reason };
    }
  }
}
