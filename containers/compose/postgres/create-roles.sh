#!/bin/bash
# Creates the roles of the standby and of the exporter of metrics. The image runs it once, when it creates the data
# folder; it can run again at any time.
set -eu -o pipefail

# In the database `postgres`: the migrations close the platform's own to every role but its services'.
# As variables of psql, so that neither arguments nor the server's log contain a password.
PGPASSWORD=${POSTGRES_PASSWORD:-$(</run/secrets/postgres_password)} \
  psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 --username postgres --dbname postgres <<'SQL'
\set replication_password `cat /run/secrets/postgres_replication_password`
\set monitoring_password `cat /run/secrets/postgres_monitoring_password`
set log_statement = 'none';
set log_min_error_statement = 'panic';
select 'create role standby' where not exists (select from pg_roles where rolname = 'standby') \gexec
alter role standby login replication password :'replication_password';
grant pg_monitor to standby;
grant execute on function pg_backup_start(text, boolean), pg_backup_stop(boolean) to standby;
select 'create role monitoring' where not exists (select from pg_roles where rolname = 'monitoring') \gexec
alter role monitoring login password :'monitoring_password';
grant pg_monitor to monitoring;
SQL

line='host replication standby all scram-sha-256'
grep -qxF "$line" "$PGDATA/pg_hba.conf" || printf '%s\n' "$line" >>"$PGDATA/pg_hba.conf"
