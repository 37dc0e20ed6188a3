#!/bin/bash
# sangdam-keeper with small shell programs as children: starts, restarts, holds down, ends left-overs, stops in order.
set -u
keeper=${builddir:-.}/sangdam-keeper
dir=$(mktemp -d "${TMPDIR:-/tmp}/sangdam-keeper.XXXXXX")
pid=
n=0
failed=0

ok() { # STATUS NAME
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; failed=1; fi
}
# within SECONDS COMMAND...: true as soon as the command is
within() {
    local end=$((SECONDS + $1 + 1))
    shift
    until "$@" 2>/dev/null; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}
lines() { [ "$(grep -c . "$dir/run/$1.pid")" -eq "$2" ]; }
first() { head -1 "$dir/run/$1.pid"; }
gone() { ! kill -0 "$1" 2>/dev/null || [ "$(cut -d' ' -f3 "/proc/$1/stat" 2>/dev/null)" = Z ]; }
new_first() { local p; p=$(first "$1") && [ -n "$p" ] && [ "$p" != "$2" ] && kill -0 "$p"; }
ended() { ! kill -0 "$pid" 2>/dev/null; }
finish() {
    [ -z "$pid" ] || { kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; }
    rm -rf "$dir"
}
trap finish EXIT

mkdir -p "$dir/run" "$dir/log"
cat >"$dir/plain" <<'END'
#!/bin/bash
trap 'echo "plain stopped" >>"$1/order"; exit 0' TERM
trap 'echo hup >>"$1/hups"' HUP
while :; do sleep 0.1; done
END
cat >"$dir/family" <<'END'
#!/bin/bash
# a master with two workers that outlive it, and one that left the group
trap : HUP
sleep 1000 & sleep 1000 & setsid sleep 1000 &
trap 'echo "family stopped" >>"$1/order"; kill $(jobs -p); exit 0' TERM
while :; do sleep 0.1; done
END
cat >"$dir/deaf" <<'END'
#!/bin/bash
trap '' TERM
while :; do sleep 0.1; done
END
printf '#!/bin/bash\necho died >>"$1/deaths"\nexit 1\n' >"$dir/mortal"
cat >"$dir/door" <<'END'
#!/bin/bash
[ -S /proc/self/fd/0 ] || [[ $(readlink /proc/self/fd/0) == socket:* ]] && echo socket >>"$1/door-log"
exec sleep 1000
END
chmod +x "$dir"/{plain,family,deaf,mortal,door}
cat >"$dir/keeper.conf" <<END
# a comment
program family
exec $dir/family
arg $dir
stage 2

program plain
exec $dir/plain
arg $dir
stage 1
program door
exec $dir/door
arg $dir
socket $dir/run/door.sock
processes 2
stage 1
program mortal
exec $dir/mortal
arg $dir
program deaf
exec $dir/deaf
stop_timeout 1
END

"$keeper" -t "$dir"; ok $? "a good list is accepted"
mkdir "$dir/bad"
printf 'program x\nexec /bin/true\nmode 4\n' >"$dir/bad/keeper.conf"
message=$("$keeper" -t "$dir/bad" 2>&1); [ $? -eq 78 ] && [[ $message == *keeper.conf:3:* ]]
ok $? "an unknown word is refused with file and line"
"$keeper" 2>/dev/null; [ $? -eq 64 ]; ok $? "no folder: usage"

"$keeper" "$dir" 2>"$dir/log/keeper.log" &
pid=$!
within 5 lines door 2; ok $? "two processes on one socket"
[ "$(stat -c %a "$dir/run/door.sock")" = 660 ]; ok $? "the socket's mode is 0660"
within 5 [ "$(sort -u "$dir/door-log" 2>/dev/null)" = socket ]; ok $? "descriptor 0 is the socket"
lists_family() { [ "$(grep -c . "$dir/run/family.pid")" -ge 4 ]; }
within 5 lists_family; ok $? "the pid file holds the descendants too"
"$keeper" "$dir" 2>/dev/null; [ $? -eq 75 ]; ok $? "a second keeper on the same folder is refused"

old=$(first plain)
before=$(date +%s%N)
kill -9 "$old"
within 3 new_first plain "$old"; ok $? "a dead program is started again"
[ $((($(date +%s%N) - before) / 1000000)) -lt 1500 ]; ok $? "within a second"

old=$(first family)
workers=$(sed 1d "$dir/run/family.pid")
kill -9 "$old"
within 3 new_first family "$old"; ok $? "a dead master is started again"
left=0
for w in $workers; do within 3 gone "$w" || left=1; done
ok $left "its left-over workers were ended"

touch "$dir/run/plain.down"
old=$(first plain)
kill -0 "$old"; ok $? "a .down file stops nothing"
kill -9 "$old"
within 3 lines plain 0; ok $? "the pid file is empty when all are dead"
within 1 new_first plain "$old"; [ $? -ne 0 ]; ok $? "held down while the .down file is there"
rm "$dir/run/plain.down"
within 3 new_first plain "$old"; ok $? "started when the file goes"

sleepy() { [ "$(grep -c . "$dir/deaths")" -ge 5 ] && grep -q 'program=mortal.*again_in_ms=10000' "$dir/log/keeper.log"; }
within 5 sleepy; ok $? "after five deaths in 10 s the wait is 10 s"
[ "$(grep -c . "$dir/deaths")" -le 6 ]; ok $? "no more starts in between"

kill -HUP "$(first plain)" 2>/dev/null
within 3 test -s "$dir/hups"; rm -f "$dir/hups"
kill -HUP "$pid"
within 3 test -s "$dir/hups"; ok $? "HUP is passed on"

deaf=$(first deaf)
rm -f "$dir/order"
kill -TERM "$pid"
within 10 ended; ok $? "TERM ends the keeper"
wait "$pid"; ok $? "with status 0"
pid=
[ "$(head -1 "$dir/order")" = "family stopped" ] && [ "$(tail -1 "$dir/order")" = "plain stopped" ]
ok $? "stages stop in falling order"
gone "$deaf"; ok $? "a program that ignores TERM is killed"
[ ! -e "$dir/run/door.sock" ] && [ -z "$(ls "$dir/run" | grep pid)" ]; ok $? "sockets and pid files are gone"
echo "1..$n"
exit $failed
