#!/bin/bash
# ./start from outside: options, one folder's life, programs that die, a second start, data kept.
set -u
src=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
chmod 755 "$work"
dir="$work/달빛 문구" # bytes above ASCII and a space
n=0 failed=0

ok() { # STATUS NAME
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else
        echo "not ok $n - $2"
        sed 's/^/# /' "$work/out" 2>/dev/null | tail -20
        failed=1
    fi
}
within() { # SECONDS COMMAND...
    local end=$((SECONDS + $1 + 1))
    shift
    until "$@" 2>/dev/null; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}
start() { "$src/start" --dir "$dir" "$@" >"$work/out" 2>&1; }
all_up() { start --status; }
living() { grep -lszF -f <(printf '%s\n' "$dir") /proc/[0-9]*/cmdline; } # the pattern stands in no command line of ours
sql() { mariadb --defaults-file="$dir/my.cnf" -u root -N -B sangdam -e "$1"; }
renewed() { # NAME OLD-PIDS: other processes, and alive
    local now
    now=$(cat "$dir/run/$1.pid")
    [ -n "$now" ] && ! grep -qxF "$2" <<<"$now" && kill -0 $now
}
finish() {
    [ ! -d "$dir" ] || "$src/start" --dir "$dir" --stop >/dev/null 2>&1
    rm -rf "$work"
}
trap finish EXIT

# ---- what is refused ----
start --port 70000; [ $? -eq 64 ]; ok $? "a port that is none: 64"
start --colour; [ $? -eq 64 ]; ok $? "an unknown option: 64"
start --set; [ $? -eq 64 ]; ok $? "an option without its value: 64"
start --set 'no_such_key=1' --port 0; [ $? -eq 64 ] && grep -q no_such_key "$work/out"; ok $? "an unknown key: 64, and named"
[ -z "$(living)" ]; ok $? "and nothing runs"
"$src/start" --dir "$work/$(printf 'long/%.0s' {1..25})" --port 0 >"$work/out" 2>&1; [ $? -ne 0 ] && grep -q 107 "$work/out"
ok $? "a folder whose sockets' paths are too long: refused with the reason"
start --stop && grep -q 'nothing runs' "$work/out"; ok $? "--stop of nothing is content"
start --status; [ $? -ne 0 ] && [ "$(grep -c ' down' "$work/out")" -eq 8 ]; ok $? "--status of nothing: all down, not 0"

# ---- a life ----
start --port 0 --detach --set grace_agent=2s --set limits=off; ok $? "--detach returns with 0"
port=$(cat "$dir/port")
[ "$(tail -1 "$work/out")" = "ready http://127.0.0.1:$port/" ]; ok $? "the last line is ready"
for account in customer customer2 agent agent2 admin; do grep -q "$account@example.com" "$work/out" || account=none; done
[ $account = admin ] && grep -q sangdam-demo "$work/out"; ok $? "the demo accounts are told"
grep -qx 'grace_agent = 2s' "$dir/sangdam.conf"; ok $? "--set is in sangdam.conf"
all_up && [ "$(grep -cE '^(mariadbd|account|chat|agent|stats|file|pushd|nginx) up [0-9 ]+$' "$work/out")" -eq 8 ]; ok $? "--status: all up, 0"
[ -S "$dir/run/mysql.sock" ] && [ -S "$dir/run/pushd.sock" ]; ok $? "the sockets are where they should be"
pids_are_whole() { [ "$(wc -l <"$dir/run/chat.pid")" -eq 2 ] && [ "$(wc -l <"$dir/run/nginx.pid")" -ge 3 ]; }
within 3 pids_are_whole; ok $? "pid files hold every process" # nginx's workers are found by a look at /proc now and then
[ "$(sql 'SELECT COUNT(*) FROM chat_session WHERE status_id <> 3')" = 0 ] && [ "$(sql 'SELECT COUNT(*) FROM chat_session')" -gt 10 ]
ok $? "the queue is empty, the past is not"
[ "$(sql "SHOW GRANTS FOR 'sangdam'@'localhost'" | grep -c 'GRANT SELECT, INSERT, UPDATE, DELETE ON `sangdam`')" = 1 ] &&
    [ "$(sql "SHOW GRANTS FOR 'sangdam'@'localhost'" | grep -c 'ON `')" = 1 ]; ok $? "the programs' user may only read and write rows"
