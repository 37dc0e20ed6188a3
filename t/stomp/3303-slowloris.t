#!/bin/sh
# Hundreds who send a byte now and then, beside a MariaDB of their own.
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
export srcdir builddir="${builddir:-$PWD}"
exec "$srcdir/t/db/with-mariadb" perl "$srcdir/t/stomp/3303-slowloris.pl"
