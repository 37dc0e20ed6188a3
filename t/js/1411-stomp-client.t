#!/bin/sh
command -v node >/dev/null || { echo '1..0 # SKIP there is no node'; exit 0; }
src=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
for f in "${builddir:-.}/static/vendor/stomp.min.js" "$src/static/vendor/stomp.min.js"; do [ -f "$f" ] && stomp=$f; done
[ -n "$stomp" ] || { echo '1..0 # SKIP the build has no @stomp/stompjs'; exit 0; }
exec node "$(dirname "$0")/stomp_client.mjs" "$stomp"
