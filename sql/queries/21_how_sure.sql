-- How sure are topics and copies, and what would another threshold give?
select judge, coalesce(t.name, c.rung, 'all') as of_what, threshold, in_use, precision, recall, precision_low, recall_low, positives, measured_on
from media.calibration c
left join media.topic t on t.qcode = c.qcode
order by judge, t.name nulls first, c.rung nulls first, threshold;
