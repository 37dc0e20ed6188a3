#!/bin/sh
# A database that is too slow, and writer = plain; beside a MariaDB of its own.
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
export srcdir builddir="${builddir:-$PWD}"
exec "$srcdir/t/db/with-mariadb" perl "$srcdir/t/stomp/3220-overload.pl"
