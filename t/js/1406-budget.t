#!/bin/sh
# What a customer's browser loads, by gzip -9: both styles at most 6 kB; the chat page's scripts, bundled and minified as `make dist` does, with
# what they take of @stomp/stompjs and theme.js, at most 15 kB. What is fetched when it is first wanted (static/js/lazy) counts apart.
src=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
size() { cat "$@" | gzip -9c | wc -c; }
check() { # NAME BYTES MOST
    if [ "$2" -gt 0 ] && [ "$2" -le "$3" ]; then echo "ok $n - $1: $2 of $3 bytes"; else echo "not ok $n - $1: $2 of $3 bytes"; status=1; fi
    n=$((n + 1))
}
n=1 status=0
check 'customer styles' "$(size "$src/static/css/sangdam.css" "$src/static/css/customer.css")" 6000
stomp=
for f in "${builddir:-.}/static/vendor/stomp.min.js" "$src/static/vendor/stomp.min.js"; do [ -f "$f" ] && stomp=$f; done
check 'the loader in a host page' "$(size "$src/static/sangdam.js")" 3000
if command -v esbuild >/dev/null && [ -n "$stomp" ]; then
    mkdir "$tmp/vendor" && cp -R "$src/static/js" "$tmp/js" && cp "$stomp" "$tmp/vendor/" &&
        esbuild "$tmp/js/chat.js" --bundle --minify --format=esm --target=es2022 --legal-comments=none '--external:/static/*' --outfile="$tmp/chat.js" --log-level=warning || status=1
elif [ -f "$src/static/small/chat.js" ]; then
    cp "$src/static/small/chat.js" "$tmp/chat.js"
fi
if [ -s "$tmp/chat.js" ]; then
    cp "$src/static/js/theme.js" "$tmp/theme.js"
    check 'chat page scripts' $(($(size "$tmp/chat.js") + $(size "$tmp/theme.js"))) 15000
    if grep -q 'import"\|from"' "$tmp/chat.js"; then echo "not ok $n - one file"; status=1; else echo "ok $n - one file: nothing more is fetched"; fi
    n=$((n + 1))
else
    echo "ok $n # SKIP there is no esbuild"
    n=$((n + 1))
fi
echo "1..$((n - 1))"
exit $status
