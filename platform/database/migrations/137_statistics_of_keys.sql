-- While PostgreSQL knows nothing of a new index of keys, it expects one row of it, and then the wrong index of the table is
-- as good as the right one: a look-up reads all keys of the field. Its own look at the tables comes up to a minute later.
-- Only the owner of a table may ask for it.
create function airtable.analyze_keys() returns void
language plpgsql security definer set search_path = ''
as $$
begin
  analyze airtable.text_keys;
  analyze airtable.number_keys;
end
$$;
revoke execute on function airtable.analyze_keys() from public;
grant execute on function airtable.analyze_keys() to airtable_gateway;
