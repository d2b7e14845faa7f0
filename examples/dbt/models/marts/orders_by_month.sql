select date_trunc('month', order_date) as month, count(*) as orders, sum(order_total) as total
from {{ ref('stg_orders') }}
group by 1
