alter table airtable.comments
  add author_name text,
  -- The users whom the text mentions, by id, as the API shows them.
  add mentioned jsonb not null default '{}' check (jsonb_typeof(mentioned) = 'object');
