select c.nation, o.order_status, count(*) as orders, sum(o.order_total) as total
from {{ ref('stg_orders') }} as o
inner join {{ ref('stg_customers') }} as c on c.customer_id = o.customer_id
group by 1, 2
