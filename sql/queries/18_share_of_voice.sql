-- Of the names that a watchlist holds, who is spoken of, and how much?
select watchlist, name, sum(independent_reports) as independent_reports, sum(articles) as articles
from media.share_of_voice
where day > (now() at time zone 'UTC')::date - 7
group by watchlist, name
order by watchlist, independent_reports desc;
