/** What SHOW and DESCRIBE tell: the catalogs `tpch`, `memory` and `system` with their schemas and tables. */

import { fixedTable, type ResultTable } from './rows.ts';
import type { ScannedTable } from './scans.ts';
import { dottedName, literalText, topLevelPlaces, wordAt, wordsAt } from './sql.ts';
import { column } from './types.ts';

const TPCH: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  customer: [
    ['custkey', 'bigint'],
    ['name', 'varchar(25)'],
    ['address', 'varchar(40)'],
    ['nationkey', 'bigint'],
    ['phone', 'varchar(15)'],
    ['acctbal', 'double'],
    ['mktsegment', 'varchar(10)'],
    ['comment', 'varchar(117)'],
  ],
  lineitem: [
    ['orderkey', 'bigint'],
    ['partkey', 'bigint'],
    ['suppkey', 'bigint'],
    ['linenumber', 'integer'],
    ['quantity', 'double'],
    ['extendedprice', 'double'],
    ['discount', 'double'],
    ['tax', 'double'],
    ['returnflag', 'varchar(1)'],
    ['linestatus', 'varchar(1)'],
    ['shipdate', 'date'],
    ['commitdate', 'date'],
    ['receiptdate', 'date'],
    ['shipinstruct', 'varchar(25)'],
    ['shipmode', 'varchar(10)'],
    ['comment', 'varchar(44)'],
  ],
  nation: [
    ['nationkey', 'bigint'],
    ['name', 'varchar(25)'],
    ['regionkey', 'bigint'],
    ['comment', 'varchar(152)'],
  ],
  orders: [
    ['orderkey', 'bigint'],
    ['custkey', 'bigint'],
    ['orderstatus', 'varchar(1)'],
    ['totalprice', 'double'],
    ['orderdate', 'date'],
    ['orderpriority', 'varchar(15)'],
    ['clerk', 'varchar(15)'],
    ['shippriority', 'integer'],
    ['comment', 'varchar(79)'],
  ],
  part: [
    ['partkey', 'bigint'],
    ['name', 'varchar(55)'],
    ['mfgr', 'varchar(25)'],
    ['brand', 'varchar(10)'],
    ['type', 'varchar(25)'],
    ['size', 'integer'],
    ['container', 'varchar(10)'],
    ['retailprice', 'double'],
    ['comment', 'varchar(23)'],
  ],
  partsupp: [
    ['partkey', 'bigint'],
    ['suppkey', 'bigint'],
    ['availqty', 'integer'],
    ['supplycost', 'double'],
    ['comment', 'varchar(199)'],
  ],
  region: [
    ['regionkey', 'bigint'],
    ['name', 'varchar(25)'],
    ['comment', 'varchar(152)'],
  ],
  supplier: [
    ['suppkey', 'bigint'],
    ['name', 'varchar(25)'],
    ['address', 'varchar(40)'],
    ['nationkey', 'bigint'],
    ['phone', 'varchar(15)'],
    ['acctbal', 'double'],
    ['comment', 'varchar(101)'],
  ],
};

const SCHEMAS: Readonly<Record<string, readonly string[]>> = {
  memory: ['default', 'information_schema'],
  system: ['information_schema', 'jdbc', 'metadata', 'runtime'],
  tpch: ['information_schema', 'sf1', 'tiny'],
};

/** True when a name stands in a TPC-H schema but is none of its eight tables. */
export function isUnknownTpchTable({ catalog, schema, table }: ScannedTable): boolean {
  return catalog === 'tpch' && /^(tiny|sf\d+)$/.test(schema ?? '') && TPCH[table] === undefined;
}

