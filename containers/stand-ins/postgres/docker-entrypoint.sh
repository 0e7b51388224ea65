#!/bin/bash
# Follows the entry point of the official image: the same variables, volume, scripts and user. Reads
# POSTGRES_PASSWORD, POSTGRES_USER, POSTGRES_DB, POSTGRES_INITDB_ARGS (each also as a file: <name>_FILE),
# POSTGRES_INITDB_WALDIR and POSTGRES_HOST_AUTH_METHOD.
set -eu -o pipefail

# from_file <variable> <default>
from_file() {
  local variable=$1 file=${1}_FILE
  if [[ ${!variable:-} && ${!file:-} ]]; then
    printf 'error: both %s and %s are set; set one of them\n' "$variable" "$file" >&2
    exit 1
  fi
  if [[ ${!file:-} ]]; then
    export "$variable"="$(<"${!file}")"
  else
    export "$variable"="${!variable:-$2}"
  fi
  unset "$file"
}

initialise() {
  local options=() waldir=${POSTGRES_INITDB_WALDIR:-} file
  if [[ ! $POSTGRES_PASSWORD && ${POSTGRES_HOST_AUTH_METHOD:-} != trust ]]; then
    cat >&2 <<'MESSAGE'
Error: Database is uninitialized and superuser password is not specified.
       Set POSTGRES_PASSWORD to a value that is not empty, or POSTGRES_PASSWORD_FILE to a file with it.
MESSAGE
    exit 1
  fi
  [[ ! $waldir ]] || options+=(--waldir="$waldir")
  # POSTGRES_INITDB_ARGS is a list of options in shell syntax, as in the official image.
  eval "initdb --username=\"\$POSTGRES_USER\" --pwfile=<(printf '%s\n' \"\$POSTGRES_PASSWORD\") $POSTGRES_INITDB_ARGS"' "${options[@]}" "$@"'
  printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"

  # Only the socket: nobody connects before the initialisation is complete.
  pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
  export PGPASSWORD=$POSTGRES_PASSWORD PGHOST=/var/run/postgresql PGUSER=$POSTGRES_USER
  if [[ $POSTGRES_DB != postgres ]]; then
    psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc --dbname postgres --set db="$POSTGRES_DB" \
      <<<'CREATE DATABASE :"db";'
  fi
  export PGDATABASE=$POSTGRES_DB
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) if [[ -x $file ]]; then "$file"; else . "$file"; fi ;;
      *.sql) psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc -f "$file" ;;
      *.sql.gz) gunzip -c "$file" | psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc ;;
    esac
  done
  pg_ctl -D "$PGDATA" -m fast -w stop
  unset PGPASSWORD PGHOST PGUSER PGDATABASE
  printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

[[ ${1:-} != -* ]] || set -- postgres "$@"
[[ ${1:-} == postgres ]] || exec "$@"
for argument; do
  case $argument in '-?' | --help | --describe-config | -V | --version) exec "$@" ;; esac
done

if (($(id -u) == 0)); then
  install -d -m 700 -o postgres -g postgres "$PGDATA"
  install -d -m 2775 -o postgres -g postgres /var/run/postgresql
  [[ -z ${POSTGRES_INITDB_WALDIR:-} ]] || install -d -m 700 -o postgres -g postgres "$POSTGRES_INITDB_WALDIR"
  find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
  exec setpriv --reuid=postgres --regid=postgres --init-groups -- "${BASH_SOURCE[0]}" "$@"
fi

from_file POSTGRES_PASSWORD ''
from_file POSTGRES_USER postgres
from_file POSTGRES_DB "$POSTGRES_USER"
from_file POSTGRES_INITDB_ARGS ''
if [[ ! -s $PGDATA/PG_VERSION ]]; then
  initialise
else
  printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
fi
unset POSTGRES_PASSWORD
exec "$@"
