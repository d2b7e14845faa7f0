select
    orderkey as order_id,
    linenumber as line_number,
    suppkey as supplier_id,
    cast(quantity as decimal(12, 2)) as quantity,
    cast(extendedprice * (1 - discount) as decimal(14, 2)) as revenue,
    returnflag as return_flag,
    shipdate as ship_date
from tpch.{{ var('scale', 'sf1') }}.lineitem
