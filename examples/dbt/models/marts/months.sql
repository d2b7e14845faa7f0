-- Both sides of the business, month by month; needs two marts, so a lost one holds it up.
select coalesce(o.month, r.month) as month, o.orders, o.total, r.lines, r.revenue
from {{ ref('orders_by_month') }} as o
full outer join {{ ref('revenue_by_month') }} as r on r.month = o.month
