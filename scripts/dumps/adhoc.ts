/** Statements that analysts write in notebooks and editors: joins, CTEs, windows, set operations. */
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

export const ADHOC: readonly Template[] = [
  {
    name: 'first look',
    cost: 'light',
    sql: (c) =>
      `select * from ${c.table('orders')} where orderkey < ${100 + c.random.below(9000)} order by orderkey limit ${c.random.pick([10, 100, 500])}`,
  },
  {
    name: 'look at a customer',
    cost: 'light',
    small: true,
    sql: (c) => `SELECT * FROM ${c.table('customer')} WHERE custkey = ${1 + c.random.below(1500)}`,
  },
  {
    name: 'orders of a customer',
    cost: 'light',
    sql: (c) => `SELECT orderkey, orderdate, totalprice, orderstatus
FROM ${c.table('orders')}
WHERE custkey = ${1 + c.random.below(1500)}
ORDER BY orderdate DESC, orderkey`,
  },
  {
    name: 'rank in segment',
    cost: 'medium',
    sql: (c) => `-- best customers of each segment
WITH revenue AS (
  SELECT custkey, c.name, c.mktsegment, sum(CAST(o.totalprice AS decimal(18, 2))) AS total
  FROM ${c.table('customer')} c
  JOIN ${c.table('orders')} o USING (custkey)
  WHERE o.orderdate >= ${monthStart(c.random)}
  GROUP BY 1, 2, 3
)
SELECT mktsegment, place, custkey, name, total
FROM (
  SELECT *, row_number() OVER (PARTITION BY mktsegment ORDER BY total DESC, custkey) AS place
  FROM revenue
) ranked
WHERE place <= ${3 + c.random.below(8)}
ORDER BY mktsegment, place`,
  },
  {
    name: 'month over month',
    cost: 'medium',
    sql: (c) => `WITH m AS (
  SELECT date_trunc('month', orderdate) AS month, count(*) AS orders
  FROM ${c.table('orders')}
  WHERE orderpriority = '${c.random.pick(PRIORITIES)}'
  GROUP BY 1
)
SELECT month, orders, orders - lag(orders) OVER (ORDER BY month) AS change
FROM m
ORDER BY month`,
  },
  {
    name: 'customers without orders',
    cost: 'light',
    sql: (c) => `SELECT c.custkey, c.name
FROM ${c.table('customer')} c
LEFT JOIN ${c.table('orders')} o ON o.custkey = c.custkey
WHERE o.orderkey IS NULL AND c.nationkey = ${c.random.below(25)}
ORDER BY c.custkey`,
  },
  {
    name: 'shipping priority',
    cost: 'medium',
    sql: (c) => `SELECT l.orderkey,
       sum(CAST(l.extendedprice * (1 - l.discount) AS decimal(18, 4))) AS revenue,
       o.orderdate, o.shippriority
FROM ${c.table('customer')} c
JOIN ${c.table('orders')} o ON c.custkey = o.custkey
JOIN ${c.table('lineitem')} l ON l.orderkey = o.orderkey
WHERE c.mktsegment = '${c.random.pick(SEGMENTS)}'
  AND o.orderdate < DATE '1995-03-${String(1 + c.random.below(28)).padStart(2, '0')}'
  AND l.shipdate > DATE '1995-03-15'
GROUP BY l.orderkey, o.orderdate, o.shippriority
ORDER BY revenue DESC, l.orderkey
LIMIT 10`,
  },
  {
    name: 'exists',
    cost: 'medium',
    sql: (c) => `SELECT o.orderpriority, count(*) AS order_count
FROM ${c.table('orders')} o
WHERE o.orderdate >= ${monthStart(c.random)}
  AND EXISTS (
    SELECT 1 FROM ${c.table('lineitem')} l
    WHERE l.orderkey = o.orderkey AND l.commitdate < l.receiptdate
  )
GROUP BY o.orderpriority
ORDER BY o.orderpriority`,
  },
  {
    name: 'forecast of revenue change',
    cost: 'light',
    sql: (c) => `SELECT sum(CAST(extendedprice * discount AS decimal(18, 4))) AS revenue
FROM ${c.table('lineitem')}
WHERE shipdate >= DATE '${fullYear(c.random)}-01-01'
  AND discount BETWEEN 0.0${2 + c.random.below(3)} AND 0.08
  AND quantity < ${20 + c.random.below(10)}`,
  },
  {
    name: 'nations both sides',
    cost: 'heavy',
    sql: (c) => {
      const [a, b] = [c.random.pick(NATIONS), c.random.pick(['ROMANIA', 'RUSSIA', 'VIETNAM'])];
      return `SELECT supp_nation, cust_nation, l_year, sum(volume) AS revenue
FROM (
  SELECT n1.name AS supp_nation, n2.name AS cust_nation, year(l.shipdate) AS l_year,
         CAST(l.extendedprice * (1 - l.discount) AS decimal(18, 4)) AS volume
  FROM ${c.table('supplier')} s
  JOIN ${c.table('lineitem')} l ON s.suppkey = l.suppkey
  JOIN ${c.table('orders')} o ON o.orderkey = l.orderkey
  JOIN ${c.table('customer')} c ON c.custkey = o.custkey
  JOIN ${c.table('nation')} n1 ON s.nationkey = n1.nationkey
  JOIN ${c.table('nation')} n2 ON c.nationkey = n2.nationkey
  WHERE (n1.name = '${a}' AND n2.name = '${b}') OR (n1.name = '${b}' AND n2.name = '${a}')
) shipping
GROUP BY supp_nation, cust_nation, l_year
ORDER BY supp_nation, cust_nation, l_year`;
    },
  },
  {
    name: 'grouping sets',
    cost: 'medium',
    sql: (c) => `SELECT orderstatus, orderpriority, count(*) AS n
FROM ${c.table('orders')}
WHERE year(orderdate) = ${fullYear(c.random)}
GROUP BY GROUPING SETS ((orderstatus, orderpriority), (orderstatus), ())
ORDER BY orderstatus NULLS LAST, orderpriority NULLS LAST`,
  },
  {
    name: 'cube of customers',
    cost: 'light',
    small: true,
    sql: (c) => `SELECT mktsegment, nationkey, count(*) AS n
FROM ${c.table('customer')}
WHERE nationkey < ${5 + c.random.below(10)}
GROUP BY CUBE (mktsegment, nationkey)
ORDER BY mktsegment NULLS FIRST, nationkey NULLS FIRST`,
  },
  {
    name: 'union of parties',
    cost: 'light',
    small: true,
    sql: (
      c,
    ) => `SELECT 'customer' AS kind, nationkey, count(*) AS parties FROM ${c.table('customer')} WHERE acctbal > ${c.random.below(5000)} GROUP BY nationkey
UNION ALL
SELECT 'supplier', nationkey, count(*) FROM ${c.table('supplier')} GROUP BY nationkey
ORDER BY kind, nationkey`,
  },
  {
    name: 'parts nobody ordered',
    cost: 'medium',
    sql: (c) => `SELECT partkey FROM ${c.table('part')} WHERE size = ${1 + c.random.below(50)}
EXCEPT
SELECT partkey FROM ${c.table('lineitem')} WHERE shipmode = '${c.random.pick(SHIP_MODES)}' AND quantity > 20 AND year(shipdate) = ${fullYear(c.random)}
ORDER BY partkey`,
  },
  {
    name: 'small quantity orders',
    cost: 'medium',
    sql: (c) => `SELECT count(*) AS n, sum(CAST(l.extendedprice AS decimal(18, 2))) AS price
FROM ${c.table('lineitem')} l
JOIN ${c.table('part')} p ON p.partkey = l.partkey
WHERE p.brand = 'Brand#${1 + c.random.below(5)}${1 + c.random.below(5)}'
  AND l.quantity < (SELECT avg(CAST(quantity AS bigint)) FROM ${c.table('lineitem')})`,
  },
  {
    name: 'gap between orders',
    cost: 'heavy',
    sql: (c) => `SELECT gap_days, count(*) AS times
FROM (
  SELECT date_diff('day', lag(orderdate) OVER (PARTITION BY custkey ORDER BY orderdate, orderkey), orderdate) AS gap_days
  FROM ${c.table('orders')}
  WHERE custkey % 10 = ${c.random.below(10)}
) gaps
WHERE gap_days IS NOT NULL
GROUP BY gap_days
ORDER BY times DESC, gap_days
LIMIT 50`,
  },
  {
    name: 'array of brands',
    cost: 'light',
    sql: (c) => `SELECT mfgr, array_join(array_sort(array_agg(DISTINCT brand)), ', ') AS brands
FROM ${c.table('part')}
WHERE retailprice > ${1000 + c.random.below(900)}
GROUP BY mfgr
ORDER BY mfgr`,
  },
  {
    name: 'words of comments',
    cost: 'medium',
    sql: (c) => `SELECT word, count(*) AS n
FROM ${c.table('orders')}
CROSS JOIN UNNEST(split(comment, ' ')) AS t (word)
WHERE orderkey <= ${2000 + c.random.below(8000)} AND length(word) > 6
GROUP BY word
ORDER BY n DESC, word
LIMIT 30`,
  },
  {
    name: 'quartiles of prices',
    cost: 'medium',
    sql: (c) => `SELECT tile, count(*) AS orders, min(totalprice) AS lowest, max(totalprice) AS highest
FROM (
  SELECT totalprice, ntile(4) OVER (ORDER BY totalprice, orderkey) AS tile
  FROM ${c.table('orders')}
  WHERE orderdate >= ${monthStart(c.random)}
) t
GROUP BY tile
ORDER BY tile`,
  },
  {
    name: 'region of a nation',
    cost: 'light',
    small: true,
    sql: (c) => `SELECT n.name, r.name AS region
FROM ${c.table('nation')} n
JOIN ${c.table('region')} r ON r.regionkey = n.regionkey
WHERE r.name = '${c.random.pick(REGIONS)}'
ORDER BY n.nationkey`,
  },
  {
    name: 'suppliers of a part',
    cost: 'light',
    sql: (c) => `SELECT s.suppkey, s.name, ps.supplycost, ps.availqty
FROM ${c.table('partsupp')} ps
JOIN ${c.table('supplier')} s ON s.suppkey = ps.suppkey
WHERE ps.partkey = ${1 + c.random.below(2000)}
ORDER BY ps.supplycost, s.suppkey`,
  },
  {
    name: 'quoted and unicode text',
    cost: 'light',
    small: true,
    sql: (c) => `/* für den Bericht "Ländervergleich" — ${c.random.pick(['März', 'Café', 'naïve', '東京'])} */
SELECT name AS "Land's name", concat('it''s ', lower(name), ' → ${c.random.pick(['ä', 'ß', '€', 'Ω'])}') AS "text, with comma"
FROM ${c.table('nation')}
ORDER BY nationkey
LIMIT ${5 + c.random.below(20)}`,
  },
  {
    name: 'values join',
    cost: 'light',
    small: true,
    sql: (c) => `WITH targets (nation, goal) AS (
  VALUES ('${c.random.pick(NATIONS)}', ${10 + c.random.below(90)}), ('ROMANIA', 40), ('VIETNAM', 55)
)
SELECT t.nation, t.goal, count(c.custkey) AS customers
FROM targets t
JOIN ${c.table('nation')} n ON n.name = t.nation
LEFT JOIN ${c.table('customer')} c ON c.nationkey = n.nationkey
GROUP BY t.nation, t.goal
ORDER BY t.nation, t.goal`,
  },
  {
    name: 'cheapest supplier',
    cost: 'heavy',
    sql: (c) => `SELECT s.acctbal, s.name, n.name AS nation, p.partkey, p.mfgr
FROM ${c.table('part')} p
JOIN ${c.table('partsupp')} ps ON p.partkey = ps.partkey
JOIN ${c.table('supplier')} s ON s.suppkey = ps.suppkey
JOIN ${c.table('nation')} n ON s.nationkey = n.nationkey
WHERE p.size = ${1 + c.random.below(50)}
  AND ps.supplycost = (
    SELECT min(ps2.supplycost) FROM ${c.table('partsupp')} ps2 WHERE ps2.partkey = p.partkey
  )
ORDER BY s.acctbal DESC, n.name, s.name, p.partkey
LIMIT 100`,
  },
];
