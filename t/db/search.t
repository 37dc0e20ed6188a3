#!/bin/sh
# The search of history against a real MariaDB, with generated chats beside the test's own; see test_search.c.
export BUILD="${builddir:-.}"
exec "${srcdir:-.}/t/db/with-mariadb" sh -ec '
    conf=$(mktemp)
    trap "rm -f $conf" EXIT
    printf "db_socket=%s\ndb_user=root\n" "$SANGDAM_DB_SOCKET" >"$conf"
    "$BUILD/sangdamctl" -c "$conf" demo generate --sessions 300 --days 30 --words 3000 >&2
    "$BUILD/t/db/test_search"'
