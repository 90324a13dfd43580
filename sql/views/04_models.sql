-- Which embedding model serves.

create function media.serving_model() returns text language sql stable set search_path = media, pg_temp
as $$ select key from media.model where state = 'serving' $$;
comment on function media.serving_model() is 'The key of the embedding model that serves; null where nothing was embedded yet.';
grant execute on function media.serving_model() to analyst;
