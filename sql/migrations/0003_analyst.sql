-- The role of people who query: it reads media and nothing else.
-- depends: 0002_media

do $$
begin
    if not exists (select from pg_roles where rolname = 'analyst') then
        create role analyst nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$$;
revoke create on schema public from public;
grant usage on schema media to analyst;
grant select on all tables in schema media to analyst;
alter default privileges in schema media grant select on tables to analyst;
alter role analyst set search_path = media;
alter role analyst set statement_timeout = '5min';
