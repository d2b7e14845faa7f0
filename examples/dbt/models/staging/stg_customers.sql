select c.custkey as customer_id, c.mktsegment as segment, n.name as nation
from tpch.{{ var('scale', 'sf1') }}.customer as c
inner join tpch.{{ var('scale', 'sf1') }}.nation as n on n.nationkey = c.nationkey
