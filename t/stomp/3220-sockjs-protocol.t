#!/bin/sh
# SockJS as its protocol's own tests ask for it, beside a MariaDB of its own.
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
export srcdir builddir="${builddir:-$PWD}"
exec "$srcdir/t/db/with-mariadb" perl "$srcdir/t/stomp/3220-sockjs-protocol.pl"