/** The answer to a SHOW, DESCRIBE or DESC statement, by its text alone. */
export function showTable(tokens: readonly string[]): ResultTable {
  const what = wordAt(tokens, 0) === 'SHOW' ? wordAt(tokens, 1) : 'COLUMNS';
  const from = nameAfterFrom(tokens);
  const names = (title: string, values: readonly string[]) =>
    fixedTable(
      [column(title, 'varchar')],
      liked(tokens, values).map((value) => [value]),
    );
  switch (what) {
    case 'CATALOGS':
      return names('Catalog', Object.keys(SCHEMAS));
    case 'SCHEMAS':
      return names('Schema', SCHEMAS[from[0] ?? 'tpch'] ?? ['default', 'information_schema']);
    case 'TABLES':
      return names('Table', tablesOf(from));
    case 'SESSION':
      return sessionTable();
    case 'FUNCTIONS':
      return fixedTable(
        ['Function', 'Return Type', 'Argument Types', 'Function Type'].map((c) => column(c, 'varchar')),
        [['count', 'bigint', '', 'aggregate']],
      );
    case 'CREATE':
      return fixedTable(
        [column(`Create ${titleCase(wordAt(tokens, 2))}`, 'varchar')],
        [[createText(tokens)]],
      );
    default:
      return columnsTable(tokens, from);
  }
}

function nameAfterFrom(tokens: readonly string[]): readonly string[] {
  const at = Math.max(topLevelPlaces(tokens, 'FROM')[0] ?? -1, topLevelPlaces(tokens, 'IN')[0] ?? -1);
  if (at >= 0) return dottedName(tokens, at + 1).parts;
  return wordAt(tokens, 0) === 'SHOW' ? [] : dottedName(tokens, 1).parts;
}

function tablesOf(from: readonly string[]): readonly string[] {
  const [catalog, schema] = from.length > 1 ? from : ['tpch', from[0]];
  if (schema === 'information_schema') return ['columns', 'schemata', 'tables', 'views'];
  if (catalog === 'system') return schema === 'runtime' ? ['nodes', 'queries', 'tasks', 'transactions'] : [];
  return catalog === 'tpch' && schema !== 'default' ? Object.keys(TPCH) : [];
}

function columnsTable(tokens: readonly string[], from: readonly string[]): ResultTable {
  const known = TPCH[from.at(-1) ?? ''] ?? [['id', 'bigint'] as const, ['name', 'varchar'] as const];
  const wanted = new Set(
    liked(
      tokens,
      known.map(([name]) => name),
    ),
  );
  return fixedTable(
    ['Column', 'Type', 'Extra', 'Comment'].map((title) => column(title, 'varchar')),
    known.filter(([name]) => wanted.has(name)).map(([name, type]) => [name, type, '', '']),
  );
}

function sessionTable(): ResultTable {
  const titles = ['Name', 'Value', 'Default', 'Type', 'Description'];
  return fixedTable(
    titles.map((title) => column(title, 'varchar')),
    [
      ['query_max_run_time', '100.00d', '100.00d', 'varchar', 'Maximum run time of a query'],
      ['retry_policy', 'NONE', 'NONE', 'varchar', 'Retry policy'],
    ],
  );
}

function createText(tokens: readonly string[]): string {
  const name = dottedName(tokens, 3).parts;
  return `CREATE ${wordAt(tokens, 2)} ${name.join('.')} (\n   id bigint,\n   name varchar\n)`;
}

function titleCase(word: string): string {
  return word.charAt(0) + word.slice(1).toLowerCase();
}

/** Keeps the values that the statement's LIKE pattern lets through. */
function liked(tokens: readonly string[], values: readonly string[]): readonly string[] {
  const at = topLevelPlaces(tokens, 'LIKE')[0];
  if (at === undefined) return values;
  const escaped = wordsAt(tokens, at + 2, 'ESCAPE') ? literalText(tokens[at + 3]) : '';
  const pattern = likePattern(literalText(tokens[at + 1]), escaped);
  return values.filter((value) => pattern.test(value));
}

function likePattern(like: string, escapeSign: string): RegExp {
  let source = '';
  for (let i = 0; i < like.length; i++) {
    const sign = like.charAt(i);
    if (sign === escapeSign) source += plain(like.charAt(++i));
    else source += sign === '%' ? '.*' : sign === '_' ? '.' : plain(sign);
  }
  return new RegExp(`^${source}$`, 's');
}

function plain(sign: string): string {
  return sign.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
}
