# run: start everything in order, wait until it answers, stop, tell how it is.
keeper=

main() {
    options_read "$@"
    case $action in
    stop) run_stop ;;
    status) run_status ;;
    *) run_start ;;
    esac
}

run_start() {
    folder_make
    folder_lock
    packages_install
    build_all
    folder_choose_port
    folder_write_conf
    database_choose_user
    database_write_conf
    folder_write_nginx
    folder_write_keeper
    database_make
    run_keeper
    database_migrate
    database_load_demo
    rm -f "$dir"/run/*.down
    run_await_ready
    run_tell
    rm -f "$dir/run/start.pid"
    if [ $detach = yes ]; then
        trap - EXIT
        exit 0
    fi
    if wait "$keeper"; then # somebody's --stop
        keeper=
        say "stopped"
        exit 0
    fi
    die $EX_SOFTWARE "the keeper has ended; its last words are in $dir/log/keeper.log"
}

# The keeper starts the database; the others wait for its tables behind their .down files.
run_keeper() {
    local name
    rm -f "$dir"/run/*.down "$dir"/run/*.pid.new
    for name in "${programs[@]}"; do
        [ "$name" = mariadbd ] || : >"$dir/run/$name.down"
    done
    trap 'exit 0' INT TERM HUP
    trap run_end EXIT
    # a session of its own: Ctrl-C reaches only us, and we stop it in order
    setsid "$sbin/sangdam-keeper" -l 9 "$dir" </dev/null >>"$dir/log/keeper.log" 2>&1 &
    keeper=$!
}

run_end() {
    local status=$?
    trap - EXIT
    trap '' INT TERM HUP
    if [ -n "$keeper" ] && kill -TERM "$keeper" 2>/dev/null; then
        [ $status -ne 0 ] || say "stopping"
        while kill -0 "$keeper" 2>/dev/null; do sleep 0.05; done
    fi
    rm -f "$dir/run/start.pid" "$dir"/run/*.down
    exit $status
}

http_status() { # PATH: the status of a GET, or 000
    local line=
    {
        exec 5<>"/dev/tcp/127.0.0.1/$port" || { echo 000; return; }
        printf 'GET %s HTTP/1.0\r\nHost: 127.0.0.1:%s\r\n\r\n' "$1" "$port" >&5
        IFS= read -r -t 10 line <&5
        exec 5>&-
    } 2>/dev/null
    [[ $line =~ ^HTTP/1\.[01]\ ([0-9]{3}) ]] && echo "${BASH_REMATCH[1]}" || echo 000
}

# True when the port is another server's: it was free when we chose it, but nginx listens only now.
port_is_anothers() ( # a shell of its own: a SIGPIPE must not end ours
    port_is_taken "$port" || exit 1
    {
        exec 5<>"/dev/tcp/127.0.0.1/$port" || exit 1
        printf 'GET /.start HTTP/1.0\r\nHost: 127.0.0.1:%s\r\n\r\n' "$port" >&5
        word=
        while IFS= read -r -t 5 line <&5 || [ -n "$line" ]; do word=$line; done
    } 2>/dev/null
    [ "$word" != "$start_word" ]
)

run_keep_port() {
    port_is_anothers || return 0
    [ $port_is_free_to_choose = yes ] || die $EX_UNAVAILABLE "port $port was taken by another program meanwhile; choose another with --port N, or --port 0 for a free one"
    port=0
    folder_choose_port
    folder_write_nginx # the keeper tries nginx again
}

# PATH and the statuses that show that its program works: one line for each program and the database behind it
ready_list='/readyz 200
/signin 200
/ 200|303
/api/account/me 401
/api/chat/categories 200
/api/admin/chat/sessions/waiting 401
/api/chat/files/1 401|404
/stats/live.json 401'

run_await_ready() {
    local until=$((SECONDS + 60)) path wanted got
    while IFS=' ' read -r path wanted; do
        while :; do
            run_keep_port
            got=$(http_status "$path")
            [[ $got =~ ^($wanted)$ ]] && break
            if [ $SECONDS -ge $until ]; then
                complain "GET $path still answers $got after a minute (wanted $wanted); the logs are in $dir/log"
                tail -n 3 "$dir"/log/{nginx,pushd*,account,chat,agent,stats,file}.log >&2 2>/dev/null
                exit $EX_SOFTWARE
            fi
            kill -0 "$keeper" 2>/dev/null || die $EX_SOFTWARE "the keeper has ended; see $dir/log/keeper.log"
            sleep 0.1
        done
    done <<<"$ready_list"
}

run_tell() {
    local url=http://127.0.0.1:$port
    cat <<END

  고객 화면     Customer page   $url/
  상담사 화면   Agent console   $url/agent
  통계          Statistics      $url/stats/   $url/dashboard

  Demo accounts, password sangdam-demo:
    customers  customer@example.com  customer2@example.com
    agents     agent@example.com     agent2@example.com
    admin      admin@example.com

  Data, logs and settings: $dir
ready $url/
END
}

run_stop() {
    [ -e "$dir/run/keeper.lock" ] || { say "nothing runs in $dir"; return; }
    exec 9>>"$dir/run/keeper.lock" || exit $EX_UNAVAILABLE
    if flock -n 9; then
        say "nothing runs in $dir"
        return
    fi
    local until=$((SECONDS + 100)) told= pid
    until flock -n 9; do
        pid=$(run_pid_of_running)
        if [ -n "$pid" ] && [ "$told" != "$pid" ]; then
            kill -TERM "$pid" 2>/dev/null
            told=$pid
        fi
        [ $SECONDS -lt $until ] || die $EX_SOFTWARE "it has not ended after 100 s; see $dir/log/keeper.log"
        sleep 0.05
    done
    say "stopped"
}

# The keeper, or a start that has none yet. A number left by a dead one may be anybody's by now.
run_pid_of_running() {
    local pid
    pid=$(cat "$dir/run/keeper.pid" 2>/dev/null)
    [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = sangdam-keeper ] && echo "$pid" && return
    pid=$(cat "$dir/run/start.pid" 2>/dev/null)
    [ -n "$pid" ] && grep -qz '/\?start$' "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}

run_status() {
    local name pid pids status=0
    programs_read
    [ ${#programs[@]} -gt 0 ] || programs=(mariadbd account chat agent stats file pushd nginx)
    for name in "${programs[@]}"; do
        pids=
        while read -r pid; do
            kill -0 "$pid" 2>/dev/null || [ -d "/proc/$pid" ] && pids+=" $pid"
        done 2>/dev/null <"$dir/run/$name.pid"
        if [ -n "$pids" ]; then
            say "$name up$pids"
        else
            say "$name down"
            status=1
        fi
    done
    exit $status
}
