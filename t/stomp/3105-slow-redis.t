#!/bin/sh
# A slow Redis and one that drops a subscriber, beside a MariaDB of their own.
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
export srcdir builddir="${builddir:-$PWD}"
exec "$srcdir/t/db/with-mariadb" perl "$srcdir/t/stomp/3105-slow-redis.pl"
