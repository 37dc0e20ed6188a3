#!/bin/bash
# sangdamctl against a MariaDB of its own: migrate (twice, two at once, altered files), schema.sql, member, demo, status, config.
set -u
srcdir=$(cd "${srcdir:-.}" && pwd)
[ -n "${SANGDAM_DB_SOCKET-}" ] || exec "$srcdir/t/db/with-mariadb" "$0"
ctl=${builddir:-.}/sangdamctl
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0 failed=0

ok() { # STATUS NAME
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; failed=1; fi
}
sql() { mariadb --no-defaults -uroot -S "$SANGDAM_DB_SOCKET" --default-character-set=utf8mb4 -N -B "$@"; }
new_database() { # NAME: an empty one, and $work/NAME.conf that names it
    sql -e "CREATE DATABASE $1 CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
    printf 'db_socket = %s\ndb_name = %s\ndb_user = root\n' "$SANGDAM_DB_SOCKET" "$1" >"$work/$1.conf"
}
run() { # CONF ARGS...: sangdamctl with its output in $out and $err
    local conf=$work/$1.conf
    shift
    "$ctl" -c "$conf" "$@" >"$work/out" 2>"$work/err"
    local status=$?
    out=$(cat "$work/out") err=$(cat "$work/err")
    return $status
}
migrate() { local conf=$1; shift; run "$conf" migrate --dir "$srcdir/sql/migrations" "$@"; }
files=$(find "$srcdir/sql/migrations" -name '[0-9][0-9][0-9][0-9]_*.sql' | wc -l)
# all tables as the server would make them again
dump() {
    mariadb-dump --no-defaults -uroot -S "$SANGDAM_DB_SOCKET" --no-data --skip-comments --skip-dump-date --ignore-table="$1.schema_migration" "$1" |
        sed 's/ AUTO_INCREMENT=[0-9]*//'
}

# ---- configuration ----
run none config-check grace_agent=2s limits=off; ok $? "config-check takes good pairs"
run none config-check no_such_key=1; [ $? -eq 64 ]; ok $? "an unknown key is 64"
run none config-check grace_agent=2; [ $? -eq 64 ] && [[ $err == *grace_agent* ]]; ok $? "a value without its unit is 64 and named"
run none config-sample && [ "$(grep -c '^#[a-z_]* =' <<<"$out")" -gt 30 ]; ok $? "config-sample lists the keys"
run none no-such-command; [ $? -eq 64 ]; ok $? "an unknown command is 64"
run absent status; [ $? -eq 78 ]; ok $? "an absent configuration is 78"
printf 'db_socket = %s/none.sock\n' "$work" >"$work/away.conf"
migrate away; [ $? -eq 75 ]; ok $? "a server that is away is 75: try again"

# ---- migrate ----
new_database m1
migrate m1 --dry-run && [ "$(grep -c '^would apply' <<<"$out")" -eq "$files" ]; ok $? "--dry-run tells what is missing"
[ -z "$(sql -e 'SHOW TABLES' m1)" ]; ok $? "and makes nothing"
migrate m1 --json && [ "$(grep -o '"0[0-9]*_[a-z_0-9]*"' <<<"$out" | wc -l)" -eq "$files" ]; ok $? "migrate applies all, told as JSON"
migrate m1 && [ -z "$out" ]; ok $? "a second time it does nothing"
[ "$(sql -e 'SELECT COUNT(*) FROM schema_migration' m1)" -eq "$files" ]; ok $? "each is recorded once"

new_database m2
(migrate m2; exit $?) & first=$!
"$ctl" -c "$work/m2.conf" migrate --dir "$srcdir/sql/migrations" >/dev/null 2>"$work/err2"; second=$?
wait $first && [ $second -eq 0 ]; ok $? "two at once are both content"
[ "$(sql -e 'SELECT COUNT(*) FROM schema_migration' m2)" -eq "$files" ]; ok $? "and each migration ran once"

new_database m3
sql m3 <"$srcdir/sql/schema.sql"
dump m1 >"$work/by-migrations"; dump m3 >"$work/by-schema"
diff "$work/by-migrations" "$work/by-schema" >"$work/diff"; ok $? "schema.sql is what the migrations make"
sed 's/^/# /' "$work/diff"

