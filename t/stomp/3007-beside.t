#!/bin/sh
# A chat whose row somebody holds, beside a MariaDB of its own.
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
export srcdir builddir="${builddir:-$PWD}"
exec "$srcdir/t/db/with-mariadb" perl "$srcdir/t/stomp/3007-beside.pl"
