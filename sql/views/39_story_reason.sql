create function media.story_reason(score real, reasons jsonb) returns text
language sql stable set search_path = media, pg_temp
as $reason$
select case
    when reasons is null then null
    when reasons ? 'copy' then 'it goes with what it copies'
    when reasons ? 'desk' then 'it goes with what somebody said it copies'
    when reasons ? 'action' then 'somebody put it there (action ' || (reasons ->> 'action') || ')'
    when needed is null then 'its own: no story was near'
    when score::numeric < needed then
        'its own: the nearest one' || coalesce(', story ' || (reasons ->> 'nearest') || ',', '')
        || ' had ' || round(score::numeric, 2) || ' of ' || round(needed, 2) || ' needed'
    else
        'score ' || round(score::numeric, 2) || ' of ' || round(needed, 2) || ' needed: meaning '
        || round((reasons ->> 'cosine')::numeric, 2) || ', words ' || round((reasons ->> 'terms')::numeric, 2)
        || coalesce(', for silence times ' || round(nullif((reasons ->> 'decay')::numeric, 1), 2), '')
    end
    || coalesce('; kept out of ' || apart.stories || ': other facts in the same form', '')
from (select (reasons ->> 'threshold')::numeric as needed) threshold, (
    select string_agg('story ' || value, ', ') as stories from jsonb_array_elements_text(reasons -> 'same_form')
) apart
$reason$;
comment on function media.story_reason(real, jsonb) is 'Why an article is in its story, in words: score and reasons are those of media.story_article.';
revoke all on function media.story_reason(real, jsonb) from public;
grant execute on function media.story_reason(real, jsonb) to analyst;
