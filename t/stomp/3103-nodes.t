#!/bin/sh
# Two nodes and the Redis between them, beside a MariaDB of their own.
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
export srcdir builddir="${builddir:-$PWD}"
exec "$srcdir/t/db/with-mariadb" perl "$srcdir/t/stomp/3103-nodes.pl"
