#!/bin/sh
# Bad input on the WebSocket: directly and through nginx, beside a MariaDB of its own.
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
export srcdir builddir="${builddir:-$PWD}"
exec "$srcdir/t/db/with-mariadb" perl "$srcdir/t/stomp/3302-bad-input.pl"
