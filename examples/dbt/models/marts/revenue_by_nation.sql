select c.nation, year(o.order_date) as year, sum(l.revenue) as revenue
from {{ ref('stg_lines') }} as l
inner join {{ ref('stg_orders') }} as o on o.order_id = l.order_id
inner join {{ ref('stg_customers') }} as c on c.customer_id = o.customer_id
group by 1, 2
