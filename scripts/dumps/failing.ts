/** Statements that fail on any Trino, with the error they fail with. */
import { fullYear, SEGMENTS, type Template } from './template.ts';

export interface FailingTemplate extends Template {
  readonly errorName: string;
  readonly failureType: string;
  readonly message: string;
}

const SYNTAX = { errorName: 'SYNTAX_ERROR', failureType: 'io.trino.sql.parser.ParsingException' } as const;
const SEMANTIC = 'io.trino.spi.TrinoException';

export const FAILING: readonly FailingTemplate[] = [
  {
    ...SYNTAX,
    name: 'misspelt select',
    cost: 'metadata',
    message: "line 1:1: mismatched input 'SELCT'",
    sql: (c) => `SELCT count(*) FROM tpch.tiny.orders WHERE year(orderdate) = ${fullYear(c.random)}`,
  },
  {
    ...SYNTAX,
    name: 'comma before from',
    cost: 'metadata',
    message: "line 1:27: mismatched input 'FROM'",
    sql: (c) => `SELECT custkey, name, FROM tpch.tiny.customer WHERE custkey < ${10 + c.random.below(90)}`,
  },
  {
    ...SYNTAX,
    name: 'open string',
    cost: 'metadata',
    message: "line 1:52: mismatched input '''",
    sql: (c) => `SELECT * FROM tpch.tiny.customer WHERE mktsegment = '${c.random.pick(SEGMENTS)}`,
  },
  {
    name: 'table in plural',
    cost: 'metadata',
    errorName: 'TABLE_NOT_FOUND',
    failureType: SEMANTIC,
    message: "line 1:22: Table 'tpch.tiny.customers' does not exist",
    sql: (c) => `SELECT count(*) FROM tpch.tiny.customers WHERE nationkey = ${c.random.below(25)}`,
  },
  {
    name: 'table of yesterday',
    cost: 'metadata',
    errorName: 'TABLE_NOT_FOUND',
    failureType: SEMANTIC,
    message: "Table 'memory.default.stage_orders' does not exist",
    sql: (c) => `SELECT day, loaded FROM memory.default.stage_orders_${fullYear(c.random)} ORDER BY day`,
  },
  {
    name: 'prefixed column',
    cost: 'metadata',
    errorName: 'COLUMN_NOT_FOUND',
    failureType: SEMANTIC,
    message: "line 1:8: Column 'o_orderkey' cannot be resolved",
    sql: (c) =>
      `SELECT o_orderkey, o_totalprice FROM tpch.tiny.orders WHERE o_custkey = ${1 + c.random.below(1500)}`,
  },
  {
    name: 'column of the other table',
    cost: 'metadata',
    errorName: 'COLUMN_NOT_FOUND',
    failureType: SEMANTIC,
    message: "line 1:18: Column 'o.mktsegment' cannot be resolved",
    sql: (c) =>
      `SELECT count(*), o.mktsegment FROM tpch.tiny.orders o WHERE o.custkey < ${1 + c.random.below(1500)} GROUP BY o.mktsegment`,
  },
  {
    name: 'share of nothing',
    cost: 'light',
    errorName: 'DIVISION_BY_ZERO',
    failureType: SEMANTIC,
    message: 'Division by zero',
    sql: (
      c,
    ) => `SELECT nationkey, count(*) / sum(CASE WHEN acctbal > ${20_000 + c.random.below(9)} THEN 1 ELSE 0 END) AS share
FROM tpch.tiny.customer
GROUP BY nationkey
ORDER BY nationkey`,
  },
];
