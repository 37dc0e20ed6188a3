#!/bin/sh
# sangdamctl demo generate among others: what it marks is locked by somebody for longer than a wait for a lock lasts, and nothing is left out or stored twice.
export BUILD="${builddir:-.}"
exec "${srcdir:-.}/t/db/with-mariadb" bash -uc '
    conf=$(mktemp)
    trap "rm -f $conf" EXIT
    printf "db_socket=%s\ndb_user=root\n" "$SANGDAM_DB_SOCKET" >"$conf"
    ctl() { "$BUILD/sangdamctl" -c "$conf" "$@"; }
    sql() { mariadb --no-defaults -uroot -S "$SANGDAM_DB_SOCKET" -N -B sangdam -e "$1"; }
    waits() { sql "SHOW GLOBAL STATUS LIKE \"Innodb_row_lock_waits\"" | cut -f2; }
    n=0 failed=0
    ok() { # NAME, after what is judged
        local status=$? ; n=$((n + 1))
        if [ $status -eq 0 ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; failed=1; fi
    }

    ctl demo generate --sessions 100 --days 10 >&2
    ok "a hundred chats"

    coproc HOLDER { mariadb --no-defaults -uroot -S "$SANGDAM_DB_SOCKET" -N -B -n sangdam; }
    echo "BEGIN; SELECT COUNT(*) FROM stats_block FOR UPDATE;" >&"${HOLDER[1]}"
    read -r blocks <&"${HOLDER[0]}"
    [ "$blocks" -gt 0 ]
    ok "their blocks of figures are locked by somebody"
    before=$(waits)
    ctl demo generate --sessions 50 --days 10 --seed 2 >&2 &
    generator=$!
    for _ in $(seq 1 300); do # each try waits for a second
        [ "$(waits)" -lt $((before + 3)) ] || break
        kill -0 $generator 2>/dev/null || break
        read -rt 0.1 <> <(:) || true
    done
    [ "$(waits)" -ge $((before + 3)) ]
    ok "who generates has waited for them more than once"
    echo "COMMIT; SELECT 1;" >&"${HOLDER[1]}"
    read -r _ <&"${HOLDER[0]}"
    wait $generator
    ok "and goes on when they are free"
    [ "$(sql "SELECT COUNT(*), COUNT(DISTINCT session_id), SUM(message_count) = (SELECT COUNT(*) FROM chat_message) FROM chat_session")" = "$(printf "150\t150\t1")" ]
    ok "each chat is there once, with its messages"
    ctl stats rebuild >&2 && ctl stats verify >&2
    ok "and the figures are those of the messages"
    echo "1..$n"
    exit $failed'
