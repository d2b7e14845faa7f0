/** What tools ask about the catalog before a person sees anything: SHOW, DESCRIBE, EXPLAIN, metadata tables. */
import { monthStart, SEGMENTS, type Template } from './template.ts';

const TABLES = [
  'customer',
  'lineitem',
  'nation',
  'orders',
  'part',
  'partsupp',
  'region',
  'supplier',
] as const;

export const TOOLS: readonly Template[] = [
  { name: 'catalogs', cost: 'metadata', small: true, sql: () => 'SHOW CATALOGS' },
  { name: 'schemas', cost: 'metadata', small: true, sql: () => "SHOW SCHEMAS FROM tpch LIKE 'sf1%'" },
  {
    name: 'tables',
    cost: 'metadata',
    small: true,
    sql: (c) => `SHOW TABLES FROM tpch.${c.random.pick(['tiny', 'sf1'])}`,
  },
  {
    name: 'columns',
    cost: 'metadata',
    sql: (c) => `SHOW COLUMNS FROM tpch.tiny.${c.random.pick(TABLES)}`,
  },
  { name: 'describe', cost: 'metadata', sql: (c) => `DESCRIBE tpch.tiny.${c.random.pick(TABLES)}` },
  {
    name: 'create table text',
    cost: 'metadata',
    sql: (c) => `SHOW CREATE TABLE tpch.tiny.${c.random.pick(TABLES)}`,
  },
  {
    name: 'statistics',
    cost: 'metadata',
    sql: (c) => `SHOW STATS FOR tpch.tiny.${c.random.pick(['nation', 'region', 'orders'])}`,
  },
  {
    name: 'information schema columns',
    cost: 'metadata',
    sql: (c) => `SELECT column_name, data_type, ordinal_position
FROM tpch.information_schema.columns
WHERE table_schema = 'tiny' AND table_name = '${c.random.pick(TABLES)}'
ORDER BY ordinal_position`,
  },
  {
    name: 'jdbc tables',
    cost: 'metadata',
    sql: () => `SELECT TABLE_CAT, TABLE_SCHEM, TABLE_NAME, TABLE_TYPE
FROM system.jdbc.tables
WHERE TABLE_CAT = 'tpch' AND TABLE_SCHEM = 'tiny'
ORDER BY TABLE_TYPE, TABLE_CAT, TABLE_SCHEM, TABLE_NAME`,
  },
  {
    name: 'explain',
    cost: 'metadata',
    sql: (c) => `EXPLAIN SELECT mktsegment, count(*)
FROM ${c.table('customer')}
WHERE mktsegment = '${c.random.pick(SEGMENTS)}'
GROUP BY mktsegment`,
  },
  {
    name: 'explain validate',
    cost: 'metadata',
    sql: (c) =>
      `EXPLAIN (TYPE VALIDATE) SELECT orderkey FROM ${c.table('orders')} WHERE orderdate >= ${monthStart(c.random)}`,
  },
  { name: 'is it alive', cost: 'metadata', small: true, sql: () => 'SELECT 1' },
];
