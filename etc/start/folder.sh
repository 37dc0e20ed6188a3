# folder: what lies in DIR: the lock, the port, the configuration of all parts.
fcgi=(account chat agent stats file)

# What the keeper runs, in the order of its list.
programs_read() { mapfile -t programs < <(sed -n 's/^program //p' "$dir/keeper.conf" 2>/dev/null); }

# The pushds: one is called pushd, several have numbers.
node_names() {
    local n
    [ "$nodes" -gt 1 ] || { echo pushd; return; }
    for ((n = 1; n <= nodes; n++)); do echo "pushd-$n"; done
}

# The configuration of node N: the folder's, but for sockets of its own from the second on. FastCGI programs tell the first.
node_conf() { [ "$1" -gt 1 ] && echo "$dir/node-$1.conf" || echo "$dir/sangdam.conf"; }

# Owner and group that let the database's user in and nobody else.
folder_make() {
    umask 027
    mkdir -p "$dir" "$dir"/{run,log,tmp,files} || die $EX_UNAVAILABLE "can't make $dir"
    chmod o-rwx "$dir"/{run,log,tmp,files}
}

folder_lock() {
    exec 9>>"$dir/run/keeper.lock" || die $EX_UNAVAILABLE "can't write $dir/run"
    flock -n 9 || die $EX_TEMPFAIL "sangdam runs in $dir already$(folder_url_text); ./start --dir $dir --stop ends it"
    echo $$ >"$dir/run/start.pid"
}

folder_url_text() {
    [ -s "$dir/port" ] && printf ' (http://127.0.0.1:%s/)' "$(cat "$dir/port")"
}

port_is_taken() {
    { exec 5<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
    exec 5>&-
}

# Sets $port: what was asked for, else what DIR had, else 8080. 0 keeps DIR's own while that is free.
folder_choose_port() {
    local before
    before=$(cat "$dir/port" 2>/dev/null)
    if [ "${port:-x}" = 0 ]; then
        port_is_free_to_choose=yes
        port=$before
        while [ -z "$port" ] || port_is_taken "$port"; do
            port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        done
    else
        port_is_free_to_choose=no
        port=${port:-${before:-8080}}
        ! port_is_taken "$port" || die $EX_UNAVAILABLE "port $port is taken; choose another with --port N, or --port 0 for a free one"
    fi
    printf '%s\n' "$port" >"$dir/port"
}

# ---- sangdam.conf: lines of `key = value` ----
conf_get() { sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*//p" "$dir/sangdam.conf" | tail -1; }

conf_put() { # KEY VALUE: in the place where it stands, or at the end
    local line found=no text=
    while IFS= read -r line; do
        if [[ $line =~ ^[[:space:]]*$1[[:space:]]*= ]]; then
            [ $found = no ] && text+="$1 = $2"$'\n'
            found=yes
        else
            text+=$line$'\n'
        fi
    done <"$dir/sangdam.conf"
    [ $found = yes ] || text+="$1 = $2"$'\n'
    printf %s "$text" >"$dir/sangdam.conf.new"
    mv "$dir/sangdam.conf.new" "$dir/sangdam.conf"
}

# A key that we set: renewed when DIR or the build has moved, but a value that a person put there stays.
conf_own() { # KEY VALUE
    local now own
    now=$(conf_get "$1")
    own=$(sed -n "s/^$1=//p" "$dir/run/own.conf" 2>/dev/null)
    if [ -z "$now" ] || [ "$now" = "$own" ]; then
        [ "$now" = "$2" ] || conf_put "$1" "$2"
        printf '%s=%s\n' "$1" "$2" >>"$dir/run/own.conf.new"
    fi
}

random_word() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

folder_write_conf() {
    local pair
    for pair in ${sets[@]+"${sets[@]}"}; do
        "$bin/sangdamctl" config-check "$pair" >&2 || exit $EX_USAGE
    done
    [ -e "$dir/sangdam.conf" ] ||
        printf '# sangdam: configuration of this folder. Keys and defaults: sangdamctl config-sample\n' >"$dir/sangdam.conf"
    : >"$dir/run/own.conf.new"
    conf_own run_dir "$dir/run"
    conf_own template_dir "$data/templates"
    conf_own locale_dir "$locale"
    conf_own upload_dir "$dir/files"
    conf_own db_socket "$dir/run/mysql.sock"
    conf_own db_admin_user sangdam_admin
    [ -n "$(conf_get db_password)" ] || conf_put db_password "$(random_word)"
    [ -n "$(conf_get db_admin_password)" ] || conf_put db_admin_password "$(random_word)"
    folder_write_redis
    for pair in ${sets[@]+"${sets[@]}"}; do
        conf_put "${pair%%=*}" "${pair#*=}"
    done
    folder_write_nodes
    mv "$dir/run/own.conf.new" "$dir/run/own.conf"
    chmod 600 "$dir/sangdam.conf"
}

folder_write_redis() {
    if [ $redis = no ]; then
        [ "$(conf_get redis_socket)" != "$dir/run/redis.sock" ] || conf_put redis_socket ""
        return
    fi
    conf_put redis_socket "$dir/run/redis.sock"
    [ -n "$(conf_get redis_key)" ] || conf_put redis_key "$(random_word)"
    printf '%s\n' '# written by ./start' 'port 0' "unixsocket \"$dir/run/redis.sock\"" 'unixsocketperm 700' 'save ""' 'appendonly no' "dir \"$dir/tmp\"" \
        'daemonize no' >"$dir/redis.conf"
}

folder_write_nodes() {
    local n
    rm -f "$dir"/node-*.conf
    for ((n = 2; n <= nodes; n++)); do
        {
            grep -vE '^[[:space:]]*(pushd_socket|notify_socket)[[:space:]]*=' "$dir/sangdam.conf"
            printf 'pushd_socket = %s\nnotify_socket = %s\n' "$dir/run/pushd-$n.sock" "$dir/run/notify-$n.sock"
        } >"$dir/node-$n.conf"
        chmod 600 "$dir/node-$n.conf"
    done
}

# The lines of nginx's upstream. A node that is gone is asked again after a second.
pushd_servers() { # SOCKET of the first
    local n
    printf 'server "unix:%s" fail_timeout=1s;' "$1"
    for ((n = 2; n <= nodes; n++)); do printf ' server "unix:%s" fail_timeout=1s;' "$dir/run/pushd-$n.sock"; done
}

# upload_max and a megabyte for the form around it, in bytes
body_max() {
    local size
    size=$(conf_get upload_max)
    case ${size:=10m} in
    *[kK]) size=$((${size%?} * 1024)) ;;
    *[mM]) size=$((${size%?} * 1048576)) ;;
    *[gG]) size=$((${size%?} * 1073741824)) ;;
    esac
    echo $((size + 1048576))
}