! (ss -ltn 2>/dev/null || netstat -ltn) | grep -q ":3306 "; ok $? "MariaDB listens on no port"

start --port 0; [ $? -ne 0 ] && grep -q 'already' "$work/out"; ok $? "a second start on the same folder says so and fails"
"$src/start" --dir "$work/other" --port "$port" >"$work/out" 2>&1; [ $? -ne 0 ] && grep -q "port $port is taken" "$work/out"; ok $? "a port that is taken is said"

# ---- what dies is started again ----
for name in pushd account chat agent stats file nginx mariadbd; do
    old=$(cat "$dir/run/$name.pid")
    kill -9 $old
    within 3 renewed $name "$old"; ok $? "$name is there again"
done
touch "$dir/run/chat.down"
old=$(cat "$dir/run/chat.pid")
kill -9 $old
within 3 test ! -s "$dir/run/chat.pid"; ok $? "chat is held down by chat.down"
start --status; [ $? -ne 0 ] && grep -qx 'chat down' "$work/out"; ok $? "and --status says it"
rm "$dir/run/chat.down"
within 3 renewed chat "$old"; ok $? "it is there again when the file goes"
within 10 all_up; ok $? "all are up"

# ---- the end, and the same folder again ----
within 20 sql "INSERT INTO member (email, nickname, gubun, cdate, udate) VALUES ('kept@example.net', 'kept', 1, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))"
start --stop; ok $? "--stop"
[ -z "$(living)" ]; ok $? "returns when all is gone"
"$src/start" --dir "$dir" >"$work/out2" 2>&1 &
pid=$!
within 60 grep -q '^ready' "$work/out2"; ok $? "the same folder starts again, in the foreground"
grep -q "^ready http://127.0.0.1:$port/" "$work/out2"; ok $? "on its port"
[ "$(sql "SELECT COUNT(*) FROM member WHERE email = 'kept@example.net'")" = 1 ]; ok $? "with its data"
grep -qx 'grace_agent = 2s' "$dir/sangdam.conf"; ok $? "and its settings"
kill -INT $pid 2>/dev/null || kill -TERM $pid
within 3 grep -q stopping "$work/out2" || kill -TERM $pid # a shell's background child may ignore INT
wait $pid; ok $? "Ctrl-C ends it with 0"
[ -z "$(living)" ]; ok $? "and all of it"

# ---- the port is taken after it was chosen: another server answers there, and must not be taken for ours ----
squat() { # answers 200 to whoever asks on $port, from the moment when nginx's file names it
    rm -f "$dir/nginx.conf" "$work/squatter"
    perl -MIO::Socket::INET -e '
        my ($conf, $port, $told) = @ARGV;
        $SIG{PIPE} = "IGNORE"; # some only look whether we are there
        my $end = time + 60;
        select undef, undef, undef, 0.01 until -e $conf || time > $end;
        my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $port, Listen => 50, ReuseAddr => 1) or die $!;
        open my $f, ">", $told or die $!; close $f;
        while (my $client = $server->accept) { sysread $client, my $ask, 4096; print $client "HTTP/1.0 200 OK\r\n\r\nanother\n"; close $client }
    ' "$dir/nginx.conf" "$port" "$work/squatter" 2>>"$work/out2" &
    squatter=$!
}
squat
start --port 0 --detach; ok $? "a port that another took meanwhile: --port 0 goes on to another"
[ -e "$work/squatter" ] && now=$(cat "$dir/port") && [ "$now" != "$port" ] && [ "$(tail -1 "$work/out")" = "ready http://127.0.0.1:$now/" ]
ok $? "which is in DIR/port and in the last line"
start --stop
kill $squatter; wait $squatter 2>/dev/null
squat
start --port "$port" --detach; [ $? -eq 69 ] && grep -q "port $port was taken" "$work/out"; ok $? "--port N: 69, and it is said"
kill $squatter; wait $squatter 2>/dev/null
[ -z "$(living)" ]; ok $? "and nothing is left"
echo "1..$n"
exit $failed
