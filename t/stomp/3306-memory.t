#!/bin/sh
# Allocations of pushd that fail, beside a MariaDB of their own.
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
export srcdir builddir="${builddir:-$PWD}"
exec "$srcdir/t/db/with-mariadb" perl "$srcdir/t/stomp/3306-memory.pl"
