select date_trunc('month', ship_date) as month, count(*) as lines, sum(revenue) as revenue
from {{ ref('stg_lines') }}
group by 1
