select supplier_id, sum(quantity) as returned
from {{ ref('stg_lines') }}
where return_flag = 'R'
group by 1
having sum(quantity) > 1500
