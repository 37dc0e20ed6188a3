#!/bin/sh
# All cases against pushd, beside a MariaDB of its own; section 9 in limited sizes. By hand: t/ws/pushd.t --full
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
export srcdir builddir="${builddir:-$PWD}"
command -v node >/dev/null || { echo '1..0 # SKIP no node'; exit 0; }
exec "$srcdir/t/db/with-mariadb" perl "$srcdir/t/ws/pushd.pl" "$@"
