#!/bin/sh
# Like the official image: arguments that are options or a .conf file are arguments of redis-server, the server runs as
# the user redis, and protected mode is off, because a container's network is private.
set -e
if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then
  set -- redis-server "$@"
fi
if [ "$1" = redis-server ]; then
  case " $* " in
    *' --protected-mode '* | *' --sentinel '*) ;;
    *) set -- "$@" --protected-mode no ;;
  esac
fi
case $1 in
  redis-server | redis-sentinel)
    if [ "$(id -u)" = 0 ]; then
      find . \! -user redis -exec chown redis '{}' +
      exec setpriv --reuid=redis --regid=redis --init-groups -- "$@"
    fi
    ;;
esac
exec "$@"