start_word=$(random_word) # what this start's own nginx answers to /.start

folder_write_nginx() {
    local text user_line= socket
    [ "$(id -u)" -ne 0 ] || user_line='user root;'
    socket=$(conf_get pushd_socket)
    socket=${socket:-$dir/run/pushd.sock}
    text=$(cat "$data/nginx/demo.conf.in") || die $EX_SOFTWARE "no $data/nginx/demo.conf.in"
    text=${text//@USER_LINE@/$user_line}
    text=${text//@DIR@/$dir}
    text=${text//@NGINXDIR@/$data/nginx}
    text=${text//@DATADIR@/$data}
    text=${text//@PORT@/$port}
    text=${text//@START_WORD@/$start_word}
    text=${text//@BODY_MAX@/$(body_max)}
    text=${text//@PUSHD_SERVERS@/$(pushd_servers "${socket/#RUN/$dir/run}")}
    text=${text//@UPLOAD_DIR@/$(conf_get upload_dir)}
    printf '%s\n' "$text" >"$dir/nginx.conf"
}

# SANGDAM_UNDER="valgrind ..." runs our programs under another one, which the machine has: for t/leaks.
folder_exec() { # PROGRAM: its exec line
    local word first=exec
    for word in ${SANGDAM_UNDER:-} "$1"; do
        case $first in
        exec) [ "$word" = "$1" ] || word=$(command -v "$word") || die $EX_UNAVAILABLE "SANGDAM_UNDER: $word is not there" ;;
        esac
        printf '%s %s\n' $first "$word"
        first=arg
    done
}

folder_write_keeper() {
    local name processes timeout=10 n=0
    [ -z "${SANGDAM_UNDER:-}" ] || timeout=60
    processes=$(conf_get fcgi_processes)
    {
        printf '# written by ./start: what the keeper runs\n'
        printf 'program mariadbd\nexec %s\narg --defaults-file=%s\nstage 0\nstop_timeout 60\n' "$(command -v mariadbd || echo /usr/sbin/mariadbd)" "$dir/my.cnf"
        [ "$(id -u)" -ne 0 ] || printf 'user %s\n' "$db_user"
        for name in "${fcgi[@]}"; do
            printf '\nprogram %s\n' "$name"
            folder_exec "$libexec/$name.fcgi"
            printf 'arg -c\narg %s\nsocket %s\nprocesses %s\nstage 1\nstop_timeout %s\n' \
                "$dir/sangdam.conf" "$dir/run/$name.sock" "${processes:-2}" $timeout
        done
        if [ $redis = yes ]; then
            printf '\nprogram redis\nexec %s\narg %s\nstage 1\nstop_timeout 5\n' "$(command -v redis-server || echo /usr/bin/redis-server)" "$dir/redis.conf"
        fi
        for name in $(node_names); do
            n=$((n + 1))
            printf '\nprogram %s\n' "$name"
            folder_exec "$sbin/sangdam-pushd"
            printf 'arg -c\narg %s\nstage 2\nstop_timeout %s\n' "$(node_conf $n)" $timeout
        done
        printf '\nprogram nginx\nexec %s\narg -e\narg stderr\narg -c\narg %s\nstage 3\nstop_timeout 5\n' \
            "$(command -v nginx || echo /usr/sbin/nginx)" "$dir/nginx.conf"
    } >"$dir/keeper.conf"
    programs_read
}