cp -r "$srcdir/sql/migrations" "$work/altered"
echo '-- altered' >>"$(find "$work/altered" -name '0001_*')"
run m1 migrate --dir "$work/altered"; [ $? -eq 78 ] && [[ $err == *0001* ]]; ok $? "a file altered after it was applied is refused"
mkdir "$work/older"; cp "$srcdir"/sql/migrations/0001_* "$work/older"
run m1 migrate --dir "$work/older"; [ $? -eq 78 ]; ok $? "a database newer than the files is refused"
mkdir "$work/hole"; cp "$srcdir"/sql/migrations/0002_* "$work/hole"
run m1 migrate --dir "$work/hole"; [ $? -eq 66 ]; ok $? "a hole in the numbers is refused"
new_database m4
mkdir "$work/bad"; echo 'CREATE TABLE a (b INT); CREATE NONSENSE;' >"$work/bad/0001_bad.sql"
run m4 migrate --dir "$work/bad"; [ $? -ne 0 ] && [ "$(sql -e 'SELECT COUNT(*) FROM schema_migration' m4)" -eq 0 ]
ok $? "a migration that fails is not recorded"

# ---- demo ----
run m1 demo load; ok $? "demo load"
[ "$(sql -e "SELECT COUNT(*) FROM member WHERE email IN ('customer@example.com', 'customer2@example.com', 'agent@example.com',
    'agent2@example.com', 'admin@example.com') AND password_hash LIKE '\$argon2id\$%'" m1)" -eq 5 ]; ok $? "five accounts with argon2id hashes"
[ "$(sql -e 'SELECT COUNT(*) FROM chat_session WHERE status_id <> 3' m1)" -eq 0 ]; ok $? "no chat is open"
chats=$(sql -e 'SELECT COUNT(*) FROM chat_session' m1); [ "$chats" -gt 30 ]; ok $? "there are chats to look at ($chats)"
[ "$(sql -e "SELECT COUNT(*) FROM chat_session s JOIN member m ON m.member_id = s.member_id WHERE m.email LIKE '%@example.com'" m1)" -eq 0 ]
ok $? "none belongs to a demo account"
[ "$(sql -e 'SELECT COUNT(*) FROM chat_session s WHERE message_count <> (SELECT COUNT(*) FROM chat_message m WHERE m.session_no = s.session_no)
    OR message_count <> (SELECT COALESCE(MAX(seq), 0) FROM chat_message m WHERE m.session_no = s.session_no)' m1)" -eq 0 ]; ok $? "seq is dense"
[ "$(sql -e 'SELECT COUNT(*) FROM chat_session WHERE end_time > UTC_TIMESTAMP(3) OR end_time < cdate OR accept_time < cdate
    OR first_response_time < accept_time' m1)" -eq 0 ]; ok $? "times are in order and past"
run m1 search fill && run m1 search verify --json && [[ $out == *'"notEnteredYet":0,'*'"missing":0}' ]]; ok $? "search fill, verify"
run m1 search rebuild && run m1 search compare --words 20 --json && [[ $out == *'"differences":0}' ]]; ok $? "search rebuild, compare"
run m1 search; [ $? -eq 64 ] && { run m1 search compare --words x; [ $? -eq 64 ]; }; ok $? "search refuses wrong arguments"
run m1 demo load && [ "$(sql -e 'SELECT COUNT(*) FROM chat_session' m1)" -eq "$chats" ]; ok $? "a second load adds nothing"
run m2 demo load --accounts-only && [ "$(sql -e 'SELECT COUNT(*) FROM chat_session' m2)" -eq 0 ] &&
    [ "$(sql -e 'SELECT COUNT(*) FROM member WHERE gubun <> 0' m2)" -eq 5 ]; ok $? "--accounts-only leaves the chats out"

# ---- member ----
run m2 member add hana@example.net '이하나' agent <<<'a good password'; ok $? "member add"
run m2 member add hana@example.net '이하나' agent <<<'a good password'; [ $? -eq 65 ]; ok $? "the same e-mail again is 65"
run m2 member add x@example.net X king <<<'a good password'; [ $? -eq 64 ]; ok $? "an unknown role is 64"
hash() { sql -e "SELECT password_hash FROM member WHERE email = 'hana@example.net'" m2; }
before=$(hash)
run m2 member passwd hana@example.net <<<'another good one' && [ "$(hash)" != "$before" ]; ok $? "member passwd"
run m2 member disable hana@example.net && run m2 member list && grep -q $'\tAGENT\tdisabled\thana@example.net\t이하나$' <<<"$out"
ok $? "member disable, seen by member list"
run m2 member enable hana@example.net && run m2 member list --json && [[ $out == *'"state":"active","email":"hana@example.net"'* ]]; ok $? "member enable"
run m2 member disable nobody@example.net; [ $? -eq 65 ]; ok $? "an unknown member is 65"

run m1 status --json && [[ $out == *"\"schemaVersion\":$files,"*'"waiting":0,'* ]]; ok $? "status"
echo "1..$n"
exit $failed
