-- Orders of the benchmark's small catalog, with the names that the marts use.
select
    orderkey as order_id,
    custkey as customer_id,
    orderstatus as order_status,
    cast(totalprice as decimal(12, 2)) as order_total,
    orderdate as order_date
from tpch.{{ var('scale', 'sf1') }}.orders
