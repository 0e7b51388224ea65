-- Streams of events for people that go with an account. The rows that name them are gone when they are deleted again.
alter table identity.erasure_tasks add column live_streams text[] not null default '{}';
