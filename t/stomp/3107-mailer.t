#!/bin/sh
# Letters of the outbox, sent by pushd.
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
export srcdir builddir="${builddir:-$PWD}"
exec "$srcdir/t/db/with-mariadb" perl "$srcdir/t/stomp/3107-mailer.pl"
