-- Workflows can start each other by requests and by changes of records. How many executions in a row have led to this
-- one: 0 for one that a person, a schedule, a file or a message has started. The service ends chains that are too long.
alter table automation.executions add column depth integer not null default 0 check (depth >= 0);
create index executions_by_grant on automation.executions (grant_id, created_at desc) where grant_id is not null;
