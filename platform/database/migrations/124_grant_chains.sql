-- Runs start other runs: workflows start sagas, and sagas start workflows. How many grants in a row have led to this one:
-- 0 for one that a person's own token has made. The service ends chains that are too long.
alter table identity.grants add column depth integer not null default 0 check (depth >= 0);
