/** Statements of dashboard charts, as a BI tool writes them. Every result has one order, so it can be compared. */
import {
  fullYear,
  monthStart,
  NATIONS,
  PRIORITIES,
  REGIONS,
  SEGMENTS,
  SHIP_MODES,
  type Template,
} from './template.ts';

export const CHARTS: readonly Template[] = [
  {
    name: 'orders per month',
    cost: 'light',
    sql: (c) => `SELECT date_trunc('month', orderdate) AS "month",
       count(*) AS "Orders"
FROM ${c.table('orders')}
WHERE orderdate >= ${monthStart(c.random, 1994)}
  AND orderdate < DATE '1998-08-01'
GROUP BY date_trunc('month', orderdate)
ORDER BY "month" ASC
LIMIT 10000`,
  },
  {
    name: 'revenue per year',
    cost: 'light',
    sql: (c) => `SELECT year(orderdate) AS "Year",
       sum(CAST(totalprice AS decimal(18, 2))) AS "Revenue"
FROM ${c.table('orders')}
WHERE orderstatus = '${c.random.pick(['F', 'O', 'P'])}'
GROUP BY 1
ORDER BY 1`,
  },
  {
    name: 'big number of orders',
    cost: 'light',
    sql: (c) => `SELECT count(*) AS "COUNT(*)"
FROM ${c.table('orders')}
WHERE orderdate >= ${monthStart(c.random)}
LIMIT 50000`,
  },
  {
    name: 'orders by priority',
    cost: 'light',
    sql: (c) => `SELECT orderpriority AS "orderpriority", orderstatus AS "orderstatus", count(*) AS "count"
FROM ${c.table('orders')}
WHERE orderdate BETWEEN DATE '${fullYear(c.random)}-01-01' AND DATE '1998-12-31'
GROUP BY orderpriority, orderstatus
ORDER BY orderpriority, orderstatus
LIMIT 1000`,
  },
  {
    name: 'customers by nation',
    cost: 'light',
    small: true,
    sql: (c) => `SELECT n.name AS nation, count(*) AS customers
FROM ${c.table('customer')} c
JOIN ${c.table('nation')} n ON n.nationkey = c.nationkey
WHERE c.mktsegment = '${c.random.pick(SEGMENTS)}'
GROUP BY n.name
ORDER BY customers DESC, nation
LIMIT 25`,
  },
  {
    name: 'top customers',
    cost: 'medium',
    sql: (c) => `SELECT c.custkey, c.name, sum(CAST(o.totalprice AS decimal(18, 2))) AS revenue
FROM ${c.table('customer')} c
JOIN ${c.table('orders')} o ON o.custkey = c.custkey
WHERE c.mktsegment = '${c.random.pick(SEGMENTS)}'
GROUP BY c.custkey, c.name
ORDER BY revenue DESC, c.custkey
LIMIT ${c.random.pick([10, 20, 50])}`,
  },
  {
    name: 'revenue by region',
    cost: 'heavy',
    sql: (c) => `SELECT r.name AS region,
       sum(CAST(l.extendedprice * (1 - l.discount) AS decimal(18, 4))) AS revenue
FROM ${c.table('lineitem')} l
JOIN ${c.table('orders')} o ON o.orderkey = l.orderkey
JOIN ${c.table('customer')} c ON c.custkey = o.custkey
JOIN ${c.table('nation')} n ON n.nationkey = c.nationkey
JOIN ${c.table('region')} r ON r.regionkey = n.regionkey
WHERE o.orderdate >= DATE '${fullYear(c.random)}-01-01'
GROUP BY r.name
ORDER BY revenue DESC, region`,
  },
  {
    name: 'pricing summary',
    cost: 'medium',
    sql: (c) => `SELECT returnflag, linestatus,
       sum(CAST(quantity AS bigint)) AS sum_qty,
       sum(CAST(extendedprice AS decimal(18, 2))) AS sum_base_price,
       avg(CAST(discount AS decimal(18, 4))) AS avg_disc,
       count(*) AS count_order
FROM ${c.table('lineitem')}
WHERE shipdate <= DATE '1998-12-01' - INTERVAL '${60 + c.random.below(61)}' DAY
GROUP BY returnflag, linestatus
ORDER BY returnflag, linestatus`,
  },
  {
    name: 'late deliveries by mode',
    cost: 'medium',
    sql: (c) => `SELECT shipmode,
       count_if(receiptdate > commitdate) AS late,
       count(*) AS total
FROM ${c.table('lineitem')}
WHERE shipmode IN ('${c.random.pick(SHIP_MODES)}', 'RAIL', 'TRUCK')
GROUP BY shipmode
ORDER BY shipmode`,
  },
  {
    name: 'order sizes',
    cost: 'light',
    sql: (
      c,
    ) => `SELECT width_bucket(totalprice, 0, 500000, ${c.random.pick([10, 20, 25])}) AS bucket, count(*) AS orders
FROM ${c.table('orders')}
GROUP BY 1
ORDER BY 1`,
  },
  {
    name: 'suppliers by balance',
    cost: 'light',
    small: true,
    sql: (c) => `SELECT s.suppkey, s.name, s.acctbal
FROM ${c.table('supplier')} s
WHERE s.acctbal < ${c.random.pick([0, 500, 1000, 2500])}
ORDER BY s.acctbal, s.suppkey
LIMIT 100`,
  },
  {
    name: 'segments by region',
    cost: 'light',
    small: true,
    sql: (c) => `SELECT r.name AS region, c.mktsegment AS segment, count(*) AS customers,
       sum(CAST(c.acctbal AS decimal(18, 2))) AS balance
FROM ${c.table('customer')} c, ${c.table('nation')} n, ${c.table('region')} r
WHERE c.nationkey = n.nationkey AND n.regionkey = r.regionkey AND r.name <> '${c.random.pick(REGIONS)}'
GROUP BY r.name, c.mktsegment
ORDER BY r.name, c.mktsegment`,
  },
  {
    name: 'filter values of nations',
    cost: 'light',
    small: true,
    sql: (c) => `SELECT DISTINCT name AS name
FROM ${c.table('nation')}
WHERE name LIKE '${c.random.pick(['%A%', '%I%', '%U%', '%'])}'
ORDER BY name
LIMIT 1000`,
  },
  {
    name: 'filter values of segments',
    cost: 'light',
    small: true,
    sql: (c) => `SELECT mktsegment
FROM ${c.table('customer')}
GROUP BY mktsegment
ORDER BY mktsegment
LIMIT ${c.random.pick([100, 1000])}`,
  },
  {
    name: 'parts by brand',
    cost: 'light',
    sql: (c) => `SELECT brand, count(*) AS parts, min(retailprice) AS cheapest, max(retailprice) AS dearest
FROM ${c.table('part')}
WHERE size BETWEEN ${1 + c.random.below(20)} AND ${25 + c.random.below(25)}
GROUP BY brand
ORDER BY parts DESC, brand
LIMIT 25`,
  },
  {
    name: 'stock by supplier',
    cost: 'medium',
    sql: (c) => `SELECT s.name, sum(CAST(ps.availqty AS bigint)) AS stock
FROM ${c.table('partsupp')} ps
JOIN ${c.table('supplier')} s ON s.suppkey = ps.suppkey
JOIN ${c.table('nation')} n ON n.nationkey = s.nationkey
WHERE n.name IN ('${c.random.pick(NATIONS)}', 'CHINA', 'INDIA')
GROUP BY s.name
ORDER BY stock DESC, s.name`,
  },
  {
    name: 'running total of orders',
    cost: 'medium',
    sql: (c) => `SELECT day, orders, sum(orders) OVER (ORDER BY day) AS running
FROM (
  SELECT orderdate AS day, count(*) AS orders
  FROM ${c.table('orders')}
  WHERE orderpriority = '${c.random.pick(PRIORITIES)}' AND year(orderdate) = ${fullYear(c.random)}
  GROUP BY orderdate
) AS daily
ORDER BY day`,
  },
  {
    name: 'pivot of ship modes',
    cost: 'medium',
    sql: (c) => `SELECT year(shipdate) AS y,
       count_if(shipmode = 'AIR') AS air,
       count_if(shipmode = 'SHIP') AS ship,
       count_if(shipmode = '${c.random.pick(SHIP_MODES)}') AS chosen
FROM ${c.table('lineitem')}
GROUP BY year(shipdate)
ORDER BY y`,
  },
  {
    name: 'market share',
    cost: 'heavy',
    sql: (c) => `WITH all_nations AS (
  SELECT year(o.orderdate) AS o_year,
         CAST(l.extendedprice * (1 - l.discount) AS decimal(18, 4)) AS volume,
         n2.name AS nation
  FROM ${c.table('part')} p
  JOIN ${c.table('lineitem')} l ON p.partkey = l.partkey
  JOIN ${c.table('supplier')} s ON s.suppkey = l.suppkey
  JOIN ${c.table('orders')} o ON o.orderkey = l.orderkey
  JOIN ${c.table('nation')} n2 ON n2.nationkey = s.nationkey
  WHERE o.orderdate BETWEEN DATE '1995-01-01' AND DATE '1996-12-31'
)
SELECT o_year, sum(volume) FILTER (WHERE nation = '${c.random.pick(NATIONS)}') AS one, sum(volume) AS everyone
FROM all_nations
GROUP BY o_year
ORDER BY o_year`,
  },
  {
    name: 'returns per month',
    cost: 'medium',
    sql: (c) => `SELECT date_trunc('month', shipdate) AS "month", count(*) AS "returned"
FROM ${c.table('lineitem')}
WHERE returnflag = 'R' AND shipdate >= ${monthStart(c.random, 1993)}
GROUP BY 1
ORDER BY 1`,
  },
];
