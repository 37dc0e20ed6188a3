#!/bin/sh
# The cases that end in a close, through nginx, beside a MariaDB of its own: who is still writing must read why it ended, not be reset.
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
export srcdir builddir="${builddir:-$PWD}"
command -v node >/dev/null || { echo '1..0 # SKIP no node'; exit 0; }
PATH=$PATH:/usr/sbin command -v nginx >/dev/null || { echo '1..0 # SKIP no nginx'; exit 0; }
exec "$srcdir/t/db/with-mariadb" perl "$srcdir/t/ws/pushd.pl" --nginx --sections 3,4,5,6.3,6.4,7,x "$@"
