/** Statements of dbt and Airflow: tests and checks that read, models and loads that write into `memory`. */
import { fullYear, monthStart, NATIONS, SEGMENTS, type Template } from './template.ts';

/** What dbt wraps around a test's query. */
function dbtTest(query: string): string {
  return `select
      count(*) as failures,
      count(*) != 0 as should_warn,
      count(*) != 0 as should_error
    from (
${query}
    ) dbt_internal_test`;
}

const KEYS = [
  ['orders', 'orderkey'],
  ['orders', 'custkey'],
  ['customer', 'custkey'],
  ['part', 'partkey'],
  ['supplier', 'suppkey'],
  ['lineitem', 'shipdate'],
] as const;

export const DBT_TESTS: readonly Template[] = [
  {
    name: 'dbt not null',
    cost: 'light',
    sql: (c) => {
      const [table, column] = c.random.pick(KEYS);
      return dbtTest(`    select ${column} from "tpch"."tiny"."${table}" where ${column} is null`);
    },
  },
  {
    name: 'dbt unique',
    cost: 'medium',
    sql: (c) => {
      const [table, column] = c.random.pick(KEYS);
      return dbtTest(`    select ${column} as unique_field, count(*) as n_records
    from "tpch"."tiny"."${table}"
    where ${column} is not null
    group by ${column}
    having count(*) > 1`);
    },
  },
  {
    name: 'dbt accepted values',
    cost: 'light',
    sql: (c) =>
      dbtTest(`    with all_values as (
        select orderstatus as value_field, count(*) as n_records
        from "tpch"."tiny"."orders" where orderdate >= ${monthStart(c.random)} group by orderstatus
    )
    select * from all_values where value_field not in ('F', 'O', 'P')`),
  },
  {
    name: 'dbt relationships',
    cost: 'medium',
    sql: (c) =>
      dbtTest(`    with child as (select custkey as from_field from "tpch"."tiny"."orders" where year(orderdate) = ${fullYear(c.random)}),
    parent as (select custkey as to_field from "tpch"."tiny"."customer")
    select from_field from child left join parent on child.from_field = parent.to_field
    where parent.to_field is null`),
  },
  {
    name: 'dbt schemas',
    cost: 'metadata',
    sql: () => `select distinct schema_name
    from "tpch".INFORMATION_SCHEMA.schemata
    order by schema_name`,
  },
];

/** A dbt model: its name and the query that fills it. */
export interface Model {
  readonly name: string;
  readonly query: Template;
}

export const DBT_MODELS: readonly Model[] = [
  {
    name: 'orders_by_day',
    query: {
      name: 'model orders_by_day',
      cost: 'etl',
      sql: (
        c,
      ) => `select orderdate as day, orderstatus, count(*) as orders, sum(cast(totalprice as decimal(18, 2))) as revenue
    from "tpch"."tiny"."orders"
    where orderdate >= ${monthStart(c.random)}
    group by orderdate, orderstatus`,
    },
  },
  {
    name: 'customer_value',
    query: {
      name: 'model customer_value',
      cost: 'etl',
      sql: (c) => `select c.custkey, c.mktsegment, count(o.orderkey) as orders,
           coalesce(sum(cast(o.totalprice as decimal(18, 2))), 0) as lifetime_value
    from "tpch"."tiny"."customer" c
    left join "tpch"."tiny"."orders" o on o.custkey = c.custkey and year(o.orderdate) >= ${fullYear(c.random)}
    group by c.custkey, c.mktsegment`,
    },
  },
  {
    name: 'shipments',
    query: {
      name: 'model shipments',
      cost: 'etl',
      sql: (
        c,
      ) => `select l.orderkey, l.linenumber, l.shipmode, date_diff('day', o.orderdate, l.shipdate) as days_to_ship
    from "tpch"."tiny"."lineitem" l
    join "tpch"."tiny"."orders" o on o.orderkey = l.orderkey
    where year(o.orderdate) = ${fullYear(c.random)}`,
    },
  },
  {
    name: 'supplier_cost',
    query: {
      name: 'model supplier_cost',
      cost: 'etl',
      sql: (
        c,
      ) => `select ps.suppkey, count(*) as parts, sum(cast(ps.supplycost * ps.availqty as decimal(18, 2))) as stock_value
    from "tpch"."tiny"."partsupp" ps
    join "tpch"."tiny"."supplier" s on s.suppkey = ps.suppkey
    where s.nationkey <> ${c.random.below(25)}
    group by ps.suppkey`,
    },
  },
];

/** Checks and extracts of Airflow's tasks. */
export const AIRFLOW: readonly Template[] = [
  {
    name: 'airflow sensor',
    cost: 'light',
    sql: (c) => `SELECT count(*) FROM tpch.tiny.orders WHERE orderdate = ${monthStart(c.random)}`,
  },
  {
    name: 'airflow check',
    cost: 'medium',
    sql: (c) => `SELECT MIN(rows_found), MAX(rows_found)
FROM (
  SELECT nationkey, COUNT(*) AS rows_found
  FROM tpch.tiny.customer
  WHERE mktsegment <> '${c.random.pick(SEGMENTS)}'
  GROUP BY nationkey
)`,
  },
  {
    name: 'airflow extract',
    cost: 'etl',
    sql: (c) => `SELECT o.orderkey, o.custkey, o.orderdate, o.totalprice, count(*) AS lines
FROM tpch.tiny.orders o
JOIN tpch.tiny.lineitem l ON l.orderkey = o.orderkey
WHERE o.orderdate >= ${monthStart(c.random, 1997)}
GROUP BY 1, 2, 3, 4
ORDER BY o.orderkey
LIMIT ${c.random.pick([500, 1000, 2000])}`,
  },
  {
    name: 'airflow reconcile',
    cost: 'etl',
    sql: (c) => `WITH lines AS (
  SELECT orderkey, sum(CAST(extendedprice * (1 - discount) * (1 + tax) AS decimal(18, 4))) AS total
  FROM tpch.tiny.lineitem
  GROUP BY orderkey
)
SELECT count(*) AS differing
FROM tpch.tiny.orders o
JOIN lines l ON l.orderkey = o.orderkey
WHERE abs(CAST(o.totalprice AS decimal(18, 4)) - l.total) > ${1 + c.random.below(4)}
  AND year(o.orderdate) = ${fullYear(c.random)}`,
  },
  {
    name: 'airflow country report',
    cost: 'medium',
    sql: (c) => `SELECT n.name, count(DISTINCT s.suppkey) AS suppliers, count(DISTINCT c.custkey) AS customers
FROM tpch.tiny.nation n
LEFT JOIN tpch.tiny.supplier s ON s.nationkey = n.nationkey
LEFT JOIN tpch.tiny.customer c ON c.nationkey = n.nationkey
WHERE n.name >= '${c.random.pick(NATIONS)}'
GROUP BY n.name
ORDER BY n.name`,
  },
];

/** Airflow keeps a log of its loads in a table of its own. */
export const LOAD_LOG = {
  create: 'CREATE TABLE IF NOT EXISTS memory.default.load_log (day date, task varchar, loaded bigint)',
  insert: (day: string, task: string, year: number) =>
    `INSERT INTO memory.default.load_log
SELECT DATE '${day}', '${task}', count(*) FROM tpch.tiny.orders WHERE year(orderdate) = ${year}`,
} as const;
