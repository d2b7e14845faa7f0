/**
 * Finds tables to scan. Only a scan of a connector's own table tells whether a coordinator has nodes to run it:
 * SELECT 1, system tables, information_schema and table functions all answer before it has.
 */
import type { StatementOutcome } from './statement.ts';

/** Runs a statement on the coordinator being looked at. */
export type Ask = (sql: string) => Promise<StatementOutcome>;

const NOT_CATALOGS = new Set(['system', 'jmx']);
/** Tried first: four and five rows computed by the connector itself, nothing to list. */
const PREFERRED = ['tpch.tiny.region', 'tpch.tiny.nation'];
const MOST_CATALOGS = 8;
const MOST_SCHEMAS = 5;
const MOST_TABLES = 3;

/** `SELECT 1 FROM catalog.schema.table LIMIT 1`, names quoted unless they are plain. */
export function scanOf(table: string): string {
  return `SELECT 1 FROM ${table.split('.').map(quoted).join('.')} LIMIT 1`;
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) || name.startsWith('"') ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Candidate tables of one catalog, best first; empty when it shows none. */
export async function tablesOfCatalog(ask: Ask, catalog: string): Promise<string[]> {
  if (catalog === 'tpch') return PREFERRED;
  const schemas = await names(ask, `SHOW SCHEMAS FROM ${quoted(catalog)}`);
  const tables: string[] = [];
  for (const schema of schemas.filter((s) => s !== 'information_schema').slice(0, MOST_SCHEMAS)) {
    const found = await names(ask, `SHOW TABLES FROM ${quoted(catalog)}.${quoted(schema)}`);
    tables.push(...found.slice(0, MOST_TABLES).map((table) => `${catalog}.${schema}.${table}`));
  }
  return tables;
}

/** Catalogs worth looking into, `tpch` first. */
export async function catalogsToSearch(ask: Ask): Promise<string[]> {
  const catalogs = (await names(ask, 'SHOW CATALOGS')).filter((c) => !NOT_CATALOGS.has(c));
  const tpchFirst = catalogs.toSorted((a, b) => Number(b === 'tpch') - Number(a === 'tpch'));
  return tpchFirst.slice(0, MOST_CATALOGS);
}

async function names(ask: Ask, sql: string): Promise<string[]> {
  const outcome = await ask(sql);
  return outcome.kind === 'finished' ? outcome.rows.map((row) => String(row[0])) : [];
}
