#!/bin/bash
# nginx with our routes and no program behind it: who would get a path, and nginx's own answers.
set -u
srcdir=$(cd "${srcdir:-.}" && pwd)
builddir=$(cd "${builddir:-.}" && pwd)
command -v nginx >/dev/null || { echo "1..0 # SKIP no nginx"; exit 0; }
work=$(mktemp -d)
n=0 failed=0 nginx= port=

ok() { # STATUS NAME
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; failed=1; fi
}
finish() {
    [ -z "$nginx" ] || { kill "$nginx" 2>/dev/null; wait "$nginx" 2>/dev/null; }
    rm -rf "$work"
}
trap finish EXIT
trap '' PIPE # nginx may answer and close before it has read all

write_conf() {
    local text user_line=
    [ "$(id -u)" -ne 0 ] || user_line='user root;'
    mkdir -p "$work"/{run,log,tmp,files,nginx,data/static}
    cp "$srcdir"/etc/nginx/*.conf "$work/nginx/"
    sed "s|@NGINXDIR@|$work/nginx|g" "$srcdir/etc/nginx/routes.conf.in" >"$work/nginx/routes.conf"
    ln -s "$srcdir/etc/errors" "$work/data/errors"
    echo 'body { margin: 0 }' >"$work/data/static/a.css"
    echo 'secret' >"$work/files/x"
    text=$(cat "$srcdir/etc/nginx/demo.conf.in")
    text=${text//@USER_LINE@/$user_line}
    text=${text//@DIR@/$work}
    text=${text//@NGINXDIR@/$work/nginx}
    text=${text//@DATADIR@/$work/data}
    text=${text//@PORT@/$port}
    text=${text//@BODY_MAX@/11534336}
    text=${text//@PUSHD_SERVERS@/server unix:$work/run/pushd.sock;}
    text=${text//@UPLOAD_DIR@/$work/files}
    printf '%s\n' "$text" >"$work/nginx.conf"
}

# Sets $status and $answer (all of it). The request is printf's format.
ask() { # FORMAT
    answer= status=000
    exec 5<>"/dev/tcp/127.0.0.1/$port" || return
    # shellcheck disable=SC2059
    printf "$1" 2>/dev/null >&5
    answer=$(timeout 5 cat <&5 2>/dev/null | tr -d '\0')
    exec 5>&-
    [[ $answer =~ ^HTTP/1\.[01]\ ([0-9]{3}) ]] && status=${BASH_REMATCH[1]}
}
get() { ask "GET $1 HTTP/1.1\r\nHost: x\r\n${2-}Connection: close\r\n\r\n"; }
is() { [ "$status" = "$1" ]; }
has() { [[ $answer == *"$1"* ]]; }
problem() { is "$1" && has 'Content-Type: application/problem+json' && has "\"status\": $1" && has "\"code\": \"$2\""; }
page() { is "$1" && has 'Content-Type: text/html; charset=utf-8'; }
# which program a path would go to, by the socket that nginx did not find
goes_to() { # PATH PROGRAM
    : >"$work/log/nginx.log"
    get "$1"
    is 502 && grep -q "/run/$2.sock failed" "$work/log/nginx.log"
}

for _ in 1 2 3 4 5; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    write_conf
    nginx -e stderr -c "$work/nginx.conf" 2>>"$work/log/nginx.log" &
    nginx=$!
    until { exec 5<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null; do kill -0 $nginx 2>/dev/null || break; sleep 0.05; done
    kill -0 $nginx 2>/dev/null && break
done

while read -r path program; do
    goes_to "$path" "$program"; ok $? "$path goes to $program"
done <<'END'
/ chat
/my chat
/my?cursor=3 chat
/chat/9e107d9d-372b-4c2a-8e4f-000000000000 chat
/chat/9e107d9d-372b-4c2a-8e4f-000000000000/send chat
/chat/9e107d9d-372b-4c2a-8e4f-000000000000/files file
/api/chat/session chat
/api/chat/sessions/9e107d9d-372b-4c2a-8e4f-000000000000/messages chat
/api/chat/sessions/9e107d9d-372b-4c2a-8e4f-000000000000/files file
/api/chat/files/7 file
/signin account
/signup account
/signout account
/lang account
/api/account/me account
/agent agent
/agent/chat/1 agent
/admin agent
/admin/audit agent
/board agent
/history agent
/history/1 agent
/api/admin/chat/sessions/waiting agent
/dashboard stats
/stats stats
/stats/live.json stats
/ws pushd
/ws/info pushd
/ws/000/abc/xhr_send pushd
/livez pushd
/readyz pushd
/metrics pushd
END

get /api/chat/x; problem 502 99 && has 'Retry-After: 2'; ok $? "a program that is away: problem 99 with Retry-After"
get /agent; page 502; ok $? "a page for people"
get /nothing; page 404 && has "Content-Security-Policy: default-src 'none'"; ok $? "nothing there: a page"
get /api/nothing; problem 404 03; ok $? "nothing there: a problem below /api"
get /protected/x; is 404 && ! has secret; ok $? "uploaded files have no address of their own"
get /protected/x 'X-Accel-Redirect: /protected/x\r\n'; is 404; ok $? "a client's X-Accel-Redirect counts for nothing"
get /static/a.css; is 200 && has 'Content-Type: text/css; charset=utf-8' && has 'X-Content-Type-Options: nosniff' && has 'Cache-Control: public, no-cache'
ok $? "a static file"
get '/static/a.css?v=3'; has 'immutable'; ok $? "with its version it is for ever"
get /static/; is 404; ok $? "no list of static files"
get /static/../nginx.conf; is 404; ok $? "no way out of static"
get /errors/404.json; is 404; ok $? "pages of errors have no address"
get /errors/error.css; is 200; ok $? "but their style sheet has"
ask 'TRACE /api/chat/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'; problem 405 03 && has 'Allow: GET'; ok $? "TRACE: 405 with Allow"
ask 'POST /static/a.css HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'; is 405 && has 'Allow: GET, HEAD'; ok $? "POST to a static file: 405"
while read -r path; do
    get "${path//%/%%}"; [ "$status" = 404 ] || [ "$status" = 400 ]; ok $? "$path: $status"
done <<'END'
/api/../agent
/api/chat/%2e%2e/admin
/api/chat/..%2fadmin
//api/chat/session
/api//chat/session
/api/chat/./session
/api/chat/session;a=b
/api/chat/a%00b
/api/chat/%zz
END
get "/api/$(printf 'a%.0s' {1..9300})"; problem 400 01; ok $? "a path of 9 KiB: 400"
get /api/chat/x "X: $(printf 'a%.0s' {1..9300})\r\n"; problem 400 01; ok $? "a header of 9 KiB: 400"
ask 'GET /api/chat/x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'; is 400; ok $? "two lengths: 400"
ask 'POST /api/chat/x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'; is 400; ok $? "a length and chunks: 400"
ask 'POST /api/chat/x HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello'; is 400; ok $? "a length with a sign: 400"
ask 'POST /api/chat/session HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\nConnection: close\r\n\r\n'; problem 413 01; ok $? "a large body: 413"
ask 'POST /api/chat/sessions/1/files HTTP/1.1\r\nHost: x\r\nContent-Length: 11600000\r\nConnection: close\r\n\r\n'; problem 413 01; ok $? "a file above upload_max: 413"
get /ws 'Upgrade: websocket\r\n'; is 502; ok $? "a handshake goes through"
ask 'GET /ws HTTP/1.0\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'; is 400; ok $? "over HTTP/1.0 it doesn't"
get '/ws?token=hush-hush'
! grep -q hush "$work/log/nginx-access.log" && grep -q 'GET /ws ' "$work/log/nginx-access.log"; ok $? "the log of requests holds no query"
has 'Server: nginx' && ! has 'nginx/'; ok $? "no version is told"
echo "1..$n"
exit $failed
