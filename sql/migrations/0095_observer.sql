-- The role of dashboards: it reads what an analyst may, and the views of ingest that say how the system is.
-- depends: 0060_topics

do $$
begin
    if not exists (select from pg_roles where rolname = 'observer') then
        create role observer nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$$;
grant analyst to observer;
grant usage on schema ingest to observer;
alter role observer set statement_timeout = '30s';
