#!/bin/bash
# The hot standby of PostgreSQL.
#
#   standby.sh postgres …   copies the primary once and follows it; the arguments are the server's command
#   standby.sh check        exits with 0 when it streams from the primary or has been promoted
#   standby.sh promote      makes it the primary. First make sure that the old primary is stopped, and stays so
#
# The copy is made between pg_backup_start and pg_backup_stop from the primary's volume, which is mounted read-only at
# /primary, so no tool of the primary's version is needed.
set -eu -o pipefail

primary=/primary
slot=standby
export PGUSER=standby PGDATABASE=postgres PGCONNECT_TIMEOUT=5
PGPASSWORD=$(</run/secrets/postgres_replication_password)
export PGPASSWORD

query() { psql --no-psqlrc --quiet --no-align --tuples-only -v ON_ERROR_STOP=1 "$@"; }

# Without the log, which the standby gets by streaming, and what belongs to the other server.
copy_files() {
  local status
  tar -C "$primary" -c --warning=no-file-changed --warning=no-file-removed --exclude=./PG_VERSION \
    --exclude='./pg_wal/*' --exclude='./postmaster.*' --exclude='./pg_replslot/*' --exclude='./pg_dynshmem/*' \
    --exclude='./pg_stat_tmp/*' . | tar -C "$PGDATA" -x || {
    status=("${PIPESTATUS[@]}")
    # 1: a file changed while it was read, which the log repairs.
    ((status[0] <= 1 && status[1] == 0)) || return 1
  }
}

copy() {
  printf 'Copying the primary\n'
  # What an interrupted copy has left.
  find "$PGDATA" -mindepth 1 -delete
  chmod 700 "$PGDATA"
  rm -f /tmp/copied
  # One session from start to stop. psql reports no failure of a shell command; /tmp/copied does.
  query --host=postgres <<SQL
select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '$slot' and not active;
select pg_create_physical_replication_slot('$slot', true);
select pg_backup_start('$slot', true);
\\! bash "${BASH_SOURCE[0]}" copy-files && touch /tmp/copied
\\o $PGDATA/backup_label
select labelfile from pg_backup_stop(false);
SQL
  [[ -e /tmp/copied ]] || { echo 'The copy of the primary failed' >&2; exit 1; }
  touch "$PGDATA/standby.signal"
  # Last: the data folder counts as complete when it has this file.
  cp "$primary/PG_VERSION" "$PGDATA/PG_VERSION"
}

case ${1:-} in
  check)
    [[ $(query --host=127.0.0.1 -c "select not pg_is_in_recovery() or exists (select from pg_stat_wal_receiver where status = 'streaming')") == t ]]
    ;;
  promote) pg_ctl promote --pgdata="$PGDATA" ;;
  copy-files) copy_files ;;
  postgres)
    [[ -s $PGDATA/PG_VERSION ]] || copy
    # The password is in a file, so that a new one takes effect with a restart. The last setting: once promoted, it has
    # no standby to wait for, even if the primary had one.
    (umask 077 && printf '*:*:*:standby:%s\n' "$PGPASSWORD" >/tmp/pgpass)
    exec "$@" "-cprimary_conninfo=host=postgres user=standby passfile=/tmp/pgpass application_name=$slot" \
      "-cprimary_slot_name=$slot" -csynchronous_standby_names=
    ;;
  *)
    printf 'unknown command "%s"; use postgres, check or promote\n' "${1:-}" >&2
    exit 2
    ;;
esac
