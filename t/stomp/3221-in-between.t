#!/bin/sh
# Rights that are lost while a check is on its way, beside a MariaDB of its own.
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
export srcdir builddir="${builddir:-$PWD}"
exec "$srcdir/t/db/with-mariadb" perl "$srcdir/t/stomp/3221-in-between.pl"
